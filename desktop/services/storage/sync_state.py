"""Where sync stands: the service, its cursors, the re-sync count, and the last success."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from sqlite3 import Connection

Stream = Literal["changes", "tail", "backfill"]


@dataclass(frozen=True, slots=True)
class StoredConnection:
    kind: str
    url: str
    ws_url: str
    application_id: str
    service_id: str
    warning: str


@dataclass(frozen=True, slots=True)
class Cursor:
    """An opaque position in a stream of the service; None has not begun."""

    value: str | None
    finished: bool


def connection(db: Connection) -> StoredConnection | None:
    row = db.execute(
        "SELECT kind, url, ws_url, application_id, service_id, warning FROM connection"
    ).fetchone()
    return StoredConnection(*row) if row else None


def store_connection(db: Connection, stored: StoredConnection) -> None:
    db.execute(
        """
        INSERT OR REPLACE INTO connection (one, kind, url, ws_url, application_id, service_id,
            warning)
        VALUES (1, :kind, :url, :ws_url, :application_id, :service_id, :warning)
        """,
        {
            "kind": stored.kind,
            "url": stored.url,
            "ws_url": stored.ws_url,
            "application_id": stored.application_id,
            "service_id": stored.service_id,
            "warning": stored.warning,
        },
    )


def cursor(db: Connection, stream: Stream) -> Cursor:
    row = db.execute(
        "SELECT cursor, finished FROM cursors WHERE stream = :stream", {"stream": stream}
    ).fetchone()
    return Cursor(row[0], bool(row[1])) if row else Cursor(None, finished=False)


def store_cursor(db: Connection, stream: Stream, value: str, *, finished: bool) -> None:
    """Belongs into the transaction that stores the page the cursor came with."""
    db.execute(
        """
        INSERT OR REPLACE INTO cursors (stream, cursor, finished)
        VALUES (:stream, :cursor, :finished)
        """,
        {"stream": stream, "cursor": value, "finished": finished},
    )


def epoch(db: Connection) -> int:
    """Number of the current re-sync; rows of an older one may be gone from the service."""
    (number,) = db.execute("SELECT epoch FROM sync_state").fetchone()
    return int(number)


def begin_resync(db: Connection) -> None:
    """Forget all cursors. Stored rows stay readable until the service has sent everything anew."""
    db.execute("DELETE FROM cursors")
    db.execute("UPDATE sync_state SET epoch = epoch + 1")


def last_success(db: Connection) -> datetime | None:
    (stored,) = db.execute("SELECT last_success_us FROM sync_state").fetchone()
    return None if stored is None else moment(stored)


def store_success(db: Connection, at: datetime) -> None:
    db.execute("UPDATE sync_state SET last_success_us = :at", {"at": microseconds(at)})
