"""Usage rollups as the service sent them; the sums of the screens are kept beside them.

A page is stored with its cursor in one transaction. Of two versions of a row the one of the newer
re-sync wins, then the one with the higher revision, so that a page may come twice or late.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Final

import msgspec
from msgspec.structs import astuple

from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour, RollupRow
from desktop.domain.calendar import local_day
from desktop.services.storage import page_sums
from desktop.services.storage.touched import DayKey, Touched

if TYPE_CHECKING:
    from sqlite3 import Connection

ZoneOf = Callable[[str], tzinfo]
"""Time zone of an application, by its id."""

_PUT_ENDPOINT_HOUR: Final = """
    INSERT INTO endpoint_hours (application_id, endpoint_id, hour, requests, units, errors_4xx,
        errors_5xx, status_unknown, denied, unsettled, durations, revision, day, epoch)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET requests = excluded.requests, units = excluded.units,
        errors_4xx = excluded.errors_4xx, errors_5xx = excluded.errors_5xx,
        status_unknown = excluded.status_unknown, denied = excluded.denied,
        unsettled = excluded.unsettled, durations = excluded.durations,
        revision = excluded.revision, epoch = excluded.epoch
    WHERE excluded.epoch > epoch OR (excluded.epoch = epoch AND excluded.revision > revision)
"""
_PUT_CUSTOMER_DAY: Final = """
    INSERT INTO customer_days (application_id, customer_id, endpoint_id, meter, day, quantity,
        events, peak, revision, epoch)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, {epoch})
    ON CONFLICT DO UPDATE SET quantity = excluded.quantity, events = excluded.events,
        peak = excluded.peak, revision = excluded.revision, epoch = excluded.epoch
    WHERE excluded.epoch > epoch OR (excluded.epoch = epoch AND excluded.revision > revision)
"""
_PUT_CUSTOMER_HOUR: Final = """
    INSERT INTO customer_hours (application_id, customer_id, endpoint_id, hour, requests, units,
        revision, epoch)
    VALUES (?, ?, ?, ?, ?, ?, ?, {epoch})
    ON CONFLICT DO UPDATE SET requests = excluded.requests, units = excluded.units,
        revision = excluded.revision, epoch = excluded.epoch
    WHERE excluded.epoch > epoch OR (excluded.epoch = epoch AND excluded.revision > revision)
"""
_DROP_CUSTOMER_HOUR: Final = """
    DELETE FROM customer_hours WHERE application_id = ? AND hour = ? AND customer_id = ?
        AND endpoint_id = ? AND requests = 0
"""
_STORED_DAYS: Final = """
    SELECT DISTINCT day FROM endpoint_hours
    WHERE application_id = ? AND endpoint_id = ? AND hour BETWEEN ? AND ?
"""


def store_page(db: Connection, rows: Sequence[RollupRow], epoch: int, zone_of: ZoneOf) -> None:
    """Store rows and bring the sums they touch up to date.

    The local day of an hour is fixed when the hour is first stored: a later change of the
    application's time zone moves no usage that was counted before.
    """
    page_sums.keep(db, store_rows(db, rows, epoch, zone_of))


def store_rows(db: Connection, rows: Sequence[RollupRow], epoch: int, zone_of: ZoneOf) -> Touched:
    """Store rows without their sums; return what has to be summed up in the same transaction."""
    endpoint_hours = [row for row in rows if isinstance(row, EndpointHour)]
    customer_days = [row for row in rows if isinstance(row, CustomerDay)]
    customer_hours = [row for row in rows if isinstance(row, CustomerHour)]
    days = _local_days(endpoint_hours, zone_of)
    db.executemany(_PUT_ENDPOINT_HOUR, _endpoint_hour_values(endpoint_hours, epoch, days))
    db.executemany(_PUT_CUSTOMER_DAY.format(epoch=int(epoch)), map(astuple, customer_days))
    db.executemany(_PUT_CUSTOMER_HOUR.format(epoch=int(epoch)), map(astuple, customer_hours))
    _drop_folded(db, customer_hours)
    return Touched(
        endpoint_days=_stored_days(db, endpoint_hours, days),
        customer_days={(row.application_id, row.day, row.customer_id) for row in customer_days},
    )


def remove_older(db: Connection, epoch: int, from_day: int = 0) -> None:
    """Drop what a complete re-sync did not bring again, and its share of the sums.

    What is older than `from_day` stays: the service itself has let it go.
    """
    values = {"epoch": epoch, "day": from_day, "hour": from_day * 86_400}
    endpoint_days: list[DayKey] = db.execute(
        """
        DELETE FROM endpoint_hours WHERE epoch < :epoch AND day >= :day
        RETURNING application_id, day, endpoint_id
        """,
        values,
    ).fetchall()
    customer_days: list[DayKey] = db.execute(
        """
        DELETE FROM customer_days WHERE epoch < :epoch AND day >= :day
        RETURNING application_id, day, customer_id
        """,
        values,
    ).fetchall()
    db.execute("DELETE FROM customer_hours WHERE epoch < :epoch AND hour >= :hour", values)
    page_sums.keep(db, Touched(set(endpoint_days), set(customer_days)))


def oldest_day(db: Connection, epoch: int) -> int | None:
    """The oldest day a re-sync brought; None when it brought no usage at all."""
    (day,) = db.execute(
        """
        SELECT min(day) FROM (SELECT min(day) AS day FROM endpoint_hours WHERE epoch = :epoch
            UNION ALL SELECT min(day) FROM customer_days WHERE epoch = :epoch)
        """,
        {"epoch": epoch},
    ).fetchone()
    return None if day is None else int(day)


def remove_application(db: Connection, application_id: str) -> None:
    """Drop all usage of one application."""
    for statement in (
        "DELETE FROM endpoint_hours WHERE application_id = ?",
        "DELETE FROM customer_days WHERE application_id = ?",
        "DELETE FROM customer_hours WHERE application_id = ?",
    ):
        db.execute(statement, (application_id,))
    page_sums.remove_application(db, application_id)


def _local_days(rows: Iterable[EndpointHour], zone_of: ZoneOf) -> dict[tuple[str, int], int]:
    """Local day of each application's hours, as its zone is now."""
    hours = {(row.application_id, row.hour) for row in rows}
    return {(app, hour): local_day(hour, zone_of(app)) for app, hour in hours}


def _endpoint_hour_values(
    rows: Iterable[EndpointHour], epoch: int, days: dict[tuple[str, int], int]
) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        *values, durations, revision = astuple(row)
        histogram = msgspec.json.encode(durations).decode()
        yield (*values, histogram, revision, days[row.application_id, row.hour], epoch)


def _drop_folded(db: Connection, rows: Iterable[CustomerHour]) -> None:
    """A row without requests was folded into the rest of its day."""
    db.executemany(
        _DROP_CUSTOMER_HOUR,
        [
            (row.application_id, row.hour, row.customer_id, row.endpoint_id)
            for row in rows
            if row.requests == 0
        ],
    )


def _stored_days(
    db: Connection, rows: Iterable[EndpointHour], days: dict[tuple[str, int], int]
) -> set[DayKey]:
    """Days the hours are stored under, which may come from another zone; a few more may be told."""
    spans: dict[tuple[str, str, int], tuple[int, int]] = {}
    for row in rows:
        key = (row.application_id, row.endpoint_id, days[row.application_id, row.hour])
        first, last = spans.get(key, (row.hour, row.hour))
        spans[key] = (min(first, row.hour), max(last, row.hour))
    return {
        (application_id, day, endpoint_id)
        for (application_id, endpoint_id, _), span in spans.items()
        for (day,) in db.execute(_STORED_DAYS, (application_id, endpoint_id, *span))
    }
