"""SQL that reads single events, newest first.

Events have no index by endpoint, customer or status: each would cost every call of the API, for
a question asked now and then. Instead the events are read backwards by their number, a stretch at
a time, and a page gives up after a bounded number of them.
"""

from sqlite3 import Connection
from typing import Any, Final

import msgspec

from hosted.metering.events import UsageEvent
from hosted.storage.events import (
    COLUMNS,
    LATE_COMMIT_US,
    NAMES,
    STATE_NUMBERS,
    event_of,
    first_since,
)
from hosted.storage.usage_records import TraceFilter, TracesFound

STRETCH: Final = 20_000
MOST_READ: Final = 200_000
"""Events that one page reads at most; a page that found less tells where to go on."""

CONDITIONS: Final = {
    "application_id": "e.application_no = (SELECT application_no FROM application_numbers "
    "WHERE application_id = :application_id)",
    "endpoint_id": "p.endpoint_id = :endpoint_id",
    "customer_id": "p.customer_id = :customer_id",
    "least_status": "e.status >= :least_status",
    "most_status": "e.status <= :most_status",
    "since_us": "e.opened_us >= :since_us",
    "until_us": "e.opened_us < :until_us",
}


def page(db: Connection, wanted: TraceFilter, before: int | None, limit: int) -> TracesFound:
    """A page of events; see `hosted.storage.base.Storage.traces`."""
    (oldest,) = db.execute("SELECT coalesce(min(event_id), 0) FROM events").fetchone()
    position = _start(db, wanted) if before is None else before
    least = position - MOST_READ
    statement, values = _query(wanted)
    found: list[UsageEvent] = []
    while position > oldest and position > least:
        floor = max(oldest, position - STRETCH)
        stretch = {"before": position, "floor": floor, "limit": limit - len(found)}
        rows = db.execute(statement, {**values, **stretch}).fetchall()
        found += [event_of(row[1:]) for row in rows]
        position = rows[-1][0] if len(found) == limit else floor
        if len(found) == limit or _is_older(db, position, wanted.since_us):
            break
    is_end = position <= oldest or _is_older(db, position, wanted.since_us)
    return TracesFound(found, None if is_end else position)


def _query(wanted: TraceFilter) -> tuple[str, dict[str, Any]]:
    """The statement of a filter: constant conditions, values apart."""
    values = {
        name: getattr(wanted, name) for name in CONDITIONS if getattr(wanted, name) is not None
    }
    conditions = [CONDITIONS[name] for name in values]
    if wanted.states:
        conditions.append("e.state IN (SELECT value FROM json_each(:states))")
        states = sorted(STATE_NUMBERS[state] for state in wanted.states)
        values["states"] = msgspec.json.encode(states).decode()
    stretch = "e.event_id < :before AND e.event_id >= :floor"
    statement = (
        f"SELECT e.event_id, {COLUMNS} FROM events AS e {NAMES} "  # noqa: S608 - constants
        f"WHERE {' AND '.join([stretch, 'e.state <> 1', *conditions])} "
        "ORDER BY e.event_id DESC LIMIT :limit"
    )
    return statement, values


def _start(db: Connection, wanted: TraceFilter) -> int:
    """Number above the newest event that may match."""
    (newest,) = db.execute("SELECT coalesce(max(event_id), 0) FROM events").fetchone()
    if wanted.until_us is None:
        return int(newest) + 1
    return first_since(db, wanted.until_us + LATE_COMMIT_US)


def _is_older(db: Connection, position: int, since_us: int | None) -> bool:
    """Whether everything from a position on was opened before the instant."""
    if since_us is None:
        return False
    row = db.execute(
        "SELECT opened_us FROM events WHERE event_id < :position ORDER BY event_id DESC LIMIT 1",
        {"position": position},
    ).fetchone()
    return row is None or row[0] < since_us - LATE_COMMIT_US
