"""SQL that reads the rollups, by revision (tail) and by day (backfill)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Final

from contract.messages.rollups import OTHERS, CustomerDay, CustomerHour, EndpointHour, RollupRow
from hosted.storage.base import BackfillPosition

DAY_S: Final = 86_400

CALLS_SINCE_DAY: Final = """
SELECT customer_id, sum(events) FROM customer_days
WHERE day >= :day AND application_id = :application_id AND endpoint_id = :endpoint_id
GROUP BY customer_id
"""

CALLS_IN_HOUR: Final = """
SELECT customer_id, requests FROM customer_hours
WHERE hour = :hour AND application_id = :application_id AND endpoint_id = :endpoint_id
  AND customer_id <> :others
"""


@dataclass(frozen=True, slots=True)
class Table:
    """One rollup table: how it is read, and where a row stands in a backfill."""

    tail: str
    day: str
    """Rows of one day after a key, in key order."""
    older: str
    """Newest time before a day; null when there is none."""
    seconds_per_step: int
    """Length of one step of the table's time column: 1 for hours, a day for days."""
    build: Callable[[tuple[Any, ...]], RollupRow]
    key: Callable[[Any], tuple[int | str, ...]]
    lowest: tuple[int | str, ...]
    """Key below every key of a day; its first value is filled in."""


def _endpoint_hour(row: tuple[Any, ...]) -> EndpointHour:
    values = dict(zip(EndpointHour.__struct_fields__, row, strict=True))
    values["durations"] = tuple(json.loads(values["durations"]))
    return EndpointHour(**values)


def _customer_hour(row: tuple[Any, ...]) -> CustomerHour:
    application_id, customer_id, endpoint_id, hour, requests, units, folded, revision = row
    if folded:
        requests = units = 0
    return CustomerHour(application_id, customer_id, endpoint_id, hour, requests, units, revision)


ENDPOINT_HOURS: Final = Table(
    tail="""
        SELECT application_id, endpoint_id, hour, requests, units, errors_4xx, errors_5xx,
               status_unknown, denied, unsettled, durations, revision
        FROM endpoint_hours WHERE revision > :after ORDER BY revision LIMIT :limit
    """,
    day="""
        SELECT application_id, endpoint_id, hour, requests, units, errors_4xx, errors_5xx,
               status_unknown, denied, unsettled, durations, revision
        FROM endpoint_hours
        WHERE (hour, application_id, endpoint_id) > (:k0, :k1, :k2) AND hour < :until
        ORDER BY hour, application_id, endpoint_id LIMIT :limit
    """,
    older="SELECT max(hour) FROM endpoint_hours WHERE hour < :before",
    seconds_per_step=1,
    build=_endpoint_hour,
    key=lambda row: (row.hour, row.application_id, row.endpoint_id),
    lowest=(0, "", ""),
)

CUSTOMER_DAYS: Final = Table(
    tail="""
        SELECT application_id, customer_id, endpoint_id, meter, day, quantity, events, peak,
               revision
        FROM customer_days WHERE revision > :after ORDER BY revision LIMIT :limit
    """,
    day="""
        SELECT application_id, customer_id, endpoint_id, meter, day, quantity, events, peak,
               revision
        FROM customer_days
        WHERE (day, application_id, customer_id, endpoint_id, meter) > (:k0, :k1, :k2, :k3, :k4)
          AND day < :until
        ORDER BY day, application_id, customer_id, endpoint_id, meter LIMIT :limit
    """,
    older="SELECT max(day) FROM customer_days WHERE day < :before",
    seconds_per_step=DAY_S,
    build=lambda row: CustomerDay(*row),
    key=lambda row: (row.day, row.application_id, row.customer_id, row.endpoint_id, row.meter),
    lowest=(0, "", "", "", ""),
)

CUSTOMER_HOURS: Final = Table(
    tail="""
        SELECT application_id, customer_id, endpoint_id, hour, requests, units, folded, revision
        FROM customer_hours WHERE revision > :after ORDER BY revision LIMIT :limit
    """,
    day="""
        SELECT application_id, customer_id, endpoint_id, hour, requests, units, folded, revision
        FROM customer_hours
        WHERE (hour, application_id, customer_id, endpoint_id) > (:k0, :k1, :k2, :k3)
          AND hour < :until AND revision IS NOT NULL
        ORDER BY hour, application_id, customer_id, endpoint_id LIMIT :limit
    """,
    older="SELECT max(hour) FROM customer_hours WHERE hour < :before",
    seconds_per_step=1,
    build=_customer_hour,
    key=lambda row: (row.hour, row.application_id, row.customer_id, row.endpoint_id),
    lowest=(0, "", "", ""),
)

TABLES: Final = (ENDPOINT_HOURS, CUSTOMER_DAYS, CUSTOMER_HOURS)


def tail(db: Connection, after: int, limit: int) -> list[RollupRow]:
    """Rows with a higher revision, in commit order over all three tables."""
    values = {"after": after, "limit": limit}
    rows = [table.build(row) for table in TABLES for row in db.execute(table.tail, values)]
    rows.sort(key=lambda row: row.revision)
    return rows[:limit]


def backfill(
    db: Connection, after: BackfillPosition | None, limit: int
) -> tuple[list[RollupRow], BackfillPosition | None]:
    """Rows from the newest day to the oldest; inside a day table by table.

    The position is that of the last row, or the one given when nothing is left.
    """
    rows: list[RollupRow] = []
    position = after or _first_position(db)
    while position is not None and len(rows) < limit:
        found = _rest_of_table(db, position, limit - len(rows))
        if found:
            table = TABLES[position.table]
            rows += found
            position = BackfillPosition(position.day, position.table, table.key(found[-1]))
        else:
            following = _next_table(db, position)
            if following is None:
                break
            position = following
    return rows, position


def calls_since_day(
    db: Connection, application_id: str, endpoint_id: str, day: int
) -> dict[str, int]:
    """Admitted calls per customer since a local date."""
    place = {"application_id": application_id, "endpoint_id": endpoint_id, "day": day}
    return dict(db.execute(CALLS_SINCE_DAY, place).fetchall())


def calls_in_hour(
    db: Connection, application_id: str, endpoint_id: str, hour: int
) -> dict[str, int]:
    """Admitted calls per customer in one hour."""
    place = {
        "application_id": application_id,
        "endpoint_id": endpoint_id,
        "hour": hour,
        "others": OTHERS,
    }
    return dict(db.execute(CALLS_IN_HOUR, place).fetchall())


def _rest_of_table(db: Connection, position: BackfillPosition, limit: int) -> list[RollupRow]:
    table = TABLES[position.table]
    values: dict[str, int | str] = {f"k{i}": part for i, part in enumerate(position.key)}
    values["until"] = _first_step(table, position.day + 1)
    values["limit"] = limit
    return [table.build(row) for row in db.execute(table.day, values)]


def _next_table(db: Connection, position: BackfillPosition) -> BackfillPosition | None:
    if position.table + 1 < len(TABLES):
        return _start_of(position.day, position.table + 1)
    return _newest_day_before(db, position.day)


def _first_position(db: Connection) -> BackfillPosition | None:
    return _newest_day_before(db, None)


def _newest_day_before(db: Connection, day: int | None) -> BackfillPosition | None:
    days = []
    for table in TABLES:
        before = 2**62 if day is None else _first_step(table, day)
        values: Mapping[str, int] = {"before": before}
        newest = db.execute(table.older, values).fetchone()[0]
        if newest is not None:
            days.append(newest * table.seconds_per_step // DAY_S)
    return _start_of(max(days), 0) if days else None


def _start_of(day: int, table_index: int) -> BackfillPosition:
    table = TABLES[table_index]
    return BackfillPosition(day, table_index, (_first_step(table, day), *table.lowest[1:]))


def _first_step(table: Table, day: int) -> int:
    return day * DAY_S // table.seconds_per_step
