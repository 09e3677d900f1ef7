"""Customers who are frozen, in whichever workspace that was decided; reads of one picture."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput

if TYPE_CHECKING:
    from sqlite3 import Connection

FROZEN: Final = (
    "This customer is frozen: somebody reported that data of a child is held. Nothing was done. "
    "Decide about the report first."
)
FIELD: Final = "frozen"


def frozen(db: Connection) -> frozenset[tuple[str, str]]:
    """Application and customer of everybody who is frozen."""
    rows = db.execute(
        "SELECT application_id, body ->> 'customer_id' FROM configuration WHERE entity = 'freeze'"
    )
    return frozenset((application_id, customer_id) for application_id, customer_id in rows)


def require_free(db: Connection, customers: Iterable[tuple[str, str]]) -> None:
    """Let nothing go out about somebody who is frozen.

    Raises: InvalidInput (field `frozen`).
    """
    if not frozen(db).isdisjoint(customers):
        raise InvalidInput(FROZEN, field=FIELD)
