"""SQL that keeps the three rollups; runs inside the transaction that stores the events."""

import json
from collections.abc import Callable, Iterable
from sqlite3 import Connection
from typing import Any, Final

from contract import durations
from contract.messages.rollups import OTHERS
from hosted.metering.rollups import (
    UNITS_METER,
    CustomerDelta,
    CustomerKey,
    EndpointDelta,
    EndpointHourKey,
    RollupDeltas,
)
from hosted.storage.cache import Caches, RowCache

NAMED_CUSTOMERS: Final = 1000
"""How many customers have hourly rows of their own, per application and day."""

MAX_INT64: Final = 2**63 - 1
"""Sums stop here instead of overflowing: 9.2 billion units in one row."""

SELECT_ENDPOINT_HOURS: Final = """
SELECT k.key, e.requests, e.units, e.errors_4xx, e.errors_5xx, e.status_unknown, e.denied,
       e.unsettled, e.durations
FROM json_each(:keys) AS k CROSS JOIN endpoint_hours AS e
ON e.application_id = k.value ->> 0 AND e.endpoint_id = k.value ->> 1 AND e.hour = k.value ->> 2
"""

PUT_ENDPOINT_HOURS: Final = """
INSERT OR REPLACE INTO endpoint_hours
    (application_id, endpoint_id, hour, requests, units, errors_4xx, errors_5xx, status_unknown,
     denied, unsettled, durations, revision)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11
FROM json_each(:rows)
"""

SELECT_CUSTOMER_DAYS: Final = """
SELECT k.key, d.quantity, d.events, d.peak
FROM json_each(:keys) AS k CROSS JOIN customer_days AS d
ON d.application_id = k.value ->> 0 AND d.customer_id = k.value ->> 1
   AND d.endpoint_id = k.value ->> 2 AND d.day = k.value ->> 3 AND d.meter = :meter
"""

PUT_CUSTOMER_DAYS: Final = """
INSERT OR REPLACE INTO customer_days
    (application_id, customer_id, endpoint_id, day, meter, quantity, events, peak, revision)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, :meter, value ->> 4, value ->> 5,
       value ->> 6, value ->> 7
FROM json_each(:rows)
"""

SELECT_CUSTOMER_HOURS: Final = """
SELECT k.key, h.requests, h.units, h.revision
FROM json_each(:keys) AS k CROSS JOIN customer_hours AS h
ON h.application_id = k.value ->> 0 AND h.customer_id = k.value ->> 1
   AND h.endpoint_id = k.value ->> 2 AND h.hour = k.value ->> 3
"""

PUT_CUSTOMER_HOURS: Final = """
INSERT OR REPLACE INTO customer_hours
    (application_id, customer_id, endpoint_id, hour, day, requests, units, folded, revision)
SELECT value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
       value ->> 7, value ->> 8
FROM json_each(:rows)
"""

SELECT_NAMED: Final = """
SELECT k.key FROM json_each(:keys) AS k CROSS JOIN named_customers AS n
ON n.application_id = k.value ->> 0 AND n.day = k.value ->> 1 AND n.customer_id = k.value ->> 2
"""

NAME_IF_ROOM: Final = """
INSERT INTO named_customers (application_id, day, customer_id)
SELECT :application_id, :day, :customer_id
WHERE (SELECT count(*) FROM named_customers
       WHERE application_id = :application_id AND day = :day) < :room
"""

CustomerDayKey = tuple[str, str, str, int]
"""Application, customer, endpoint, day."""
NameKey = tuple[str, int, str]
"""Application, day, customer."""


class RollupWriter:
    """Writes the changes of one transaction, each changed row under a revision of its own."""

    def __init__(self, db: Connection, caches: Caches, next_revision: Callable[[], int]) -> None:
        self._db = db
        self._caches = caches
        self._next_revision = next_revision

    def write(self, deltas: RollupDeltas) -> None:
        """Add the changes to the stored rows."""
        if deltas.endpoints:
            self._add_to_endpoint_hours(deltas.endpoints)
        if deltas.customers:
            self._add_to_customer_days(_by_day(deltas.customers))
            self._add_to_customer_hours(deltas.customers)

    def _add_to_endpoint_hours(self, deltas: dict[EndpointHourKey, EndpointDelta]) -> None:
        cache = self._caches.endpoint_hours
        self._load(cache, SELECT_ENDPOINT_HOURS, deltas)
        rows = []
        for key, delta in deltas.items():
            *counts, histogram = cache[key] or (0, 0, 0, 0, 0, 0, 0, "[]")
            requests, units, errors_4xx, errors_5xx, unknown, denied, unsettled = counts
            changed = (
                requests + delta.requests,
                bounded(units + delta.units),
                errors_4xx + delta.errors_4xx,
                errors_5xx + delta.errors_5xx,
                unknown + delta.status_unknown,
                denied + delta.denied,
                unsettled + delta.unsettled,
                _merged(histogram, delta.durations),
            )
            cache[key] = changed
            rows.append((*key, *changed, self._next_revision()))
        self._put(PUT_ENDPOINT_HOURS, rows)

    def _add_to_customer_days(self, deltas: dict[CustomerDayKey, CustomerDelta]) -> None:
        cache = self._caches.customer_days
        self._load(cache, SELECT_CUSTOMER_DAYS, deltas, meter=UNITS_METER)
        rows = []
        for key, delta in deltas.items():
            quantity, events, peak = cache[key] or (0, 0, 0)
            changed = (
                bounded(quantity + delta.units),
                events + delta.requests,
                max(peak, delta.peak),
            )
            cache[key] = changed
            rows.append((*key, *changed, self._next_revision()))
        self._put(PUT_CUSTOMER_DAYS, rows, meter=UNITS_METER)

    def _add_to_customer_hours(self, deltas: dict[CustomerKey, CustomerDelta]) -> None:
        named = self._named({(key[0], key[4], key[1]) for key in deltas})
        folded = {key for key in deltas if (key[0], key[4], key[1]) not in named}
        everything = {**deltas, **_others(deltas, folded)}
        cache = self._caches.customer_hours
        self._load(cache, SELECT_CUSTOMER_HOURS, everything)
        rows = []
        for key, delta in everything.items():
            requests, units, revision = cache[key] or (0, 0, None)
            changed = (
                requests + delta.requests,
                bounded(units + delta.units),
                revision if key in folded else self._next_revision(),
            )
            cache[key] = changed
            rows.append((*key, changed[0], changed[1], int(key in folded), changed[2]))
        self._put(PUT_CUSTOMER_HOURS, rows)

    def _named(self, wanted: set[NameKey]) -> set[NameKey]:
        """Which customers have rows of their own; newcomers get them while there is room."""
        cache = self._caches.names
        missing = sorted(cache.missing(wanted))
        if missing:
            found = self._db.execute(SELECT_NAMED, {"keys": json.dumps(missing)})
            known = {missing[position] for (position,) in found}
            for key in missing:
                cache[key] = key in known or self._name(key)
        return {key for key in wanted if cache[key]}

    def _name(self, key: NameKey) -> bool:
        """Give a customer rows of its own, if the day has room for one more."""
        application_id, day, customer_id = key
        values = {
            "application_id": application_id,
            "day": day,
            "customer_id": customer_id,
            "room": NAMED_CUSTOMERS,
        }
        return self._db.execute(NAME_IF_ROOM, values).rowcount == 1

    def _load(
        self,
        cache: RowCache[Any, tuple[Any, ...] | None],
        statement: str,
        keys: Iterable[Any],
        **values: str,
    ) -> None:
        missing = cache.missing(keys)
        if not missing:
            return
        rows = self._db.execute(statement, {"keys": json.dumps(missing), **values})
        found = {position: tuple(row) for position, *row in rows}
        for position, key in enumerate(missing):
            cache[key] = found.get(position)

    def _put(self, statement: str, rows: list[tuple[Any, ...]], **values: str) -> None:
        self._db.execute(statement, {"rows": json.dumps(rows), **values})


def bounded(total: int) -> int:
    """Keep a sum inside a signed 64-bit column."""
    return min(total, MAX_INT64)


def _merged(stored: str, change: dict[int, int]) -> str:
    """The stored histogram with a change of its counts."""
    if not change:
        return stored
    counts = durations.merged([json.loads(stored)])
    for number, count in change.items():
        counts[number] = counts.get(number, 0) + count
    return json.dumps(durations.sparse(counts), separators=(",", ":"))


def _by_day(deltas: dict[CustomerKey, CustomerDelta]) -> dict[CustomerDayKey, CustomerDelta]:
    days: dict[CustomerDayKey, CustomerDelta] = {}
    for (application_id, customer_id, endpoint_id, _hour, day), delta in deltas.items():
        key = (application_id, customer_id, endpoint_id, day)
        days.setdefault(key, CustomerDelta()).merge(delta)
    return days


def _others(
    deltas: dict[CustomerKey, CustomerDelta], folded: set[CustomerKey]
) -> dict[CustomerKey, CustomerDelta]:
    others: dict[CustomerKey, CustomerDelta] = {}
    for key in folded:
        application_id, _, endpoint_id, hour, day = key
        rest = (application_id, OTHERS, endpoint_id, hour, day)
        others.setdefault(rest, CustomerDelta()).merge(deltas[key])
    return others
