"""Customers of an application, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from desktop.domain.ids import CustomerId

if TYPE_CHECKING:
    from sqlite3 import Connection

LARGEST: Final = 5000
"""More than anybody scrolls through; whoever is not among them is found by name."""


def of_application(db: Connection, application_id: str) -> tuple[tuple[CustomerId, str], ...]:
    """Id and name, an empty name where the owner gave none; named ones first, by name."""
    rows = db.execute(
        """
        SELECT entity_id, body ->> 'name' FROM configuration
        WHERE entity = 'customer' AND application_id = :application_id
        ORDER BY body ->> 'name' = '', body ->> 'name' COLLATE NOCASE, entity_id LIMIT :largest
        """,
        {"application_id": application_id, "largest": LARGEST},
    )
    return tuple((CustomerId(customer), name) for customer, name in rows)
