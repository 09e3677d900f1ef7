"""Who receives data, under which agreement, and the log of what was given to whom."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.privacy.recipients import STANDARD, Disclosure, Recipient, Review
from desktop.services.calls import callable_from_window
from desktop.services.privacy.checking import EMAIL, required
from desktop.services.storage import privacy_audit
from desktop.services.storage.privacy_records import Records

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.vault import Vault

RECIPIENTS: Final = Records("recipient", Recipient)
DISCLOSURES: Final = Records("disclosure", Disclosure)


@dataclass(frozen=True, slots=True)
class RecipientLine:
    recipient: Recipient
    review: Review
    disclosures: int


class RecipientService:
    """The vault must be open. Any thread."""

    def __init__(
        self, vault: "Vault", new_id: Callable[[], str], clock: Callable[[], datetime]
    ) -> None:
        self._vault = vault
        self._new_id = new_id
        self._clock = clock

    @callable_from_window
    def listed(self) -> tuple[RecipientLine, ...]:
        """Every recipient by name, with the standing of its review."""
        with self._vault.reading() as db:
            return self.lines(db)

    def lines(self, db: "Connection") -> tuple[RecipientLine, ...]:
        """The same, of one picture of the vault."""
        today = self._clock().date()
        given = DISCLOSURES.everything(db).values()
        found = everybody(db).values()
        lines = (
            RecipientLine(
                one, one.review(today), sum(d.recipient_id == one.recipient_id for d in given)
            )
            for one in found
        )
        return tuple(sorted(lines, key=lambda line: line.recipient.name.casefold()))

    @callable_from_window
    def save(self, recipient: Recipient) -> tuple[RecipientLine, ...]:
        """Store a recipient; one without an id is new.

        Raises: InvalidInput (field `name`, `purpose`, `categories` or `contact`), VaultError.
        """
        name, purpose = required(recipient.name, "name"), required(recipient.purpose, "purpose")
        if not recipient.categories:
            raise InvalidInput(
                "Nothing was stored: say which kinds of data they receive.", field="categories"
            )
        contact = recipient.contact.strip()
        if contact and not EMAIL.fullmatch(contact):
            raise InvalidInput("Nothing was stored: this is no e-mail address.", field="contact")
        recipient_id = recipient.recipient_id or self._new_id()
        stored = replace(
            recipient, recipient_id=recipient_id, name=name, purpose=purpose, contact=contact
        )
        with self._vault.transaction() as db:
            RECIPIENTS.put(db, recipient_id, stored, self._clock())
            privacy_audit.append(db, self._clock(), "recipient_saved", recipient_id)
            return self.lines(db)

    @callable_from_window
    def disclosures(self) -> tuple[Disclosure, ...]:
        """Everything that was given away, the newest first."""
        with self._vault.reading() as db:
            found = DISCLOSURES.everything(db).values()
        return tuple(sorted(found, key=lambda one: (one.at, one.disclosure_id), reverse=True))

    @callable_from_window
    def disclose(self, disclosure: Disclosure) -> tuple[Disclosure, ...]:
        """Log that data was given to a recipient; its id is made here.

        Raises: InvalidInput (field `recipient_id`, `what`, `at` or `categories`), VaultError.
        """
        now = self._clock()
        if disclosure.at > now:
            raise InvalidInput("Nothing was logged: the time lies in the future.", field="at")
        if not disclosure.categories:
            raise InvalidInput(
                "Nothing was logged: say which kinds of data they were given.", field="categories"
            )
        with self._vault.transaction() as db:
            if disclosure.recipient_id not in everybody(db):
                raise InvalidInput(
                    "Nothing was logged: enter the recipient first.", field="recipient_id"
                )
            self.note(db, replace(disclosure, what=required(disclosure.what, "what")))
        return self.disclosures()

    def note(self, db: "Connection", disclosure: Disclosure) -> None:
        """Log a disclosure in the caller's transaction, under a new id; it may name nobody."""
        stored = replace(disclosure, disclosure_id=self._new_id())
        DISCLOSURES.put(db, stored.disclosure_id, stored, self._clock())
        facts = {"ground": stored.ground, "categories": list(stored.categories)}
        privacy_audit.append(db, self._clock(), "disclosed", stored.recipient_id, facts)


def everybody(db: "Connection") -> dict[str, Recipient]:
    """Stored ones, and those the product can be connected to while they are as shipped."""
    return {one.recipient_id: one for one in STANDARD} | RECIPIENTS.everything(db)
