"""Versions of rows that the owner set aside; they are never sent as they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from desktop.services.storage.configuration import RowKey
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class StoredDraft:
    draft_id: int
    key: RowKey
    body: str
    """A JSON object."""
    made_at: datetime


def add(db: Connection, key: RowKey, body: str, made_at: datetime) -> None:
    db.execute(
        """
        INSERT INTO drafts (entity, entity_id, body, made_at_us)
        VALUES (:entity, :entity_id, :body, :made_at)
        """,
        {
            "entity": key.entity,
            "entity_id": key.entity_id,
            "body": body,
            "made_at": microseconds(made_at),
        },
    )


def find(db: Connection, draft_id: int) -> StoredDraft | None:
    row = db.execute(
        """
        SELECT draft_id, entity, entity_id, body, made_at_us FROM drafts
        WHERE draft_id = :draft_id
        """,
        {"draft_id": draft_id},
    ).fetchone()
    return _draft(row) if row else None


def all_of_them(db: Connection) -> tuple[StoredDraft, ...]:
    """Newest first."""
    rows = db.execute(
        "SELECT draft_id, entity, entity_id, body, made_at_us FROM drafts ORDER BY draft_id DESC"
    )
    return tuple(_draft(row) for row in rows)


def remove(db: Connection, draft_id: int) -> None:
    db.execute("DELETE FROM drafts WHERE draft_id = :draft_id", {"draft_id": draft_id})


def _draft(row: tuple[Any, ...]) -> StoredDraft:
    draft_id, entity, entity_id, body, made_at = row
    return StoredDraft(draft_id, RowKey(entity, entity_id), body, moment(made_at))
