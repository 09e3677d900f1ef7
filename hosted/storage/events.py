"""SQL of the raw usage events. Many at a time: each statement costs a change of threads."""

import json
from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any, Final

from hosted.clock import SECOND_US
from hosted.metering.events import EventState, UsageEvent

EventKey = tuple[str, str]
"""Application and allocation."""

LATE_COMMIT_US: Final = 60 * SECOND_US
"""Events are stored in about the order of their time; a refusing disk may hold some back."""

COLUMNS: Final = (
    "e.application_id, e.allocation_id, e.endpoint_id, e.customer_id, e.state, e.opened_us, "
    "e.expires_us, e.hour, e.day, e.units_micro, e.status, e.duration_ms, e.late, e.odd_amount, "
    "e.detail"
)

SELECT_MANY: Final = f"""
SELECT {COLUMNS} FROM json_each(:keys) AS k CROSS JOIN events AS e
ON e.application_id = k.value ->> 0 AND e.allocation_id = k.value ->> 1
"""  # noqa: S608 - the names are constants of this module

UPSERT_MANY: Final = """
INSERT INTO events (application_id, allocation_id, endpoint_id, customer_id, state, opened_us,
                    expires_us, hour, day, units_micro, status, duration_ms, late, odd_amount,
                    detail)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12,
       value ->> 13, value ->> 14
FROM json_each(:rows) WHERE true
ON CONFLICT (application_id, allocation_id) DO UPDATE
SET endpoint_id = excluded.endpoint_id, customer_id = excluded.customer_id,
    state = excluded.state, expires_us = excluded.expires_us, units_micro = excluded.units_micro,
    status = excluded.status, duration_ms = excluded.duration_ms, late = excluded.late,
    odd_amount = excluded.odd_amount, detail = excluded.detail
"""

SELECT_HELD: Final = f"""
SELECT {COLUMNS} FROM events AS e
WHERE e.state IN ('open', 'parked') AND e.expires_us <= :now_us
ORDER BY e.expires_us LIMIT :limit
"""  # noqa: S608 - the names are constants of this module

DELETE_OLD: Final = """
DELETE FROM events WHERE rowid IN (
    SELECT rowid FROM (SELECT rowid, opened_us FROM events ORDER BY rowid LIMIT :limit)
    WHERE opened_us < :before_us)
"""


def find_many(db: Connection, keys: Iterable[EventKey]) -> dict[EventKey, UsageEvent]:
    """Events of the allocations that are known."""
    rows = db.execute(SELECT_MANY, {"keys": json.dumps(list(keys))})
    found = [_event(row) for row in rows]
    return {(event.application_id, event.allocation_id): event for event in found}


def put_many(db: Connection, changed: Iterable[UsageEvent]) -> None:
    """Store new events and new forms of known ones; an event's place in time never changes."""
    rows = [[getattr(event, name) for name in UsageEvent.__slots__] for event in changed]
    db.execute(UPSERT_MANY, {"rows": json.dumps(rows)})


def held(db: Connection, now_us: int, limit: int) -> list[UsageEvent]:
    """Events whose hold has run out, oldest first."""
    rows = db.execute(SELECT_HELD, {"now_us": now_us, "limit": limit})
    return [_event(row) for row in rows]


def delete_old(db: Connection, before_us: int, limit: int) -> int:
    """Forget the oldest events if they were opened before the instant; return how many."""
    return db.execute(DELETE_OLD, {"before_us": before_us, "limit": limit}).rowcount


def calls_since(db: Connection, endpoint_id: str, start_us: int) -> dict[str, int]:
    """Admitted calls per customer since an instant, read from the newest event backwards."""
    calls: dict[str, int] = {}
    newest_first = db.execute(
        "SELECT endpoint_id, customer_id, state, opened_us FROM events ORDER BY rowid DESC"
    )
    for endpoint, customer_id, state, opened_us in newest_first:
        if opened_us < start_us - LATE_COMMIT_US:
            break
        is_call = state in {EventState.OPEN, EventState.SETTLED, EventState.EXPIRED}
        if endpoint == endpoint_id and is_call and opened_us >= start_us:
            calls[customer_id] = calls.get(customer_id, 0) + 1
    return calls


def _event(row: tuple[Any, ...]) -> UsageEvent:
    values: dict[str, Any] = dict(zip(UsageEvent.__slots__, row, strict=True))
    values["state"] = EventState(values["state"])
    values["late"] = bool(values["late"])
    values["odd_amount"] = bool(values["odd_amount"])
    return UsageEvent(**values)
