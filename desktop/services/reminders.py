"""What the owner should know in time: keys that are about to end, or have ended."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.ids import KeyId
from desktop.domain.keys import EXPIRY_REMINDER, Reminder
from desktop.services.calls import callable_from_window
from desktop.services.storage import secrets
from desktop.services.storage.timestamps import moment

if TYPE_CHECKING:
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
        now = self._clock()
        with self._vault.reading() as db:
            found = [_reminder(sealed, now) for sealed in secrets.listed(db)]
        due = [reminder for reminder in found if reminder is not None]
        return tuple(sorted(due, key=lambda reminder: (reminder.expires_at, reminder.name)))

    def look_daily(self) -> None:
        """Tell the window once a day that there is something to show. Raises: VaultError."""
        today = self._clock().date()
        if today != self._looked_on:
            has_any = bool(self.reminders())
            self._looked_on = today
            if has_any:
                self._notice(TOPIC)


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
