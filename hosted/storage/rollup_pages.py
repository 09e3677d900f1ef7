"""SQL that reads the rollups, by revision (tail) and by day (backfill)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from sqlite3 import Connection
from typing import Any, Final

from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour, RollupRow
from hosted.storage import frozen
from hosted.storage.positions import BackfillPosition

DAY_S: Final = 86_400


@dataclass(frozen=True, slots=True)
class Table:
    """One rollup table: how it is read, and where a row stands in a backfill."""

    tail: str
    day: str
    """Rows of one day after a key, in key order: first the key, then the row."""
    older: str
    """Newest time before a day; null when there is none."""
    seconds_per_step: int
    """Length of one step of the table's time column: 1 for hours, a day for days."""
    build: Callable[[tuple[Any, ...]], RollupRow]
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
        SELECT hour, application_id, endpoint_id, application_id, endpoint_id, hour, requests,
               units, errors_4xx, errors_5xx, status_unknown, denied, unsettled, durations, revision
        FROM endpoint_hours
        WHERE (hour, application_id, endpoint_id) > (:k0, :k1, :k2) AND hour < :until
        ORDER BY hour, application_id, endpoint_id LIMIT :limit
    """,
    older="SELECT max(hour) FROM endpoint_hours WHERE hour < :before",
    seconds_per_step=1,
    build=_endpoint_hour,
    lowest=(0, "", ""),
)

CUSTOMER_DAYS: Final = Table(
    tail=f"""
        SELECT a.application_id, p.customer_id, p.endpoint_id, r.meter, r.day, r.quantity,
               r.events, r.peak, r.revision
        FROM customer_days AS r
        JOIN places AS p ON p.place_id = r.place_id
        JOIN application_numbers AS a ON a.application_no = p.application_no
        WHERE r.revision > :after AND p.customer_id NOT IN {frozen.CUSTOMERS}
        ORDER BY r.revision LIMIT :limit
    """,  # noqa: S608 (a constant)
    day=f"""
        SELECT r.day, r.place_id, r.meter, a.application_id, p.customer_id, p.endpoint_id,
               r.meter, r.day, r.quantity, r.events, r.peak, r.revision
        FROM customer_days AS r
        JOIN places AS p ON p.place_id = r.place_id
        JOIN application_numbers AS a ON a.application_no = p.application_no
        WHERE (r.day, r.place_id, r.meter) > (:k0, :k1, :k2) AND r.day < :until
            AND p.customer_id NOT IN {frozen.CUSTOMERS}
        ORDER BY r.day, r.place_id, r.meter LIMIT :limit
    """,  # noqa: S608 (a constant)
    older="SELECT max(day) FROM customer_days WHERE day < :before",
    seconds_per_step=DAY_S,
    build=lambda row: CustomerDay(*row),
    lowest=(0, 0, ""),
)

CUSTOMER_HOURS: Final = Table(
    tail=f"""
        SELECT a.application_id, p.customer_id, p.endpoint_id, r.hour, r.requests, r.units,
               r.folded, r.revision
        FROM customer_hours AS r
        JOIN places AS p ON p.place_id = r.place_id
        JOIN application_numbers AS a ON a.application_no = p.application_no
        WHERE r.revision > :after AND p.customer_id NOT IN {frozen.CUSTOMERS}
        ORDER BY r.revision LIMIT :limit
    """,  # noqa: S608 (a constant)
    day=f"""
        SELECT r.hour, r.place_id, a.application_id, p.customer_id, p.endpoint_id, r.hour,
               r.requests, r.units, r.folded, r.revision
        FROM customer_hours AS r
        JOIN places AS p ON p.place_id = r.place_id
        JOIN application_numbers AS a ON a.application_no = p.application_no
        WHERE (r.hour, r.place_id) > (:k0, :k1) AND r.hour < :until AND r.revision IS NOT NULL
            AND p.customer_id NOT IN {frozen.CUSTOMERS}
        ORDER BY r.hour, r.place_id LIMIT :limit
    """,  # noqa: S608 (a constant)
    older="SELECT max(hour) FROM customer_hours WHERE hour < :before",
    seconds_per_step=1,
    build=_customer_hour,
    lowest=(0, 0),
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
        found, key = _rest_of_table(db, position, limit - len(rows))
        if found:
            rows += found
            position = BackfillPosition(position.day, position.table, key)
        else:
            following = _next_table(db, position)
            if following is None:
                break
            position = following
    return rows, position


def oldest_day(db: Connection) -> int | None:
    """UTC day of the oldest row; None when there is none."""
    hour, day = db.execute(
        "SELECT (SELECT min(hour) FROM endpoint_hours), (SELECT min(day) FROM customer_days)"
    ).fetchone()
    return min(
        (n for n in (None if hour is None else hour // DAY_S, day) if n is not None), default=None
    )


def _rest_of_table(
    db: Connection, position: BackfillPosition, limit: int
) -> tuple[list[RollupRow], tuple[int | str, ...]]:
    """Rows of the position's table and day behind it, and the key of the last one."""
    table = TABLES[position.table]
    values: dict[str, int | str] = {f"k{i}": part for i, part in enumerate(position.key)}
    values["until"] = _first_step(table, position.day + 1)
    values["limit"] = limit
    rows = db.execute(table.day, values).fetchall()
    width = len(table.lowest)
    return [table.build(row[width:]) for row in rows], rows[-1][:width] if rows else position.key


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
