"""What the owner should know in time: keys that are about to end, or have ended."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.attention import Attention, Urgency
from desktop.domain.ids import KeyId
from desktop.domain.keys import EXPIRY_REMINDER, Reminder
from desktop.services.calls import callable_from_window
from desktop.services.storage import secrets
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.attention import Scene
    from desktop.services.storage.secrets import SealedSecret
    from desktop.services.storage.vault import Vault

TOPIC: Final = "reminders"


class ReminderService:
    """Needs the open vault, and opens no secret. Any thread."""

    def __init__(
        self, vault: "Vault", clock: Callable[[], datetime], notice: Callable[[str], None]
    ) -> None:
        """`notice` is told `reminders` on each new day (UTC) that has any."""
        self._vault = vault
        self._clock = clock
        self._notice = notice
        self._looked_on: date | None = None

    @callable_from_window
    def reminders(self) -> tuple[Reminder, ...]:
        """Keys that end within 30 days or have ended, and were not revoked; the soonest first.

        Raises: VaultLocked, VaultError.
        """
        with self._vault.reading() as db:
            return _due(db, self._clock())

    def attention(self, db: "Connection", scene: "Scene") -> Iterable[Attention]:
        """Keys that end soon or have ended, for the needs-attention list."""
        return map(_entry, _due(db, scene.now))

    def look_daily(self) -> None:
        """Tell the window once a day that there is something to show. Raises: VaultError."""
        today = self._clock().date()
        if today != self._looked_on:
            has_any = bool(self.reminders())
            self._looked_on = today
            if has_any:
                self._notice(TOPIC)


def _due(db: "Connection", now: datetime) -> tuple[Reminder, ...]:
    found = [_reminder(sealed, now) for sealed in secrets.listed(db)]
    due = [reminder for reminder in found if reminder is not None]
    return tuple(sorted(due, key=lambda reminder: (reminder.expires_at, reminder.name)))


def _entry(reminder: Reminder) -> Attention:
    has_ended = reminder.days_left < 0
    what = f"The key \u201c{reminder.name}\u201d"
    return Attention(
        key=f"key_expiry:{reminder.key_id}",
        urgency=Urgency.NOW if has_ended else Urgency.SOON,
        title=f"{what} has ended." if has_ended else f"{what} ends soon.",
        detail="Rotate it, or revoke it when nothing uses it any more.",
        destination="keys",
        target=reminder.key_id,
        due=reminder.expires_at,
    )


def _reminder(sealed: "SealedSecret", now: datetime) -> Reminder | None:
    if sealed.expires_at_us is None or sealed.revoked_at_us is not None:
        return None
    expires_at = moment(sealed.expires_at_us)
    if expires_at > now + EXPIRY_REMINDER:
        return None
    return Reminder(
        key_id=KeyId(sealed.secret_id),
        name=sealed.name,
        made_by_service=sealed.kind == "sdk_key",
        expires_at=expires_at,
        days_left=(expires_at - now).days,
    )
