"""Edits the service did not take because the row had changed there: base and mine, set aside.

Theirs is the outbox's service row, which every pull keeps current.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.services.storage.configuration import RowKey

if TYPE_CHECKING:
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class StoredConflict:
    """`base` and `mine` are JSON objects, or None where the row does not exist."""

    conflict_id: int
    key: RowKey
    base: str | None
    mine: str | None


def add(db: Connection, key: RowKey, *, base: str | None, mine: str | None) -> None:
    db.execute(
        """
        INSERT INTO conflicts (entity, entity_id, base, mine)
        VALUES (:entity, :entity_id, :base, :mine)
        """,
        {"entity": key.entity, "entity_id": key.entity_id, "base": base, "mine": mine},
    )


def find(db: Connection, conflict_id: int) -> StoredConflict | None:
    row = db.execute(
        """
        SELECT conflict_id, entity, entity_id, base, mine FROM conflicts
        WHERE conflict_id = :conflict_id
        """,
        {"conflict_id": conflict_id},
    ).fetchone()
    return _conflict(row) if row else None


def all_of_them(db: Connection) -> tuple[StoredConflict, ...]:
    """Oldest first."""
    rows = db.execute(
        "SELECT conflict_id, entity, entity_id, base, mine FROM conflicts ORDER BY conflict_id"
    )
    return tuple(_conflict(row) for row in rows)


def exists(db: Connection, key: RowKey) -> bool:
    row = db.execute(
        "SELECT 1 FROM conflicts WHERE entity = :entity AND entity_id = :entity_id",
        {"entity": key.entity, "entity_id": key.entity_id},
    ).fetchone()
    return row is not None


def remove(db: Connection, conflict_id: int) -> None:
    db.execute(
        "DELETE FROM conflicts WHERE conflict_id = :conflict_id", {"conflict_id": conflict_id}
    )


def count(db: Connection) -> int:
    (number,) = db.execute("SELECT count(*) FROM conflicts").fetchone()
    return int(number)


def _conflict(row: tuple[Any, ...]) -> StoredConflict:
    conflict_id, entity, entity_id, base, mine = row
    return StoredConflict(conflict_id, RowKey(entity, entity_id), base, mine)
