"""SQL that keeps the three rollups; runs inside the transaction that stores the events."""

import json
from collections.abc import Callable
from sqlite3 import Connection
from typing import Final

from contract.messages.rollups import OTHERS
from hosted.metering.rollups import (
    LATENCY_BUCKETS,
    UNITS_METER,
    CustomerDelta,
    CustomerKey,
    EndpointDelta,
    EndpointHourKey,
    RollupDeltas,
)

NAMED_CUSTOMERS: Final = 1000
"""How many customers have hourly rows of their own, per application and day."""

MAX_INT64: Final = 2**63 - 1
"""Sums stop here instead of overflowing: 9.2 billion units in one row."""

SELECT_ENDPOINT_HOUR: Final = """
SELECT requests, units, errors_4xx, errors_5xx, status_unknown, denied, unsettled, latency
FROM endpoint_hours
WHERE hour = :hour AND application_id = :application_id AND endpoint_id = :endpoint_id
"""

PUT_ENDPOINT_HOUR: Final = """
INSERT OR REPLACE INTO endpoint_hours
    (hour, application_id, endpoint_id, requests, units, errors_4xx, errors_5xx,
     status_unknown, denied, unsettled, latency, revision)
VALUES (:hour, :application_id, :endpoint_id, :requests, :units, :errors_4xx, :errors_5xx,
        :status_unknown, :denied, :unsettled, :latency, :revision)
"""

SELECT_CUSTOMER_DAY: Final = """
SELECT quantity, events, peak FROM customer_days
WHERE day = :day AND application_id = :application_id AND customer_id = :customer_id
  AND endpoint_id = :endpoint_id AND meter = :meter
"""

PUT_CUSTOMER_DAY: Final = """
INSERT OR REPLACE INTO customer_days
    (day, application_id, customer_id, endpoint_id, meter, quantity, events, peak, revision)
VALUES (:day, :application_id, :customer_id, :endpoint_id, :meter,
        :quantity, :events, :peak, :revision)
"""

SELECT_CUSTOMER_HOUR: Final = """
SELECT requests, units FROM customer_hours
WHERE hour = :hour AND application_id = :application_id AND customer_id = :customer_id
  AND endpoint_id = :endpoint_id
"""

PUT_CUSTOMER_HOUR: Final = """
INSERT OR REPLACE INTO customer_hours
    (hour, application_id, customer_id, endpoint_id, day, requests, units, revision)
VALUES (:hour, :application_id, :customer_id, :endpoint_id, :day, :requests, :units, :revision)
"""

IS_NAMED: Final = """
SELECT 1 FROM named_customers
WHERE application_id = :application_id AND day = :day AND customer_id = :customer_id
"""

NAME_IF_ROOM: Final = """
INSERT INTO named_customers (application_id, day, customer_id)
SELECT :application_id, :day, :customer_id
WHERE (SELECT count(*) FROM named_customers
       WHERE application_id = :application_id AND day = :day) < :room
"""

Values = dict[str, str | int]


class RollupWriter:
    """Writes the changes of one transaction, each changed row under a revision of its own."""

    def __init__(self, db: Connection, next_revision: Callable[[], int]) -> None:
        self._db = db
        self._next_revision = next_revision

    def write(self, deltas: RollupDeltas) -> None:
        """Add the changes to the stored rows."""
        for endpoint_key, endpoint_delta in deltas.endpoints.items():
            self._add_to_endpoint_hour(endpoint_key, endpoint_delta)
        for customer_key, customer_delta in deltas.customers.items():
            self._add_to_customer_day(customer_key, customer_delta)
            self._add_to_customer_hour(customer_key, customer_delta)

    def _add_to_endpoint_hour(self, key: EndpointHourKey, delta: EndpointDelta) -> None:
        application_id, endpoint_id, hour = key
        values: Values = {
            "hour": hour,
            "application_id": application_id,
            "endpoint_id": endpoint_id,
        }
        stored = self._db.execute(SELECT_ENDPOINT_HOUR, values).fetchone()
        *counts, latency = stored or (0, 0, 0, 0, 0, 0, 0, json.dumps([0] * LATENCY_BUCKETS))
        names = (
            "requests",
            "units",
            "errors_4xx",
            "errors_5xx",
            "status_unknown",
            "denied",
            "unsettled",
        )
        for name, count in zip(names, counts, strict=True):
            values[name] = bounded(count + getattr(delta, name))
        summed = [old + new for old, new in zip(json.loads(latency), delta.latency, strict=True)]
        values["latency"] = json.dumps(summed)
        self._put(PUT_ENDPOINT_HOUR, values)

    def _add_to_customer_day(self, key: CustomerKey, delta: CustomerDelta) -> None:
        application_id, customer_id, endpoint_id, _hour, day = key
        values: Values = {
            "day": day,
            "application_id": application_id,
            "customer_id": customer_id,
            "endpoint_id": endpoint_id,
            "meter": UNITS_METER,
        }
        stored = self._db.execute(SELECT_CUSTOMER_DAY, values).fetchone()
        quantity, events, peak = stored or (0, 0, 0)
        values["quantity"] = bounded(quantity + delta.units)
        values["events"] = events + delta.requests
        values["peak"] = max(peak, delta.peak)
        self._put(PUT_CUSTOMER_DAY, values)

    def _add_to_customer_hour(self, key: CustomerKey, delta: CustomerDelta) -> None:
        application_id, customer_id, endpoint_id, hour, day = key
        if not self._has_own_row(application_id, day, customer_id):
            customer_id = OTHERS
        values: Values = {
            "hour": hour,
            "application_id": application_id,
            "customer_id": customer_id,
            "endpoint_id": endpoint_id,
            "day": day,
        }
        stored = self._db.execute(SELECT_CUSTOMER_HOUR, values).fetchone()
        requests, units = stored or (0, 0)
        values["requests"] = requests + delta.requests
        values["units"] = bounded(units + delta.units)
        self._put(PUT_CUSTOMER_HOUR, values)

    def _has_own_row(self, application_id: str, day: int, customer_id: str) -> bool:
        values = {"application_id": application_id, "day": day, "customer_id": customer_id}
        if self._db.execute(IS_NAMED, values).fetchone():
            return True
        inserted = self._db.execute(NAME_IF_ROOM, {**values, "room": NAMED_CUSTOMERS})
        return inserted.rowcount == 1

    def _put(self, statement: str, values: Values) -> None:
        self._db.execute(statement, {**values, "revision": self._next_revision()})


def bounded(total: int) -> int:
    """Keep a sum inside a signed 64-bit column."""
    return min(total, MAX_INT64)
