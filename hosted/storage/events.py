"""SQL of the raw usage events."""

from sqlite3 import Connection
from typing import Any, Final

from hosted.metering.events import EventState, UsageEvent

COLUMNS: Final = (
    "application_id, allocation_id, endpoint_id, customer_id, state, opened_us, expires_us, "
    "hour, day, units_micro, status, duration_ms, late, odd_amount, detail"
)

INSERT: Final = f"""
INSERT INTO events ({COLUMNS})
VALUES (:application_id, :allocation_id, :endpoint_id, :customer_id, :state, :opened_us,
        :expires_us, :hour, :day, :units_micro, :status, :duration_ms, :late, :odd_amount, :detail)
ON CONFLICT (application_id, allocation_id) DO NOTHING
"""  # noqa: S608 - the names are constants of this module

SELECT_ONE: Final = f"""
SELECT {COLUMNS} FROM events
WHERE application_id = :application_id AND allocation_id = :allocation_id
"""  # noqa: S608 - the names are constants of this module

REPLACE: Final = """
UPDATE events
SET endpoint_id = :endpoint_id, customer_id = :customer_id, state = :state,
    expires_us = :expires_us, units_micro = :units_micro, status = :status,
    duration_ms = :duration_ms, late = :late, odd_amount = :odd_amount, detail = :detail
WHERE application_id = :application_id AND allocation_id = :allocation_id
"""

SELECT_HELD: Final = f"""
SELECT {COLUMNS} FROM events
WHERE state IN ('open', 'parked') AND expires_us <= :now_us
ORDER BY expires_us LIMIT :limit
"""  # noqa: S608 - the names are constants of this module

DELETE_OLD: Final = """
DELETE FROM events WHERE rowid IN (
    SELECT rowid FROM events WHERE opened_us < :before_us ORDER BY opened_us LIMIT :limit)
"""

CALLS_SINCE: Final = """
SELECT customer_id, count(*) FROM events
WHERE endpoint_id = :endpoint_id AND opened_us >= :start_us
  AND state IN ('open', 'settled', 'expired')
GROUP BY customer_id
"""


def insert(db: Connection, event: UsageEvent) -> bool:
    """Store a new event; False when its allocation is known already."""
    return db.execute(INSERT, _values(event)).rowcount == 1


def find(db: Connection, application_id: str, allocation_id: str) -> UsageEvent | None:
    """Event of an allocation."""
    key = {"application_id": application_id, "allocation_id": allocation_id}
    row = db.execute(SELECT_ONE, key).fetchone()
    return None if row is None else _event(row)


def replace(db: Connection, event: UsageEvent) -> None:
    """Write what may change in an event; its place in time never does."""
    db.execute(REPLACE, _values(event))


def held(db: Connection, now_us: int, limit: int) -> list[UsageEvent]:
    """Events whose hold has run out, oldest first."""
    rows = db.execute(SELECT_HELD, {"now_us": now_us, "limit": limit})
    return [_event(row) for row in rows]


def delete_old(db: Connection, before_us: int, limit: int) -> int:
    """Forget events opened before the instant; return how many."""
    return db.execute(DELETE_OLD, {"before_us": before_us, "limit": limit}).rowcount


def calls_since(db: Connection, endpoint_id: str, start_us: int) -> dict[str, int]:
    """Admitted calls per customer since an instant."""
    key = {"endpoint_id": endpoint_id, "start_us": start_us}
    return dict(db.execute(CALLS_SINCE, key).fetchall())


def _values(event: UsageEvent) -> dict[str, Any]:
    return {name: getattr(event, name) for name in UsageEvent.__slots__}


def _event(row: tuple[Any, ...]) -> UsageEvent:
    application_id, allocation_id, endpoint_id, customer_id, state, *middle, late, odd, detail = row
    return UsageEvent(
        application_id,
        allocation_id,
        endpoint_id,
        customer_id,
        EventState(state),
        *middle,
        late=bool(late),
        odd_amount=bool(odd),
        detail=detail,
    )
