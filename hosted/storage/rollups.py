"""SQL that keeps the rollups; runs inside the transaction that stores the events."""

import json
from collections.abc import Iterable
from sqlite3 import Connection
from typing import Any, Final

import msgspec

from contract import durations
from contract.messages.rollups import OTHERS
from hosted.metering.rollups import (
    UNITS_METER,
    CustomerDelta,
    EndpointDelta,
    EndpointHourKey,
    HealthDelta,
    HealthKey,
    RollupDeltas,
)
from hosted.storage.bulk import Bulk
from hosted.storage.cache import Caches, RowCache
from hosted.storage.naming import NameKey, Naming
from hosted.storage.places import Places
from hosted.storage.revisions import Revisions

MAX_INT64: Final = 2**63 - 1
"""Sums stop here, and at its negative, instead of overflowing: 9.2 billion units in one row."""

SELECT_ENDPOINT_HOURS: Final = """
SELECT k.key, e.requests, e.units, e.errors_4xx, e.errors_5xx, e.status_unknown, e.denied,
       e.unsettled, e.durations, e.revision
FROM json_each(:keys) AS k CROSS JOIN endpoint_hours AS e
ON e.application_id = k.value ->> 0 AND e.endpoint_id = k.value ->> 1 AND e.hour = k.value ->> 2
"""

PUT_ENDPOINT_HOURS: Final = Bulk(
    "INSERT OR REPLACE INTO endpoint_hours (application_id, endpoint_id, hour, requests, "
    "units, errors_4xx, errors_5xx, status_unknown, denied, unsettled, durations, revision)",
    12,
)

SELECT_CUSTOMER_DAYS: Final = """
SELECT k.key, d.quantity, d.events, d.peak, d.released, d.unsettled, d.corrected, d.revision
FROM json_each(:keys) AS k CROSS JOIN customer_days AS d
ON d.day = k.value ->> 0 AND d.place_id = k.value ->> 1 AND d.meter = :meter
"""

PUT_CUSTOMER_DAYS: Final = Bulk(
    "INSERT OR REPLACE INTO customer_days (day, place_id, quantity, events, peak, released, "
    "unsettled, corrected, revision, meter)",
    10,
)

SELECT_CUSTOMER_HOURS: Final = """
SELECT k.key, h.day, h.requests, h.units, h.folded, h.revision
FROM json_each(:keys) AS k CROSS JOIN customer_hours AS h
ON h.hour = k.value ->> 0 AND h.place_id = k.value ->> 1
"""

PUT_CUSTOMER_HOURS: Final = Bulk(
    "INSERT OR REPLACE INTO customer_hours (hour, place_id, day, requests, units, folded, "
    "revision)",
    7,
)

SELECT_HEALTH: Final = """
SELECT k.key, h.events, h.duplicates, h.late, h.unsettled, h.odd_amounts, h.skewed,
       h.worst_skew_s, h.payloads_dropped, h.soft_limited
FROM json_each(:keys) AS k CROSS JOIN event_health AS h
ON h.application_id = k.value ->> 0 AND h.day = k.value ->> 1
"""

PUT_HEALTH: Final = Bulk(
    "INSERT OR REPLACE INTO event_health (application_id, day, events, duplicates, late, "
    "unsettled, odd_amounts, skewed, worst_skew_s, payloads_dropped, soft_limited)",
    11,
)

DayKey = tuple[int, int]
"""Day, place."""
HourKey = tuple[int, int]
"""Hour, place."""

_json = msgspec.json.Encoder()


class RollupWriter:
    """Writes the changes of one transaction."""

    def __init__(
        self, db: Connection, caches: Caches, places: Places, revisions: Revisions
    ) -> None:
        self._db = db
        self._caches = caches
        self._places = places
        self._revisions = revisions
        self._naming = Naming(db, caches)

    def write(self, deltas: RollupDeltas) -> None:
        """Add the changes to the stored rows, and take along rows that wait to be told of."""
        waiting = self._revisions.due()
        self._places.load((app, customer, end) for app, customer, end, _, _ in deltas.customers)
        self._add_to_endpoint_hours(deltas.endpoints, waiting.get("endpoint_hours", []))
        self._add_to_customer_days(deltas, waiting.get("customer_days", []))
        self._add_to_customer_hours(deltas, waiting.get("customer_hours", []))
        self._add_to_health(deltas.health)

    def _add_to_endpoint_hours(
        self, deltas: dict[EndpointHourKey, EndpointDelta], waiting: Iterable[Any]
    ) -> None:
        for key in waiting:
            deltas.setdefault(key, EndpointDelta())
        cache = self._caches.endpoint_hours
        self._load(cache, SELECT_ENDPOINT_HOURS, deltas)
        rows = []
        for key, delta in deltas.items():
            *counts, histogram, revision = cache[key] or (0, 0, 0, 0, 0, 0, 0, "[]", None)
            requests, units, errors_4xx, errors_5xx, unknown, denied, unsettled = counts
            cache[key] = changed = (
                requests + delta.requests,
                bounded(units + delta.units),
                errors_4xx + delta.errors_4xx,
                errors_5xx + delta.errors_5xx,
                unknown + delta.status_unknown,
                denied + delta.denied,
                unsettled + delta.unsettled,
                _merged(histogram, delta.durations),
                self._revisions.of("endpoint_hours", key, revision),
            )
            rows.append((*key, *changed))
        PUT_ENDPOINT_HOURS.write(self._db, rows)

    def _add_to_customer_days(self, deltas: RollupDeltas, waiting: Iterable[Any]) -> None:
        days: dict[DayKey, CustomerDelta] = {key: CustomerDelta() for key in waiting}
        for (app, customer, endpoint, _hour, day), delta in deltas.customers.items():
            key = (day, self._places[app, customer, endpoint])
            days.setdefault(key, CustomerDelta()).merge(delta)
        cache = self._caches.customer_days
        self._load(cache, SELECT_CUSTOMER_DAYS, days, meter=UNITS_METER)
        rows = []
        for key, delta in days.items():
            quantity, events, peak, released, unsettled, corrected, revision = cache[key] or NO_DAY
            cache[key] = changed = (
                bounded(quantity + delta.units),
                events + delta.requests,
                max(peak, delta.peak),
                bounded(released + delta.released),
                unsettled + delta.unsettled,
                bounded(corrected + delta.corrected),
                self._revisions.of("customer_days", key, revision),
            )
            rows.append((*key, *changed, UNITS_METER))
        PUT_CUSTOMER_DAYS.write(self._db, rows)

    def _add_to_customer_hours(self, deltas: RollupDeltas, waiting: Iterable[Any]) -> None:
        hours, folded = self._by_hour(deltas)
        for key in waiting:
            hours.setdefault(key, (None, CustomerDelta()))
        cache = self._caches.customer_hours
        self._load(cache, SELECT_CUSTOMER_HOURS, hours)
        rows = []
        for key, (day, delta) in hours.items():
            known_day, requests, units, was_folded, revision = cache[key] or (day, 0, 0, 0, None)
            is_folded = key in folded if day is not None else bool(was_folded)
            is_silent = is_folded and day is not None
            cache[key] = changed = (
                known_day,
                requests + delta.requests,
                bounded(units + delta.units),
                int(is_folded),
                revision if is_silent else self._revisions.of("customer_hours", key, revision),
            )
            rows.append((*key, *changed))
        PUT_CUSTOMER_HOURS.write(self._db, rows)

    def _by_hour(
        self, deltas: RollupDeltas
    ) -> tuple[dict[HourKey, tuple[int | None, CustomerDelta]], set[HourKey]]:
        """Changes of each row and its day; rows of customers without a name count on in silence."""
        named = self._naming.named(
            (self._places.application(app), day, customer)
            for app, customer, _, _, day in deltas.customers
        )
        hours: dict[HourKey, tuple[int | None, CustomerDelta]] = {}
        folded: set[HourKey] = set()
        rest: list[tuple[tuple[str, str, str], int, int, CustomerDelta]] = []
        for (app, customer, endpoint, hour, day), delta in deltas.customers.items():
            key = (hour, self._places[app, customer, endpoint])
            hours[key] = (day, delta)
            name: NameKey = (self._places.application(app), day, customer)
            if name not in named:
                folded.add(key)
                rest.append(((app, OTHERS, endpoint), hour, day, delta))
        self._places.load(place for place, _, _, _ in rest)
        for place, hour, day, delta in rest:
            key = (hour, self._places[place])
            _, others = hours.setdefault(key, (day, CustomerDelta()))
            others.merge(delta)
        return hours, folded

    def _add_to_health(self, deltas: dict[HealthKey, HealthDelta]) -> None:
        cache = self._caches.health
        self._load(cache, SELECT_HEALTH, deltas)
        rows = []
        for key, delta in deltas.items():
            stored = HealthDelta(*(cache[key] or ()))
            cache[key] = changed = (
                stored.events + delta.events,
                stored.duplicates + delta.duplicates,
                stored.late + delta.late,
                stored.unsettled + delta.unsettled,
                stored.odd_amounts + delta.odd_amounts,
                stored.skewed + delta.skewed,
                max(stored.worst_skew_s, delta.worst_skew_s),
                stored.payloads_dropped + delta.payloads_dropped,
                stored.soft_limited + delta.soft_limited,
            )
            rows.append((*key, *changed))
        PUT_HEALTH.write(self._db, rows)

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
        rows = self._db.execute(statement, {"keys": _json.encode(missing).decode(), **values})
        found = {position: tuple(row) for position, *row in rows}
        for position, key in enumerate(missing):
            cache[key] = found.get(position)


NO_DAY: Final = (0, 0, 0, 0, 0, 0, None)


def bounded(total: int) -> int:
    """Keep a sum inside a signed 64-bit column."""
    return max(-MAX_INT64, min(total, MAX_INT64))


def _merged(stored: str, change: dict[int, int]) -> str:
    """The stored histogram with a change of its counts."""
    if not change:
        return stored
    counts = durations.merged([json.loads(stored)])
    for number, count in change.items():
        counts[number] = counts.get(number, 0) + count
    return json.dumps(durations.sparse(counts), separators=(",", ":"))
