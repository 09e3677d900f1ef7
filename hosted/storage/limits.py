"""SQL of what limits and blocks need again after a restart."""

from collections.abc import Iterable, Mapping
from sqlite3 import Connection
from typing import Final

import msgspec

from contract.messages.rollups import OTHERS
from hosted.metering.events import EventState, UsageEvent
from hosted.metering.gauges import Mark
from hosted.storage.events import COLUMNS, LATE_COMMIT_US, NAMES, STATE_NUMBERS, event_of
from hosted.storage.usage_records import BlockedCaller, RecentCall, Usage

USAGE_SINCE_DAY: Final = """
SELECT p.customer_id, sum(d.events), sum(d.quantity) FROM customer_days AS d
JOIN places AS p ON p.place_id = d.place_id
JOIN application_numbers AS a ON a.application_no = p.application_no
WHERE d.day >= :day AND a.application_id = :application_id AND p.endpoint_id = :endpoint_id
GROUP BY p.customer_id
"""

USAGE_IN_HOUR: Final = """
SELECT p.customer_id, h.requests, h.units FROM customer_hours AS h
JOIN places AS p ON p.place_id = h.place_id
JOIN application_numbers AS a ON a.application_no = p.application_no
WHERE h.hour = :hour AND a.application_id = :application_id AND p.endpoint_id = :endpoint_id
  AND p.customer_id <> :others
"""

REQUESTS_SINCE: Final = """
SELECT endpoint_id, sum(requests) FROM endpoint_hours
WHERE hour >= :hour AND application_id = :application_id GROUP BY endpoint_id
"""

NEWEST_FIRST: Final = """
SELECT p.endpoint_id, p.customer_id, e.state, e.opened_us, e.units FROM events AS e
JOIN places AS p ON p.place_id = e.place_id ORDER BY e.event_id DESC
"""

OPEN_EVENTS: Final = f"""
SELECT {COLUMNS} FROM events AS e {NAMES} WHERE e.state = 0
"""  # noqa: S608 - the names are constants of another module

PUT_SLICES: Final = """
INSERT INTO limit_slices (gauge_id, at_us, key, amount)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:rows) WHERE true
ON CONFLICT (gauge_id, at_us, key) DO UPDATE SET amount = amount + excluded.amount
"""

PUT_LEVELS: Final = """
INSERT INTO limit_levels (gauge_id, key, at_us, level)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(:rows) WHERE true
ON CONFLICT (gauge_id, key) DO UPDATE SET at_us = excluded.at_us, level = excluded.level
"""

FORGET_LEVELS: Final = """
DELETE FROM limit_levels WHERE gauge_id = :gauge_id AND at_us < :before_us AND level NOT LIKE '-%'
"""

PUT_CALLER: Final = """
INSERT INTO blocked_callers (application_id, customer_id, sealed)
VALUES (:application_id, :customer_id, :sealed)
ON CONFLICT (application_id, customer_id) DO UPDATE SET sealed = excluded.sealed
"""

_json = msgspec.json.Encoder()


def usage_since_day(
    db: Connection, application_id: str, endpoint_id: str, day: int
) -> dict[str, Usage]:
    """What each customer used of an endpoint since a local date."""
    place = {"application_id": application_id, "endpoint_id": endpoint_id, "day": day}
    return {row[0]: Usage(row[1], row[2]) for row in db.execute(USAGE_SINCE_DAY, place)}


def usage_in_hour(
    db: Connection, application_id: str, endpoint_id: str, hour: int
) -> dict[str, Usage]:
    """What each customer used of an endpoint in one hour."""
    place = {
        "application_id": application_id,
        "endpoint_id": endpoint_id,
        "hour": hour,
        "others": OTHERS,
    }
    return {row[0]: Usage(row[1], row[2]) for row in db.execute(USAGE_IN_HOUR, place)}


def requests_since(db: Connection, application_id: str, hour: int) -> dict[str, int]:
    """Requests of an application by endpoint since an hour."""
    values = {"application_id": application_id, "hour": hour}
    return dict(db.execute(REQUESTS_SINCE, values).fetchall())


def recent_calls(db: Connection, endpoint_id: str, since_us: int) -> list[RecentCall]:
    """Admitted calls of an endpoint since an instant, read from the newest event backwards."""
    uncounted = {STATE_NUMBERS[EventState.PARKED], STATE_NUMBERS[EventState.DENIED]}
    found = []
    for endpoint, customer_id, state, opened_us, units in db.execute(NEWEST_FIRST):
        if opened_us < since_us - LATE_COMMIT_US:
            break
        if endpoint == endpoint_id and state not in uncounted and opened_us >= since_us:
            found.append(RecentCall(customer_id, opened_us, units))
    return found


def open_events(db: Connection) -> list[UsageEvent]:
    """Every allocation that is open."""
    return [event_of(row) for row in db.execute(OPEN_EVENTS)]


def put_marks(db: Connection, marks: Iterable[Mark]) -> None:
    """Add to slices; of several levels of one bucket the last one counts."""
    slices: dict[tuple[str, int, str], int] = {}
    levels: dict[tuple[str, str], tuple[int, str]] = {}
    for mark in marks:
        if mark.level:
            levels[mark.gauge_id, mark.key] = (mark.at_us, mark.level)
        else:
            key = (mark.gauge_id, mark.at_us, mark.key)
            slices[key] = slices.get(key, 0) + mark.amount
    if slices:
        db.execute(PUT_SLICES, {"rows": _rows((*key, n) for key, n in slices.items())})
    if levels:
        db.execute(PUT_LEVELS, {"rows": _rows((*key, *level) for key, level in levels.items())})


def marks(db: Connection) -> list[Mark]:
    """Every slice and level."""
    slices = db.execute("SELECT gauge_id, key, at_us, amount FROM limit_slices")
    levels = db.execute("SELECT gauge_id, key, at_us, level FROM limit_levels")
    return [
        *(Mark(*row) for row in slices),
        *(Mark(gauge_id, key, at_us, level=level) for gauge_id, key, at_us, level in levels),
    ]


def forget_marks(db: Connection, needed_since: Mapping[str, int]) -> None:
    """Delete marks before the instant each gauge needs, and all of gauges that are not named."""
    known = {"known": _json.encode(list(needed_since)).decode()}
    for table in ("limit_slices", "limit_levels"):
        db.execute(
            f"DELETE FROM {table} WHERE gauge_id NOT IN (SELECT value FROM json_each(:known))",  # noqa: S608 - one of two constants
            known,
        )
    for gauge_id, before_us in needed_since.items():
        values = {"gauge_id": gauge_id, "before_us": before_us}
        db.execute(
            "DELETE FROM limit_slices WHERE gauge_id = :gauge_id AND at_us < :before_us", values
        )
        db.execute(FORGET_LEVELS, values)


def put_blocked_caller(db: Connection, caller: BlockedCaller) -> None:
    """Keep a sealed identity."""
    values = {
        "application_id": caller.application_id,
        "customer_id": caller.customer_id,
        "sealed": caller.sealed,
    }
    db.execute(PUT_CALLER, values)


def delete_blocked_callers(db: Connection, callers: Iterable[tuple[str, str]]) -> None:
    """Forget sealed identities, by application and customer."""
    db.executemany(
        "DELETE FROM blocked_callers WHERE application_id = ? AND customer_id = ?", list(callers)
    )


def blocked_callers(db: Connection) -> list[BlockedCaller]:
    """Every sealed identity."""
    rows = db.execute("SELECT application_id, customer_id, sealed FROM blocked_callers")
    return [BlockedCaller(*row) for row in rows]


def _rows(rows: Iterable[tuple[object, ...]]) -> str:
    return _json.encode(list(rows)).decode()
