"""Identities that the owner says are one customer. Bills are not merged: they go to whom they name.

Usage is shown under the customer that others were merged into; no stored usage changes, so that a
merge can be taken back.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from sqlite3 import Connection


def merge(
    db: Connection, application_id: str, customer_id: str, into_id: str, at: datetime
) -> None:
    """Show a customer, and whoever was merged into it, under another one.

    `into_id` may itself be merged: then it is its customer. `at` is aware. Merging a customer into
    itself, or into one that was merged into it, changes nothing.
    """
    into_id = of_application(db, application_id).get(into_id, into_id)
    if into_id == customer_id:
        return
    values = {"app": application_id, "from": customer_id, "into": into_id}
    db.execute(
        """
        UPDATE customer_merges SET into_id = :into
        WHERE application_id = :app AND into_id = :from
        """,
        values,
    )
    db.execute(
        """
        INSERT INTO customer_merges (application_id, customer_id, into_id, merged_at_us)
        VALUES (:app, :from, :into, :at)
        ON CONFLICT DO UPDATE SET into_id = excluded.into_id, merged_at_us = excluded.merged_at_us
        """,
        {**values, "at": microseconds(at)},
    )


def separate(db: Connection, application_id: str, customer_id: str) -> None:
    """Show a merged customer by itself again; does nothing when it is not merged."""
    db.execute(
        "DELETE FROM customer_merges WHERE application_id = :app AND customer_id = :id",
        {"app": application_id, "id": customer_id},
    )


def of_application(db: Connection, application_id: str) -> dict[str, str]:
    """The customer under which each merged one is shown, by the merged one's id."""
    rows = db.execute(
        "SELECT customer_id, into_id FROM customer_merges WHERE application_id = ?",
        (application_id,),
    )
    return dict(rows.fetchall())


def remove_application(db: Connection, application_id: str) -> None:
    """Forget what was merged in an application."""
    db.execute("DELETE FROM customer_merges WHERE application_id = ?", (application_id,))
