"""Identities that the owner says are one customer, from the customers' rows.

The merges travel as part of those rows. SQL that counts customers joins the view `customer_merges`.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from desktop.domain.ids import CustomerId
from desktop.domain.merges import Merge, Merges

if TYPE_CHECKING:
    from collections.abc import Mapping
    from sqlite3 import Connection


def of_application(db: Connection, application_id: str) -> Mapping[CustomerId, CustomerId]:
    """The customer under which each merged one is shown, by the merged one's id."""
    return merges_of(db, application_id).roots


def merges_of(db: Connection, application_id: str) -> Merges:
    """The merges of an application; an index holds them alone, however many customers there are."""
    rows = db.execute(
        """
        SELECT entity_id, body ->> '$.merged.into', body ->> '$.merged.bills_from'
        FROM configuration INDEXED BY merged_customers
        WHERE entity = 'customer' AND body ->> '$.merged.into' IS NOT NULL
            AND application_id = :application_id
        """,
        {"application_id": application_id},
    )
    return Merges(
        Merge(CustomerId(customer), CustomerId(into), date.fromisoformat(bills_from))
        for customer, into, bills_from in rows
    )
