"""Which applications the account has or had: usage and rows of any other one are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.services.storage.configuration import SAMPLE_EPOCH, RowKey

if TYPE_CHECKING:
    from sqlite3 import Connection


def note(db: Connection, application_id: str) -> None:
    """The service has sent this application's row, or told that it was deleted."""
    db.execute(
        "INSERT OR IGNORE INTO account_applications (application_id) VALUES (?)",
        (application_id,),
    )


def applications(db: Connection) -> frozenset[str]:
    rows = db.execute("SELECT application_id FROM account_applications")
    return frozenset(application_id for (application_id,) in rows)


def forget(db: Connection) -> None:
    """Another service is joined: what the account of the one before had counts no more."""
    db.execute("DELETE FROM account_applications")


def remove_foreign(db: Connection) -> tuple[RowKey, ...]:
    """Take away synced rows of applications that the account never had; return which."""
    rows = db.execute(
        """
        DELETE FROM configuration
        WHERE application_id NOT IN (SELECT application_id FROM account_applications)
            AND state = 'synced' AND epoch < :sample
            AND epoch = (SELECT epoch FROM sync_state)
        RETURNING entity, entity_id
        """,
        {"sample": SAMPLE_EPOCH},
    )
    return tuple(RowKey(entity, entity_id) for entity, entity_id in rows.fetchall())
