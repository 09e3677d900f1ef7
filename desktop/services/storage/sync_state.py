"""Where sync stands: the service, its cursors, the re-sync count, and the last success."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from desktop.domain.calendar import day_of_number
from desktop.domain.syncing import StreamProgress
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


@dataclass(frozen=True, slots=True)
class Reached:
    """Where a page ended. Days are counted from 1970-01-01."""

    cursor: str
    finished: bool
    rows: int = 0
    day: int | None = None
    """Of the last row of a page of the past."""
    oldest_day: int | None = None
    """Of the oldest row the service has."""


def store_cursor(db: Connection, stream: Stream, reached: Reached) -> None:
    """Belongs into the transaction that stores the page the cursor came with."""
    db.execute(
        """
        INSERT INTO cursors (stream, cursor, finished, received, newest_day, reached_day,
            oldest_day)
        VALUES (:stream, :cursor, :finished, :rows, :day, :day, :oldest_day)
        ON CONFLICT DO UPDATE SET cursor = :cursor, finished = :finished,
            received = received + :rows, newest_day = max(coalesce(newest_day, :day), :day),
            reached_day = :day, oldest_day = :oldest_day
        """,
        {
            "stream": stream,
            "cursor": reached.cursor,
            "finished": reached.finished,
            "rows": reached.rows,
            "day": reached.day,
            "oldest_day": reached.oldest_day,
        },
    )


def progress(db: Connection, stream: Stream) -> StreamProgress:
    """How far a stream was followed."""
    row = db.execute(
        """
        SELECT received, finished, newest_day, reached_day, oldest_day FROM cursors
        WHERE stream = :stream
        """,
        {"stream": stream},
    ).fetchone()
    if row is None:
        return StreamProgress(stream, 0, is_complete=False)
    received, finished, *days = row
    shown = [None if day is None else day_of_number(day) for day in days]
    return StreamProgress(stream, received, bool(finished), *shown)


def epoch(db: Connection) -> int:
    """Number of the current re-sync; rows of an older one may be gone from the service."""
    (number,) = db.execute("SELECT epoch FROM sync_state").fetchone()
    return int(number)


def begin_resync(db: Connection, *, replaces_all: bool) -> None:
    """Forget all cursors. Stored rows stay readable until the service has sent everything anew.

    `replaces_all` says that it is another service: nothing of the one before will stay.
    """
    db.execute("DELETE FROM cursors")
    db.execute(
        "UPDATE sync_state SET epoch = epoch + 1, replaces_all = replaces_all OR :replaces_all",
        {"replaces_all": replaces_all},
    )


def end_resync(db: Connection) -> bool:
    """Everything was sent anew; return whether it came from another service than before."""
    (replaces_all,) = db.execute("SELECT replaces_all FROM sync_state").fetchone()
    db.execute("UPDATE sync_state SET replaces_all = 0 WHERE replaces_all")
    return bool(replaces_all)


def last_success(db: Connection) -> datetime | None:
    (stored,) = db.execute("SELECT last_success_us FROM sync_state").fetchone()
    return None if stored is None else moment(stored)


def store_success(db: Connection, at: datetime) -> None:
    db.execute("UPDATE sync_state SET last_success_us = :at", {"at": microseconds(at)})
