"""Keeps hourly rows for a day's largest customers only; the rest is one row an hour.

Rows that stand for others are never summed by hand: they are what an endpoint's hour has beyond
the customers with rows of their own, so that the hour always adds up.
"""

from collections.abc import Callable
from sqlite3 import Connection
from typing import Final

from contract.messages.rollups import OTHERS
from hosted.storage.rollups import NAMED_CUSTOMERS, PUT_CUSTOMER_HOUR

LARGEST: Final = """
SELECT customer_id FROM customer_days
WHERE application_id = :application_id AND day = :day
GROUP BY customer_id
ORDER BY sum(events) DESC, sum(quantity) DESC, customer_id
LIMIT :named
"""

NAMED: Final = """
SELECT customer_id FROM named_customers WHERE application_id = :application_id AND day = :day
"""

ROWS_OF_CUSTOMER: Final = """
SELECT hour, customer_id, endpoint_id FROM customer_hours
WHERE application_id = :application_id AND day = :day AND customer_id = :customer_id
"""

HOURS_OF_CUSTOMER: Final = """
SELECT hour, endpoint_id, count(*), sum(units_micro) FROM events
WHERE customer_id = :customer_id AND day = :day AND application_id = :application_id
  AND state IN ('open', 'settled', 'expired')
GROUP BY hour, endpoint_id
"""

REST: Final = """
WITH named AS (
    SELECT hour, endpoint_id, sum(requests) AS requests, sum(units) AS units
    FROM customer_hours
    WHERE application_id = :application_id AND day = :day AND customer_id <> :others
    GROUP BY hour, endpoint_id),
total AS (
    SELECT DISTINCT hour FROM customer_hours
    WHERE application_id = :application_id AND day = :day)
SELECT e.hour, e.endpoint_id,
       e.requests - coalesce(n.requests, 0), e.units - coalesce(n.units, 0),
       o.requests, o.units
FROM endpoint_hours AS e
JOIN total AS t ON t.hour = e.hour
LEFT JOIN named AS n ON n.hour = e.hour AND n.endpoint_id = e.endpoint_id
LEFT JOIN customer_hours AS o ON o.hour = e.hour AND o.application_id = e.application_id
    AND o.customer_id = :others AND o.endpoint_id = e.endpoint_id
WHERE e.application_id = :application_id
"""

CROWDED: Final = """
SELECT application_id, day FROM named_customers WHERE day >= :since_day
GROUP BY application_id, day HAVING count(*) >= :named
"""


def crowded_days(db: Connection, since_day: int) -> list[tuple[str, int]]:
    """Applications and days with as many named customers as a day may have."""
    return db.execute(CROWDED, {"since_day": since_day, "named": NAMED_CUSTOMERS}).fetchall()


class Folding:
    """One application's day, inside a transaction."""

    def __init__(
        self, db: Connection, next_revision: Callable[[], int], application_id: str, day: int
    ) -> None:
        self._db = db
        self._next_revision = next_revision
        self._day = {"application_id": application_id, "day": day}

    def refold(self) -> None:
        """Exchange the customers that are no longer among the largest for those that are."""
        largest = self._customers(LARGEST, named=NAMED_CUSTOMERS)
        named = self._customers(NAMED)
        if largest == named:
            return
        for customer_id in sorted(named - largest):
            self._fold(customer_id)
        for customer_id in sorted(largest - named):
            self._unfold(customer_id)
        self._put_rest()

    def _customers(self, statement: str, **values: int) -> set[str]:
        return {row[0] for row in self._db.execute(statement, {**self._day, **values})}

    def _fold(self, customer_id: str) -> None:
        key = {**self._day, "customer_id": customer_id}
        self._db.execute(
            "DELETE FROM named_customers WHERE application_id = :application_id "
            "AND day = :day AND customer_id = :customer_id",
            key,
        )
        for hour, _, endpoint_id in self._db.execute(ROWS_OF_CUSTOMER, key).fetchall():
            self._put(customer_id, hour, endpoint_id, 0, 0)

    def _unfold(self, customer_id: str) -> None:
        key = {**self._day, "customer_id": customer_id}
        self._db.execute(
            "INSERT INTO named_customers (application_id, day, customer_id) "
            "VALUES (:application_id, :day, :customer_id)",
            key,
        )
        for hour, endpoint_id, requests, units in self._db.execute(
            HOURS_OF_CUSTOMER, key
        ).fetchall():
            self._put(customer_id, hour, endpoint_id, requests, units)

    def _put_rest(self) -> None:
        rows = self._db.execute(REST, {**self._day, "others": OTHERS}).fetchall()
        for hour, endpoint_id, requests, units, old_requests, old_units in rows:
            if (requests, units) != (old_requests or 0, old_units or 0):
                self._put(OTHERS, hour, endpoint_id, requests, units)

    def _put(
        self, customer_id: str, hour: int, endpoint_id: str, requests: int, units: int
    ) -> None:
        values = {
            **self._day,
            "customer_id": customer_id,
            "hour": hour,
            "endpoint_id": endpoint_id,
            "requests": requests,
            "units": units,
            "revision": self._next_revision(),
        }
        self._db.execute(PUT_CUSTOMER_HOUR, values)
