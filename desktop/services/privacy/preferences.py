"""What people want to be written to for, kept by keyed hashes: no list of addresses is needed."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.domain.errors import InvalidInput
from desktop.domain.mail import MailPurpose
from desktop.domain.privacy.purposes import (
    ESSENTIAL,
    OPTIONAL,
    Choice,
    ContactList,
    Means,
    Purpose,
    PurposeCount,
)
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import EMAIL
from desktop.services.privacy.references import reference
from desktop.services.storage import privacy_audit, privacy_choices

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault


class PreferenceService:
    """The vault must be open. Any thread."""

    def __init__(self, vault: "Vault", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._clock = clock

    @callable_from_window
    def choose(self, address: str, purpose: Purpose, wanted: bool) -> tuple[Choice, ...]:  # noqa: FBT001 (a setting's value)
        """Note what a person told the owner; it holds at once. All their choices.

        Raises: InvalidInput (field `address`, `purpose`; or the person was erased), VaultError.
        """
        if purpose in ESSENTIAL:
            raise InvalidInput(
                "Nobody can opt out of receipts, service and security notices. Nothing was "
                "changed.",
                field="purpose",
            )
        subject = reference(self._vault, checked_address(address))
        choice = Choice(purpose, wanted, Means.OWNER, self._clock())
        with self._vault.transaction() as db:
            if not self.note(db, subject, choice):
                raise InvalidInput(
                    "Nothing was changed: this person was erased, and is not written to again "
                    "unless they ask for it by themselves.",
                    field="address",
                )
            return privacy_choices.of(db, subject)

    @callable_from_window
    def choices_of(self, address: str) -> tuple[Choice, ...]:
        """What one person said. Raises: InvalidInput (field `address`), VaultError."""
        subject = reference(self._vault, checked_address(address))
        with self._vault.reading() as db:
            return privacy_choices.of(db, subject)

    @callable_from_window
    def counts(self) -> tuple[PurposeCount, ...]:
        """How many said yes or no, for every purpose that may be refused."""
        with self._vault.reading() as db:
            found = {count.purpose: count for count in privacy_choices.counts(db)}
        return tuple(found.get(purpose, PurposeCount(purpose, 0, 0)) for purpose in OPTIONAL)

    @callable_from_window
    def check_contacts(self, text: str, purpose: Purpose) -> ContactList:
        """Whom of a list the owner brings may be written to: an old list subscribes nobody again.

        Args:
            text: one address a line; what follows a comma is left out.
            purpose: why they would be written to.

        Raises: VaultError.
        """
        lines = [line.partition(",")[0].strip() for line in text.splitlines() if line.strip()]
        addresses = [line for line in dict.fromkeys(lines) if EMAIL.fullmatch(line)]
        with self._vault.reading() as db:
            allowed = tuple(a for a in addresses if self.may_write(db, a, purpose))
        unreadable = sum(EMAIL.fullmatch(line) is None for line in lines)
        return ContactList(allowed, len(addresses) - len(allowed), unreadable)

    def may_send(self, db: "Connection", address: str, purpose: MailPurpose) -> bool:
        """Whether a letter of the outbox may go to an address: news only where nobody objects."""
        return purpose is not MailPurpose.NEWS or self.may_write(db, address, Purpose.NEWS)

    def may_write(self, db: "Connection", address: str, purpose: Purpose) -> bool:
        """Whether an address may be written to for a purpose; essential ones always."""
        subject = reference(self._vault, address)
        return purpose in ESSENTIAL or not privacy_choices.is_refused(db, subject, purpose)

    def note(self, db: "Connection", subject: bytes, choice: Choice) -> bool:
        """Record a choice, with its entry in the log; whether it is the one that holds now."""
        holds = privacy_choices.put(db, subject, choice)
        if holds:
            facts = {"purpose": choice.purpose, "wanted": choice.wanted, "means": choice.means}
            privacy_audit.append(db, self._clock(), "choice", subject.hex(), facts)
        return holds

    def refuse_everything(self, db: "Connection", address: str, means: Means) -> None:
        """Never write to an address again, but for what is essential."""
        subject = reference(self._vault, address)
        for purpose in OPTIONAL:
            self.note(db, subject, Choice(purpose, wanted=False, means=means, at=self._clock()))


def checked_address(address: str) -> str:
    """An e-mail address, trimmed. Raises: InvalidInput (field `address`)."""
    address = address.strip()
    if not EMAIL.fullmatch(address):
        raise InvalidInput("Nothing was changed: this is no e-mail address.", field="address")
    return address
