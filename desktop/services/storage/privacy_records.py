"""What the owner keeps about privacy, one table for all kinds: each kind is a class of the domain.

A kind is read and written whole; there are few records of each, and none is looked up by a field.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec

from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Records(Generic[Value]):
    """Records of one kind. Every method takes a connection inside a transaction of the vault."""

    kind: str
    value: type[Value]

    def put(self, db: Connection, record_id: str, value: Value, now: datetime) -> None:
        """Add a record, or replace it."""
        db.execute(
            """
            INSERT INTO privacy_records (kind, record_id, body, changed_at_us)
            VALUES (:kind, :id, :body, :now_us)
            ON CONFLICT DO UPDATE SET body = excluded.body, changed_at_us = excluded.changed_at_us
            """,
            {
                "kind": self.kind,
                "id": record_id,
                "body": msgspec.json.encode(value).decode(),
                "now_us": microseconds(now),
            },
        )

    def find(self, db: Connection, record_id: str) -> Value | None:
        row = db.execute(
            "SELECT body FROM privacy_records WHERE kind = :kind AND record_id = :id",
            {"kind": self.kind, "id": record_id},
        ).fetchone()
        return None if row is None else msgspec.json.decode(row[0], type=self.value)

    def everything(self, db: Connection) -> dict[str, Value]:
        """All records by id, in the order of their ids."""
        rows = db.execute(
            "SELECT record_id, body FROM privacy_records WHERE kind = :kind ORDER BY record_id",
            {"kind": self.kind},
        )
        return {record_id: msgspec.json.decode(body, type=self.value) for record_id, body in rows}

    def remove(self, db: Connection, record_id: str) -> bool:
        """Delete a record; whether it was there."""
        done = db.execute(
            "DELETE FROM privacy_records WHERE kind = :kind AND record_id = :id",
            {"kind": self.kind, "id": record_id},
        )
        return done.rowcount > 0
