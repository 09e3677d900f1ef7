"""Configuration rows: applications, endpoints, policies, pricing rules, customers and the rest.

All are written and read as their JSON body (the fields of the contract's body class), so that an
edit, a row of the service and a conflict are the same shape. Every function takes a
connection inside a transaction of the vault.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from desktop.domain.editing import EditState

if TYPE_CHECKING:
    from sqlite3 import Connection

SAMPLE_EPOCH: Final = 2**62
"""Epoch of rows no service ever sent: never older than any re-sync."""


@dataclass(frozen=True, slots=True)
class RowKey:
    """Which row: `entity` is one of the contract's `Entity`."""

    entity: str
    entity_id: str


@dataclass(frozen=True, slots=True)
class StoredRow:
    """`body` is a JSON object, the checked fields of the entity's body class."""

    body: str
    revision: int
    epoch: int
    state: EditState = EditState.SYNCED
    problem: str = ""


def find(db: Connection, key: RowKey) -> StoredRow | None:
    row = db.execute(
        """
        SELECT body, revision, epoch, state, problem FROM configuration
        WHERE entity = :entity AND entity_id = :id
        """,
        {"entity": key.entity, "id": key.entity_id},
    ).fetchone()
    return StoredRow(row[0], row[1], row[2], EditState(row[3]), row[4]) if row else None


def bodies_of(db: Connection, application_id: str, entity: str) -> list[str]:
    """Bodies of an application's rows of one kind, by id."""
    rows = db.execute(
        """
        SELECT body FROM configuration WHERE entity = :entity AND application_id = :application_id
        ORDER BY entity_id
        """,
        {"entity": entity, "application_id": application_id},
    )
    return [body for (body,) in rows]


def put(db: Connection, key: RowKey, row: StoredRow) -> None:
    """Insert or replace a row. An application belongs to itself."""
    db.execute(
        """
        INSERT INTO configuration (entity, entity_id, application_id, body, revision, epoch, state,
            problem)
        VALUES (:entity, :id, coalesce(:body ->> 'application_id', :id), :body, :revision, :epoch,
            :state, :problem)
        ON CONFLICT DO UPDATE SET application_id = excluded.application_id, body = excluded.body,
            revision = excluded.revision, epoch = excluded.epoch, state = excluded.state,
            problem = excluded.problem
        """,
        {
            "entity": key.entity,
            "id": key.entity_id,
            "body": row.body,
            "revision": row.revision,
            "epoch": row.epoch,
            "state": row.state.value,
            "problem": row.problem,
        },
    )


def remove(db: Connection, key: RowKey) -> None:
    db.execute(
        "DELETE FROM configuration WHERE entity = :entity AND entity_id = :id",
        {"entity": key.entity, "id": key.entity_id},
    )


def remove_older(db: Connection, epoch: int) -> None:
    """Drop what a complete re-sync did not bring again; rows with an edit of ours stay."""
    db.execute(
        "DELETE FROM configuration WHERE epoch < :epoch AND state = 'synced'", {"epoch": epoch}
    )


def is_sample(db: Connection, application_id: str) -> bool:
    row = db.execute(
        "SELECT is_sample FROM applications WHERE application_id = :id", {"id": application_id}
    ).fetchone()
    return row is not None and bool(row[0])


def remove_application(db: Connection, application_id: str) -> None:
    """Drop an application and every row that belongs to it."""
    db.execute("DELETE FROM configuration WHERE application_id = :id", {"id": application_id})
