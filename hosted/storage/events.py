"""SQL of the raw usage events. Many at a time: each statement costs a change of threads.

The number of an event rises with the time it was stored, which is about the time it was opened.
"""

from collections.abc import Callable, Iterable, Mapping
from sqlite3 import Connection
from typing import Any, Final

import msgspec

from hosted.clock import SECOND_US
from hosted.metering.events import EventState, UsageEvent
from hosted.storage.bulk import Bulk

EventKey = tuple[str, str]
"""Application and allocation."""

LATE_COMMIT_US: Final = 60 * SECOND_US
"""Events are stored in about the order of their time; a refusing disk may hold some back."""

UUID_BYTES: Final = 16
UUID_CHARACTERS: Final = 36
OTHER_ID: Final = bytes(UUID_BYTES)
STATES: Final = (
    EventState.OPEN,
    EventState.PARKED,
    EventState.SETTLED,
    EventState.EXPIRED,
    EventState.DENIED,
)
STATE_NUMBERS: Final = {state: number for number, state in enumerate(STATES)}
LATE, ODD_AMOUNT, PAYLOAD_DROPPED, SOFT_LIMITED = 1, 2, 4, 8

COLUMNS: Final = (
    "a.application_id, e.allocation, p.endpoint_id, p.customer_id, e.state, e.opened_us, "
    "e.expires_us, e.hour, e.day, e.units, e.reserved, e.status, e.duration_ms, e.flags, "
    "e.skew_s, e.refused_by, e.detail"
)
NAMES: Final = (
    "JOIN places AS p ON p.place_id = e.place_id "
    "JOIN application_numbers AS a ON a.application_no = e.application_no"
)

SELECT_MANY: Final = f"""
SELECT {COLUMNS} FROM json_each(:keys) AS k CROSS JOIN events AS e
ON e.application_no = k.value ->> 0 AND e.allocation = unhex(k.value ->> 1) {NAMES}
"""  # noqa: S608 - the names are constants of this module

PUT_EVENTS: Final = Bulk(
    "INSERT INTO events (application_no, allocation, place_id, state, opened_us, expires_us, hour, "
    "day, units, reserved, status, duration_ms, flags, skew_s, refused_by, detail)",
    16,
    """
    ON CONFLICT (application_no, allocation) DO UPDATE
    SET place_id = excluded.place_id, state = excluded.state, expires_us = excluded.expires_us,
        units = excluded.units, reserved = excluded.reserved, status = excluded.status,
        duration_ms = excluded.duration_ms, flags = excluded.flags, detail = excluded.detail
    """,
)

SELECT_HELD: Final = f"""
SELECT {COLUMNS} FROM events AS e {NAMES}
WHERE e.state IN (0, 1) AND e.expires_us <= :now_us
ORDER BY e.expires_us LIMIT :limit
"""  # noqa: S608 - the names are constants of this module

SELECT_ONE: Final = f"""
SELECT {COLUMNS} FROM application_numbers AS n
JOIN events AS e ON e.application_no = n.application_no {NAMES}
WHERE n.application_id = :application_id AND e.allocation = :allocation
"""  # noqa: S608 - the names are constants of this module

OLD_OF_APPLICATION: Final = """
SELECT event_id FROM events
WHERE event_id > (SELECT purged_event_id FROM application_numbers
                  WHERE application_no = :application_no)
  AND event_id < :until AND application_no = :application_no AND opened_us < :before_us
ORDER BY event_id LIMIT :limit
"""

_json = msgspec.json.Encoder()


def find_many(
    db: Connection, keys: Iterable[EventKey], numbers: Mapping[str, int]
) -> dict[EventKey, UsageEvent]:
    """Events of the allocations that are known; `numbers` are those of the applications."""
    wanted = [(numbers[app], as_bytes(allocation).hex()) for app, allocation in keys]
    found = [event_of(row) for row in db.execute(SELECT_MANY, {"keys": _text(wanted)})]
    return {(event.application_id, event.allocation_id): event for event in found}


def find(db: Connection, application_id: str, allocation_id: str) -> UsageEvent | None:
    """The event of an allocation."""
    key = {"application_id": application_id, "allocation": as_bytes(allocation_id)}
    row = db.execute(SELECT_ONE, key).fetchone()
    return None if row is None else event_of(row)


def put_many(
    db: Connection, rows: Iterable[tuple[UsageEvent, int, int]], rest: Callable[[], object]
) -> None:
    """Store new events and new forms of known ones; an event's place in time never changes.

    Args:
        db: the writer's connection.
        rows: events with the number of their application and of their place.
        rest: called after each statement.
    """
    PUT_EVENTS.write(db, (_row(*row) for row in rows), rest)


def held(db: Connection, now_us: int, limit: int) -> list[UsageEvent]:
    """Events whose hold has run out, oldest first."""
    rows = db.execute(SELECT_HELD, {"now_us": now_us, "limit": limit})
    return [event_of(row) for row in rows]


def delete_old(db: Connection, application_no: int, before_us: int, limit: int) -> int:
    """Forget an application's oldest events if they were opened before the instant; how many."""
    values = {
        "application_no": application_no,
        "before_us": before_us,
        "until": first_since(db, before_us + LATE_COMMIT_US),
        "limit": limit,
    }
    old = [event_id for (event_id,) in db.execute(OLD_OF_APPLICATION, values)]
    purged = old[-1] if len(old) == limit else first_since(db, before_us - LATE_COMMIT_US) - 1
    db.execute(
        "DELETE FROM events WHERE event_id IN (SELECT value FROM json_each(:ids))",
        {"ids": _text(old)},
    )
    db.execute(
        "UPDATE application_numbers SET purged_event_id = max(purged_event_id, :purged) "
        "WHERE application_no = :application_no",
        {"purged": purged, "application_no": application_no},
    )
    return len(old)


def first_since(db: Connection, at_us: int) -> int:
    """About the number of the first event opened at an instant or later, found by halving."""
    low, high = db.execute(
        "SELECT coalesce(min(event_id), 1), coalesce(max(event_id), 0) + 1 FROM events"
    ).fetchone()
    while low < high:
        middle = (low + high) // 2
        row = db.execute(
            "SELECT event_id, opened_us FROM events WHERE event_id >= :middle "
            "ORDER BY event_id LIMIT 1",
            {"middle": middle},
        ).fetchone()
        if row is None or row[1] >= at_us:
            high = middle
        else:
            low = row[0] + 1
    return int(low)


def as_bytes(allocation_id: str) -> bytes:
    """An allocation id as it is stored."""
    if len(allocation_id) == UUID_CHARACTERS:
        try:
            return bytes.fromhex(allocation_id.replace("-", ""))
        except ValueError:
            return OTHER_ID + allocation_id.encode()
    return OTHER_ID + allocation_id.encode()


def as_text(allocation: bytes) -> str:
    """A stored allocation id as SDKs know it."""
    if len(allocation) > UUID_BYTES:
        return allocation[UUID_BYTES:].decode()
    digits = allocation.hex()
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def event_of(row: tuple[Any, ...]) -> UsageEvent:
    """An event from the columns `COLUMNS`."""
    flags = row[13]
    return UsageEvent(
        application_id=row[0],
        allocation_id=as_text(row[1]),
        endpoint_id=row[2],
        customer_id=row[3],
        state=STATES[row[4]],
        opened_us=row[5],
        expires_us=row[6],
        hour=row[7],
        day=row[8],
        units_micro=row[9],
        reserved_micro=row[10],
        status=row[11],
        duration_ms=row[12],
        late=bool(flags & LATE),
        odd_amount=bool(flags & ODD_AMOUNT),
        payload_dropped=bool(flags & PAYLOAD_DROPPED),
        soft_limited=bool(flags & SOFT_LIMITED),
        skew_s=row[14],
        refused_by=row[15],
        detail=row[16].encode(),
    )


def _row(event: UsageEvent, application_no: int, place_id: int) -> tuple[Any, ...]:
    flags = (
        event.late * LATE
        + event.odd_amount * ODD_AMOUNT
        + event.payload_dropped * PAYLOAD_DROPPED
        + event.soft_limited * SOFT_LIMITED
    )
    return (
        application_no,
        as_bytes(event.allocation_id),
        place_id,
        STATE_NUMBERS[event.state],
        event.opened_us,
        event.expires_us,
        event.hour,
        event.day,
        event.units_micro,
        event.reserved_micro,
        event.status,
        event.duration_ms,
        flags,
        event.skew_s,
        event.refused_by,
        event.detail.decode(),
    )


def _text(rows: object) -> str:
    return _json.encode(rows).decode()
