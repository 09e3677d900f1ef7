"""The register of breaches: recorded at once, filled in as facts come, never deleted by hand."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy import breaches
from desktop.domain.privacy.breaches import HOURS, Breach, BreachLine, BreachState
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import required
from desktop.services.storage import privacy_audit
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

BREACHES: Final = Records("breach", Breach)


class BreachService:
    """The vault must be open. Any thread."""

    def __init__(
        self, vault: "Vault", new_id: Callable[[], str], clock: Callable[[], datetime]
    ) -> None:
        self._vault = vault
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def listed(self) -> tuple[BreachLine, ...]:
        """Every breach: those still to be told first, by the end of their hours."""
        with self._vault.reading() as db:
            return self.lines(db)

    def lines(self, db: "Connection") -> tuple[BreachLine, ...]:
        """The same, of one picture of the vault."""
        now = self._clock()
        found = [breaches.line(breach, now) for breach in BREACHES.everything(db).values()]
        waiting = {BreachState.OPEN, BreachState.OVERDUE}
        return tuple(sorted(found, key=lambda one: (one.state not in waiting, one.breach.due)))

    @callable_from_window
    def record(self, breach: Breach) -> BreachLine:
        """Enter a breach; the 72 hours run from `aware_at`.

        Raises: InvalidInput (field `title`, `aware_at` or `people`), VaultError.
        """
        new = replace(breach, breach_id=self._new_id())
        return self._store(_checked(new, self._clock()), "breach_recorded")

    @callable_from_window
    def update(self, breach: Breach) -> BreachLine:
        """Write down what is known by now; when it became known and who was told stay.

        Raises: InvalidInput (field `title` or `people`; or it is closed), VaultError.
        """
        before = self._found(breach.breach_id)
        kept = replace(
            breach,
            aware_at=before.aware_at,
            told_authority_at=before.told_authority_at,
            told_people_at=before.told_people_at,
            delay_reason=before.delay_reason,
            closed_at=before.closed_at,
        )
        return self._store(_checked(kept, self._clock()), "breach_updated")

    @callable_from_window
    def tell_authority(self, breach_id: str, delay_reason: str) -> BreachLine:
        """The authority was told just now; later than after 72 hours it needs a reason.

        Raises: InvalidInput (field `delay_reason`; or it was told before), VaultError.
        """
        before, now = self._found(breach_id), self._clock()
        if before.told_authority_at is not None:
            raise InvalidInput("The authority was told before. Nothing was changed.")
        if before.is_late(now) and not delay_reason.strip():
            raise InvalidInput(
                f"More than {HOURS} hours have passed: give the reason for the delay. Nothing was "
                "recorded.",
                field="delay_reason",
            )
        told = replace(before, told_authority_at=now, delay_reason=delay_reason.strip())
        return self._store(told, "breach_told_authority")

    @callable_from_window
    def tell_people(self, breach_id: str) -> BreachLine:
        """The people concerned were told just now. Raises: InvalidInput, VaultError."""
        told = replace(self._found(breach_id), told_people_at=self._clock())
        return self._store(told, "breach_told_people")

    @callable_from_window
    def close(self, breach_id: str) -> BreachLine:
        """End a breach whose record is whole.

        Raises: InvalidInput (`field` is what is missing), VaultError.
        """
        before = self._found(breach_id)
        if lacking := before.lacks():
            raise InvalidInput(
                "It cannot be closed yet. Nothing was changed. Write down facts, effects and "
                "actions, and tell the authority (or say why not) and, at a high risk, the people.",
                field=lacking[0],
            )
        return self._store(replace(before, closed_at=self._clock()), "breach_closed")

    @callable_from_window
    def notification(self, breach_id: str, contact: str) -> str:
        """A draft of the notice to the authority. Raises: InvalidInput, VaultError."""
        with self._vault.reading() as db:
            breach = BREACHES.find(db, breach_id)
        if breach is None:
            raise InvalidInput("There is no such breach in this vault.")
        return breaches.notification(breach, contact)

    def _found(self, breach_id: str) -> Breach:
        with self._vault.reading() as db:
            breach = BREACHES.find(db, breach_id)
        if breach is None or breach.closed_at is not None:
            raise InvalidInput("There is no such open breach in this vault. Nothing was changed.")
        return breach

    def _store(self, breach: Breach, action: str) -> BreachLine:
        now = self._clock()
        with self._vault.transaction() as db:
            BREACHES.put(db, breach.breach_id, breach, now)
            facts = {"state": breach.state(now), "people": breach.people}
            privacy_audit.append(db, now, action, breach.breach_id, facts)
        return breaches.line(breach, now)


def _checked(breach: Breach, now: datetime) -> Breach:
    if breach.aware_at > now:
        raise InvalidInput(
            "Nothing was recorded: nobody becomes aware in the future.", field="aware_at"
        )
    if breach.people < 0:
        raise InvalidInput("Nothing was recorded: enter 0 or more people.", field="people")
    return replace(breach, title=required(breach.title, "title"))
