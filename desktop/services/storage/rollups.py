"""Usage rollups as the service sent them, and the sums of the screens kept beside them.

A page is stored with its cursor in one transaction. Of two versions of a row the one of the newer
re-sync wins, then the one with the higher revision, so that a page may come twice or late.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import tzinfo
from typing import TYPE_CHECKING, Any, Final

from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour, RollupRow
from desktop.domain.calendar import HOUR_S, local_day
from desktop.services.storage import month_notes

if TYPE_CHECKING:
    from sqlite3 import Connection

UNITS_METER: Final = "units"
"""The meter whose rows count requests (as events) and units; every call has exactly one."""
DAY_SPAN_S: Final = 50 * HOUR_S
"""An hour lies at most this far from the UTC start of its local day's number."""

ZoneOf = Callable[[str], tzinfo]
"""Time zone of an application, by its id."""
_DayKey = tuple[str, int, str]
"""Application, day, and endpoint or customer: what one row of a sum stands for."""

_PUT_ENDPOINT_HOUR: Final = """
    INSERT INTO endpoint_hours (application_id, endpoint_id, hour, day, requests, units, errors_4xx,
        errors_5xx, status_unknown, denied, unsettled, durations, revision, epoch)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET requests = excluded.requests, units = excluded.units,
        errors_4xx = excluded.errors_4xx, errors_5xx = excluded.errors_5xx,
        status_unknown = excluded.status_unknown, denied = excluded.denied,
        unsettled = excluded.unsettled, durations = excluded.durations,
        revision = excluded.revision, epoch = excluded.epoch
    WHERE excluded.epoch > epoch OR (excluded.epoch = epoch AND excluded.revision > revision)
"""
_PUT_CUSTOMER_DAY: Final = """
    INSERT INTO customer_days (application_id, day, customer_id, endpoint_id, meter, quantity,
        events, peak, revision, epoch)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET quantity = excluded.quantity, events = excluded.events,
        peak = excluded.peak, revision = excluded.revision, epoch = excluded.epoch
    WHERE excluded.epoch > epoch OR (excluded.epoch = epoch AND excluded.revision > revision)
"""
_PUT_CUSTOMER_HOUR: Final = """
    INSERT INTO customer_hours (application_id, hour, customer_id, endpoint_id, requests, units,
        revision, epoch)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT DO UPDATE SET requests = excluded.requests, units = excluded.units,
        revision = excluded.revision, epoch = excluded.epoch
    WHERE excluded.epoch > epoch OR (excluded.epoch = epoch AND excluded.revision > revision)
"""
_DROP_CUSTOMER_HOUR: Final = """
    DELETE FROM customer_hours WHERE application_id = ? AND hour = ? AND customer_id = ?
        AND endpoint_id = ? AND requests = 0
"""
_SUM_ENDPOINT_DAY: Final = """
    INSERT INTO endpoint_day_sums (application_id, day, endpoint_id, requests, units,
        errors, denied, unsettled)
    SELECT application_id, day, endpoint_id, sum(requests), sum(units),
        sum(errors_4xx + errors_5xx), sum(denied), sum(unsettled)
    FROM endpoint_hours
    WHERE application_id = :application_id AND endpoint_id = :owner_id AND day = :day
        AND hour BETWEEN :day * 86400 - :span AND :day * 86400 + :span
    GROUP BY application_id, day, endpoint_id
"""
_SUM_CUSTOMER_DAY: Final = """
    INSERT INTO customer_day_sums (application_id, day, customer_id, requests, units)
    SELECT application_id, day, customer_id, sum(events), sum(quantity)
    FROM customer_days
    WHERE application_id = :application_id AND day = :day AND customer_id = :owner_id
        AND meter = :meter
    GROUP BY application_id, day, customer_id
"""

_DAYS_OF_SPAN: Final = """
    SELECT DISTINCT day FROM endpoint_hours
    WHERE application_id = ? AND endpoint_id = ? AND hour BETWEEN ? AND ?
"""
_FORGET_ENDPOINT_DAY: Final = """
    DELETE FROM endpoint_day_sums
    WHERE application_id = :application_id AND day = :day AND endpoint_id = :owner_id
"""
_FORGET_CUSTOMER_DAY: Final = """
    DELETE FROM customer_day_sums
    WHERE application_id = :application_id AND day = :day AND customer_id = :owner_id
"""


def store_page(db: Connection, rows: Sequence[RollupRow], epoch: int, zone_of: ZoneOf) -> None:
    """Store rows and bring the sums they touch up to date.

    The local day of an hour is fixed when the hour is first stored: a later change of the
    application's time zone moves no usage that was counted before.
    """
    endpoint_hours = [row for row in rows if isinstance(row, EndpointHour)]
    customer_days = [row for row in rows if isinstance(row, CustomerDay)]
    customer_hours = [row for row in rows if isinstance(row, CustomerHour)]
    db.executemany(_PUT_ENDPOINT_HOUR, _endpoint_hour_values(endpoint_hours, epoch, zone_of))
    db.executemany(_PUT_CUSTOMER_DAY, (_customer_day_values(r, epoch) for r in customer_days))
    db.executemany(_PUT_CUSTOMER_HOUR, (_customer_hour_values(r, epoch) for r in customer_hours))
    db.executemany(
        _DROP_CUSTOMER_HOUR,
        (_customer_hour_key(row) for row in customer_hours if row.requests == 0),
    )
    _sum_endpoint_days(db, _touched_days(db, endpoint_hours))
    _sum_customer_days(db, {(r.application_id, r.day, r.customer_id) for r in customer_days})
    month_notes.fold_when_many(db)


def remove_older(db: Connection, epoch: int) -> None:
    """Drop what a complete re-sync did not bring again, and its share of the sums."""
    endpoint_days: list[_DayKey] = db.execute(
        "DELETE FROM endpoint_hours WHERE epoch < ? RETURNING application_id, day, endpoint_id",
        (epoch,),
    ).fetchall()
    customer_days: list[_DayKey] = db.execute(
        "DELETE FROM customer_days WHERE epoch < ? RETURNING application_id, day, customer_id",
        (epoch,),
    ).fetchall()
    db.execute("DELETE FROM customer_hours WHERE epoch < ?", (epoch,))
    _sum_endpoint_days(db, set(endpoint_days))
    _sum_customer_days(db, set(customer_days))
    month_notes.fold_when_many(db)


def remove_application(db: Connection, application_id: str) -> None:
    """Drop all usage of one application."""
    for statement in (
        "DELETE FROM endpoint_hours WHERE application_id = ?",
        "DELETE FROM customer_days WHERE application_id = ?",
        "DELETE FROM customer_hours WHERE application_id = ?",
        "DELETE FROM endpoint_day_sums WHERE application_id = ?",
        "DELETE FROM customer_day_sums WHERE application_id = ?",
    ):
        db.execute(statement, (application_id,))
    month_notes.remove_application(db, application_id)


def _endpoint_hour_values(
    rows: Iterable[EndpointHour], epoch: int, zone_of: ZoneOf
) -> Iterator[tuple[Any, ...]]:
    days: dict[tuple[str, int], int] = {}
    for row in rows:
        key = (row.application_id, row.hour)
        if key not in days:
            days[key] = local_day(row.hour, zone_of(row.application_id))
        yield (
            row.application_id,
            row.endpoint_id,
            row.hour,
            days[key],
            row.requests,
            row.units,
            row.errors_4xx,
            row.errors_5xx,
            row.status_unknown,
            row.denied,
            row.unsettled,
            json.dumps(row.durations, separators=(",", ":")),
            row.revision,
            epoch,
        )


def _customer_day_values(row: CustomerDay, epoch: int) -> tuple[Any, ...]:
    return (
        row.application_id,
        row.day,
        row.customer_id,
        row.endpoint_id,
        row.meter,
        row.quantity,
        row.events,
        row.peak,
        row.revision,
        epoch,
    )


def _customer_hour_values(row: CustomerHour, epoch: int) -> tuple[Any, ...]:
    return (*_customer_hour_key(row), row.requests, row.units, row.revision, epoch)


def _customer_hour_key(row: CustomerHour) -> tuple[Any, ...]:
    return (row.application_id, row.hour, row.customer_id, row.endpoint_id)


def _touched_days(db: Connection, rows: Iterable[EndpointHour]) -> set[_DayKey]:
    """Stored local days of the hours in `rows`; days between them may be among the answer."""
    spans: dict[tuple[str, str], tuple[int, int]] = {}
    for row in rows:
        key = (row.application_id, row.endpoint_id)
        first, last = spans.get(key, (row.hour, row.hour))
        spans[key] = (min(first, row.hour), max(last, row.hour))
    return {
        (application_id, day, endpoint_id)
        for (application_id, endpoint_id), span in spans.items()
        for (day,) in db.execute(_DAYS_OF_SPAN, (application_id, endpoint_id, *span))
    }


def _sum_endpoint_days(db: Connection, keys: Iterable[_DayKey]) -> None:
    values = [
        {"application_id": app, "day": day, "owner_id": endpoint, "span": DAY_SPAN_S}
        for app, day, endpoint in keys
    ]
    db.executemany(_FORGET_ENDPOINT_DAY, values)
    db.executemany(_SUM_ENDPOINT_DAY, values)


def _sum_customer_days(db: Connection, keys: Iterable[_DayKey]) -> None:
    values = [
        {"application_id": app, "day": day, "owner_id": customer, "meter": UNITS_METER}
        for app, day, customer in keys
    ]
    db.executemany(_FORGET_CUSTOMER_DAY, values)
    db.executemany(_SUM_CUSTOMER_DAY, values)
