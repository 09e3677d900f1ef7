"""Keeps hourly rows for a day's largest customers only; the rest is one row an hour.

Every customer's row is kept and counts on, but those that are not among the largest are folded:
readers see them as zero, and see their sum under `OTHERS`.
"""

import json
from collections.abc import Callable
from sqlite3 import Connection
from typing import Final

from contract.messages.rollups import OTHERS
from hosted.storage.rollups import NAMED_CUSTOMERS, PUT_CUSTOMER_HOURS

LARGEST: Final = """
SELECT customer_id FROM customer_days
WHERE day = :day AND application_id = :application_id
GROUP BY customer_id
ORDER BY sum(events) DESC, sum(quantity) DESC, customer_id
LIMIT :named
"""

NAMED: Final = """
SELECT customer_id FROM named_customers WHERE application_id = :application_id AND day = :day
"""

IN_DAY: Final = """
hour >= :day * 86400 - 86400 AND hour < :day * 86400 + 172800
AND application_id = :application_id AND day = :day
"""
"""A local day's hours lie in three UTC days at most; the hours find the rows by their key."""

ROWS_OF_CUSTOMERS: Final = f"""
SELECT application_id, customer_id, endpoint_id, hour, day, requests, units
FROM customer_hours
WHERE {IN_DAY} AND customer_id IN (SELECT value FROM json_each(:customers))
"""  # noqa: S608 - the condition is a constant of this module

REST: Final = f"""
SELECT application_id, :others, endpoint_id, hour, day,
       sum(CASE WHEN folded THEN requests ELSE 0 END),
       sum(CASE WHEN folded THEN units ELSE 0 END)
FROM customer_hours WHERE {IN_DAY} AND customer_id <> :others
GROUP BY application_id, endpoint_id, hour, day
"""  # noqa: S608 - the condition is a constant of this module

OLD_REST: Final = f"""
SELECT endpoint_id, hour, requests, units FROM customer_hours
WHERE {IN_DAY} AND customer_id = :others
"""  # noqa: S608 - the condition is a constant of this module

FORGET_NAME: Final = """
DELETE FROM named_customers
WHERE application_id = :application_id AND day = :day
  AND customer_id IN (SELECT value FROM json_each(:customers))
"""

ADD_NAME: Final = """
INSERT INTO named_customers (application_id, day, customer_id)
SELECT :application_id, :day, value FROM json_each(:customers)
"""

CROWDED: Final = """
SELECT application_id, day FROM named_customers WHERE day >= :since_day
GROUP BY application_id, day HAVING count(*) >= :named
"""


def crowded_days(db: Connection, since_day: int) -> list[tuple[str, int]]:
    """Applications and days with as many named customers as a day may have."""
    return db.execute(CROWDED, {"since_day": since_day, "named": NAMED_CUSTOMERS}).fetchall()


def delete_folded(db: Connection, before_day: int) -> None:
    """Forget the rows nobody was ever told of; who is largest on an old day is settled."""
    db.execute(
        "DELETE FROM customer_hours WHERE hour < :before AND folded = 1 AND revision IS NULL",
        {"before": before_day * 86_400},
    )


class Folding:
    """One application's day, inside a transaction."""

    def __init__(
        self, db: Connection, next_revision: Callable[[], int], application_id: str, day: int
    ) -> None:
        self._db = db
        self._next_revision = next_revision
        self._day: dict[str, str | int] = {"application_id": application_id, "day": day}

    def refold(self) -> None:
        """Exchange the customers that are no longer among the largest for those that are."""
        largest = self._customers(LARGEST, named=NAMED_CUSTOMERS)
        named = self._customers(NAMED)
        if largest == named:
            return
        self._mark(named - largest, FORGET_NAME, folded=1)
        self._mark(largest - named, ADD_NAME, folded=0)
        self._put_rest()

    def _customers(self, statement: str, **values: int) -> set[str]:
        return {row[0] for row in self._db.execute(statement, {**self._day, **values})}

    def _mark(self, customers: set[str], names: str, *, folded: int) -> None:
        values = {**self._day, "customers": json.dumps(sorted(customers))}
        self._db.execute(names, values)
        rows = self._db.execute(ROWS_OF_CUSTOMERS, values).fetchall()
        self._put([(*row, folded, self._next_revision()) for row in rows])

    def _put_rest(self) -> None:
        values: dict[str, str | int] = {**self._day, "others": OTHERS}
        old = {(endpoint, hour): sums for endpoint, hour, *sums in self._run(OLD_REST, values)}
        rows = []
        for row in self._run(REST, values):
            _, _, endpoint_id, hour, _, requests, units = row
            if [requests, units] != old.get((endpoint_id, hour), [0, 0]):
                rows.append((*row, 0, self._next_revision()))
        self._put(rows)

    def _run(self, statement: str, values: dict[str, str | int]) -> list[tuple[str | int, ...]]:
        return self._db.execute(statement, values).fetchall()

    def _put(self, rows: list[tuple[str | int, ...]]) -> None:
        self._db.execute(PUT_CUSTOMER_HOURS, {"rows": json.dumps(rows)})
