"""What the owner says about customers: their names, and which identities are one customer.

Every change answers with the rows as they were, and `restore` takes it back.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Final

from contract.messages.rollups import NO_CUSTOMERS
from desktop.domain import calendar
from desktop.domain.customers import Customer, MergedInto
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId
from desktop.services.calls import callable_from_window
from desktop.services.storage import applications, customer_merges
from desktop.services.storage.rows import CUSTOMERS

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.row_editor import RowEditor
    from desktop.services.storage.vault import Vault

MAX_NAME: Final = 200
MOST_AT_ONCE: Final = 200


class CustomerEditService:
    """Needs the open vault; edits are queued and sent by the next sync. Any thread."""

    def __init__(self, vault: "Vault", rows: "RowEditor", clock: Callable[[], datetime]) -> None:
        self._vault = vault
        self._rows = rows
        self._clock = clock

    @callable_from_window
    def rename(self, customer_id: CustomerId, name: str) -> Customer:
        """Give a customer a name, or take it away with an empty one; the row as it was.

        Raises: InvalidInput (field `name` or `customer_id`), or while the row has a conflict;
            VaultError.
        """
        with self._vault.transaction() as db:
            before = self.rename_within(db, customer_id, name)
        self.edited()
        return before

    def rename_within(self, db: "Connection", customer_id: CustomerId, name: str) -> Customer:
        """The same within a transaction; to call `edited` after it is the caller's."""
        cleaned = " ".join(name.split())
        if len(cleaned) > MAX_NAME:
            raise InvalidInput(
                f"A name has at most {MAX_NAME} characters. Nothing was changed.", field="name"
            )
        before = _found(db, customer_id)
        self._rows.put(db, CUSTOMERS, replace(before, name=cleaned), before)
        return before

    def edited(self) -> None:
        """Something was stored that the service has to hear of."""
        self._rows.edited()

    @callable_from_window
    def merge(
        self, customer_ids: tuple[CustomerId, ...], into: CustomerId, bills_from: date
    ) -> tuple[Customer, ...]:
        """Count identities as one customer, all or none; their rows as they were.

        Args:
            customer_ids: who is to be counted as another customer.
            into: that customer; an identity that is merged itself stands for its own.
            bills_from: first day of the month from which they have one bill: this month's or a
                later one. What was billed before stands.

        Raises: InvalidInput (field `customer_ids`, `into` or `bills_from`), or while a row has a
            conflict; VaultError.
        """
        if not 1 <= len(customer_ids) <= MOST_AT_ONCE:
            raise _refused(f"Choose between 1 and {MOST_AT_ONCE} customers.", "customer_ids")
        with self._vault.transaction() as db:
            target = _found(db, into)
            root = customer_merges.merges_of(db, target.application_id).root_of(into)
            self._check_month(db, target.application_id, bills_from)
            before = tuple(_found(db, one) for one in dict.fromkeys(customer_ids))
            _check_together(before, target, root)
            for one in before:
                merged = replace(one, merged=MergedInto(root, bills_from))
                self._rows.put(db, CUSTOMERS, merged, one)
        self._rows.edited()
        return before

    @callable_from_window
    def take_apart(self, customer_id: CustomerId) -> Customer:
        """Count an identity as a customer of its own again; its row as it was.

        Its bills are its own again too, of every month: what was sent meanwhile stays sent.
        Raises: InvalidInput (field `customer_id`), or while the row has a conflict; VaultError.
        """
        with self._vault.transaction() as db:
            before = _found(db, customer_id)
            self._rows.put(db, CUSTOMERS, replace(before, merged=None), before)
        self._rows.edited()
        return before

    @callable_from_window
    def restore(self, before: tuple[Customer, ...]) -> None:
        """Undo: make customers what they were. Raises: InvalidInput (a conflict), VaultError."""
        with self._vault.transaction() as db:
            for one in before:
                self._rows.put(db, CUSTOMERS, one)
        self._rows.edited()

    def _check_month(self, db: "Connection", application_id: str, bills_from: date) -> None:
        zone = applications.zones(db)(application_id)
        if bills_from.day != 1 or bills_from < calendar.today(self._clock(), zone).replace(day=1):
            raise _refused(
                "Bills can be one from the first day of this month or of a later one.",
                "bills_from",
            )


def _found(db: "Connection", customer_id: CustomerId) -> Customer:
    if customer_id in NO_CUSTOMERS:
        raise _refused("These are callers nobody can tell apart.", "customer_id")
    found = CUSTOMERS.find(db, customer_id)
    if found is None:
        raise _refused("This customer is not in the vault.", "customer_id")
    return found


def _check_together(members: Iterable[Customer], target: Customer, root: CustomerId) -> None:
    for one in members:
        if one.application_id != target.application_id:
            raise _refused("Customers of two applications cannot be one.", "customer_ids")
        if one.customer_id in {root, target.customer_id}:
            raise _refused("A customer cannot be merged into itself.", "into")


def _refused(what: str, field: str) -> InvalidInput:
    return InvalidInput(f"{what} Nothing was changed.", field=field)
