"""Sealed identities of customers, as the service sent them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class SealedIdentity:
    application_id: str
    sealed: str


def find(db: Connection, customer_id: str) -> SealedIdentity | None:
    """The identity of a customer; None when the service kept none."""
    row = db.execute(
        """
        SELECT application_id, body ->> 'sealed' FROM configuration
        WHERE entity = 'identity' AND entity_id = :customer_id
        """,
        {"customer_id": customer_id},
    ).fetchone()
    return None if row is None else SealedIdentity(*row)
