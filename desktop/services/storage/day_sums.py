"""What happened on each day: by endpoint and of all endpoints, with outcomes and durations.

Durations are merged here: the database cannot add histograms.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

import msgspec

from contract.durations import merged, sparse
from desktop.services.storage.touched import DayKey, Touched, bounded_sum

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.calls import Report
    from desktop.services.storage.transactions import Transactions

DEFINITION: Final = "outcomes and durations"
"""Whoever changes what is summed gives it another name here: all sums are then made anew."""
UNFINISHED: Final = ""
DAYS_A_TRANSACTION: Final = 16
Histogram = list[int]
_histogram: Final = msgspec.json.Decoder(Histogram).decode

# Zones are at most 14 hours ahead of UTC and 12 behind it: a local day's hours lie within.
_HOURS: Final = """
    application_id = :app AND endpoint_id = :owner AND day = :day
        AND hour >= :day * 86400 - 14 * 3600 AND hour < (:day + 1) * 86400 + 12 * 3600
"""
_ONE_DAY: Final = "application_id = :app AND day = :day"


class EndpointDays:
    """Sums by endpoint and day."""

    def keep(self, db: Connection, touched: Touched) -> None:
        keys = [
            {"app": app, "day": day, "owner": owner} for app, day, owner in touched.endpoint_days
        ]
        db.executemany(
            f"DELETE FROM endpoint_day_sums WHERE {_ONE_DAY} AND endpoint_id = :owner",  # noqa: S608
            keys,
        )
        db.executemany(
            f"""
            INSERT INTO endpoint_day_sums (application_id, day, endpoint_id, requests, units,
                errors, denied, unsettled, errors_5xx, status_unknown, durations)
            SELECT :app, :day, :owner, sum(requests), {bounded_sum("units")},
                sum(errors_4xx + errors_5xx), sum(denied), sum(unsettled), sum(errors_5xx),
                sum(status_unknown), :durations
            FROM endpoint_hours WHERE {_HOURS} HAVING count(*) > 0
            """,  # noqa: S608 (constants)
            _with_durations(db, f"SELECT durations FROM endpoint_hours WHERE {_HOURS}", keys),  # noqa: S608
        )

    def remove_application(self, db: Connection, application_id: str) -> None:
        db.execute("DELETE FROM endpoint_day_sums WHERE application_id = ?", (application_id,))


class Days:
    """Sums by day, of the endpoints' sums."""

    def keep(self, db: Connection, touched: Touched) -> None:
        days = {(app, day) for app, day, _ in touched.endpoint_days}
        keys = [{"app": app, "day": day} for app, day in days]
        db.executemany(f"DELETE FROM day_sums WHERE {_ONE_DAY}", keys)  # noqa: S608 (a constant)
        db.executemany(
            f"""
            INSERT INTO day_sums (application_id, day, requests, units, errors, denied, unsettled,
                errors_5xx, status_unknown, durations)
            SELECT :app, :day, sum(requests), {bounded_sum("units")}, sum(errors), sum(denied),
                sum(unsettled), sum(errors_5xx), sum(status_unknown), :durations
            FROM endpoint_day_sums WHERE {_ONE_DAY} HAVING count(*) > 0
            """,  # noqa: S608 (constants)
            _with_durations(
                db,
                f"SELECT durations FROM endpoint_day_sums WHERE {_ONE_DAY}",  # noqa: S608
                keys,
            ),
        )

    def remove_application(self, db: Connection, application_id: str) -> None:
        db.execute("DELETE FROM day_sums WHERE application_id = ?", (application_id,))


def _with_durations(
    db: Connection, statement: str, keys: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Each key with the histogram of all rows of a statement."""
    found = []
    for key in keys:
        histograms = [_histogram(text) for (text,) in db.execute(statement, key)]
        text = msgspec.json.encode(sparse(merged(histograms))).decode()
        found.append({**key, "durations": text})
    return found


def is_current(db: Connection) -> bool:
    """Whether the sums are what this version of the program means by them."""
    (definition,) = db.execute("SELECT definition FROM day_definition").fetchone()
    return bool(definition == DEFINITION)


def rebuild(vault: Transactions, report: Report) -> None:
    """Make all sums anew, some days in a transaction; `report` counts days.

    Cut off at any instant, the next call begins again; until the end `is_current` is false.
    Raises: VaultError, Cancelled.
    """
    with vault.transaction() as db:
        _define(db, UNFINISHED)
        db.execute("DELETE FROM endpoint_day_sums")
        db.execute("DELETE FROM day_sums")
        db.execute("DELETE FROM packed_days WHERE kind = 'endpoint'")
        keys: list[DayKey] = db.execute(
            "SELECT DISTINCT application_id, day, endpoint_id FROM endpoint_hours"
        ).fetchall()
    days = sorted({(app, day) for app, day, _ in keys})
    by_day: dict[tuple[str, int], set[DayKey]] = {day: set() for day in days}
    for key in keys:
        by_day[key[:2]].add(key)
    for done in range(0, len(days), DAYS_A_TRANSACTION):
        report(done, len(days))
        some = days[done : done + DAYS_A_TRANSACTION]
        touched = Touched(endpoint_days=set().union(*(by_day[day] for day in some)))
        with vault.transaction() as db:
            EndpointDays().keep(db, touched)
            Days().keep(db, touched)
    with vault.transaction() as db:
        _define(db, DEFINITION)


def _define(db: Connection, definition: str) -> None:
    db.execute("UPDATE day_definition SET definition = ?", (definition,))
