"""Temporary names of files that are being written. Each takes a connection in a transaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from desktop.services.storage.timestamps import microseconds

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection


def note(db: Connection, temporary: str, now: datetime) -> None:
    """A file of this name is about to be made."""
    db.execute("INSERT INTO unfinished_files VALUES (?, ?)", (temporary, microseconds(now)))


def forget(db: Connection, temporary: str) -> None:
    """The file has got its own name, or is gone."""
    db.execute("DELETE FROM unfinished_files WHERE temporary = ?", (temporary,))


def names(db: Connection) -> tuple[str, ...]:
    """Every one that was not finished, the oldest first."""
    rows = db.execute("SELECT temporary FROM unfinished_files ORDER BY begun_at_us, temporary")
    return tuple(name for (name,) in rows.fetchall())
