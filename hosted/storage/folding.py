"""Keeps hourly rows for a day's largest customers only; the rest is one row an hour.

Every customer's row is kept and counts on, but those that are not among the largest are folded:
readers see them as zero, and see their sum under `OTHERS`.
"""

from collections.abc import Callable, Sequence
from sqlite3 import Connection
from typing import Any, Final

import msgspec

from contract.messages.rollups import OTHERS
from hosted.storage.naming import NAMED_CUSTOMERS
from hosted.storage.places import Places
from hosted.storage.rollups import PUT_CUSTOMER_HOURS, bounded

LARGEST: Final = """
SELECT p.customer_id
FROM customer_days AS d JOIN places AS p ON p.place_id = d.place_id
JOIN application_numbers AS a ON a.application_no = p.application_no
WHERE d.day = :day AND a.application_id = :application_id
GROUP BY p.customer_id
ORDER BY sum(d.events) DESC, sum(d.quantity) DESC, p.customer_id
LIMIT :named
"""

NAMED: Final = """
SELECT customer_id FROM named_customers WHERE application_no = :application_no AND day = :day
"""

ROWS_OF_CUSTOMERS: Final = """
WITH hours AS (
    SELECT DISTINCT hour FROM endpoint_hours
    WHERE application_id = :application_id
      AND hour >= :day * 86400 - 86400 AND hour < :day * 86400 + 172800
)
SELECT c.hour, c.place_id, c.day, c.requests, c.units, p.endpoint_id
FROM json_each(:customers) AS k
CROSS JOIN places AS p ON p.application_no = :application_no AND p.customer_id = k.value
CROSS JOIN hours
CROSS JOIN customer_hours AS c
ON c.hour = hours.hour AND c.place_id = p.place_id AND c.day = :day
"""
"""A local day's hours lie in three UTC days at most."""

OLD_REST: Final = """
SELECT k.key, c.requests, c.units FROM json_each(:keys) AS k CROSS JOIN customer_hours AS c
ON c.hour = k.value ->> 0 AND c.place_id = k.value ->> 1
"""

FORGET_NAMES: Final = """
DELETE FROM named_customers
WHERE application_no = :application_no AND day = :day
  AND customer_id IN (SELECT value FROM json_each(:customers))
"""

ADD_NAMES: Final = """
INSERT INTO named_customers (application_no, day, customer_id)
SELECT :application_no, :day, value FROM json_each(:customers)
"""

CROWDED: Final = """
SELECT a.application_id, n.day
FROM named_customers AS n JOIN application_numbers AS a ON a.application_no = n.application_no
WHERE n.day >= :since_day
GROUP BY a.application_id, n.day HAVING count(*) >= :named
"""

Row = tuple[int, int, int, int, int, str]
"""Hour, place, day, requests, units, endpoint."""

_json = msgspec.json.Encoder()


def crowded_days(db: Connection, since_day: int) -> list[tuple[str, int]]:
    """Applications and days with as many named customers as a day may have."""
    return db.execute(CROWDED, {"since_day": since_day, "named": NAMED_CUSTOMERS}).fetchall()


def largest(db: Connection, application_id: str, day: int) -> frozenset[str]:
    """The customers that should have hourly rows of their own. Reads every customer of the day."""
    values = {"application_id": application_id, "day": day, "named": NAMED_CUSTOMERS}
    return frozenset(customer for (customer,) in db.execute(LARGEST, values))


def delete_folded(db: Connection, before_day: int) -> None:
    """Forget the rows nobody was ever told of; who is largest on an old day is settled."""
    db.execute(
        "DELETE FROM customer_hours WHERE hour < :before AND folded = 1 AND revision IS NULL",
        {"before": before_day * 86_400},
    )


class Folding:
    """One application's day, inside a transaction."""

    def __init__(
        self,
        db: Connection,
        places: Places,
        next_revision: Callable[[], int],
        application_id: str,
        day: int,
    ) -> None:
        self._db = db
        self._places = places
        self._next_revision = next_revision
        self._application_id = application_id
        self._day: dict[str, Any] = {
            "application_id": application_id,
            "application_no": places.application(application_id),
            "day": day,
        }

    def refold(self, wanted: frozenset[str]) -> None:
        """Exchange the customers that have rows of their own for these."""
        named = {customer for (customer,) in self._db.execute(NAMED, self._day)}
        if wanted == named:
            return
        out = self._mark(named - wanted, FORGET_NAMES, folded=1)
        back = self._mark(wanted - named, ADD_NAMES, folded=0)
        self._change_rest(out, back)

    def _mark(self, customers: frozenset[str] | set[str], names: str, *, folded: int) -> list[Row]:
        values = {**self._day, "customers": _json.encode(sorted(customers)).decode()}
        self._db.execute(names, values)
        rows: list[Row] = self._db.execute(ROWS_OF_CUSTOMERS, values).fetchall()
        self._put([(*row[:5], folded, self._next_revision()) for row in rows])
        return rows

    def _change_rest(self, out: list[Row], back: list[Row]) -> None:
        """Add to the others who has no row any more, and take away who has one again."""
        changes: dict[tuple[str, int], list[int]] = {}
        for rows, sign in ((out, 1), (back, -1)):
            for hour, _, _, requests, units, endpoint_id in rows:
                sums = changes.setdefault((endpoint_id, hour), [0, 0])
                sums[0] += sign * requests
                sums[1] += sign * units
        changes = {key: sums for key, sums in changes.items() if any(sums)}
        self._places.load((self._application_id, OTHERS, end) for end, _ in changes)
        keys = [
            (hour, self._places[self._application_id, OTHERS, endpoint_id])
            for endpoint_id, hour in changes
        ]
        found = self._db.execute(OLD_REST, {"keys": _json.encode(keys).decode()})
        old = {position: (requests, units) for position, requests, units in found}
        changed: list[tuple[Any, ...]] = []
        for place, (key, change) in enumerate(zip(keys, changes.values(), strict=True)):
            requests, units = old.get(place, (0, 0))
            total = (requests + change[0], bounded(units + change[1]))
            changed.append((*key, self._day["day"], *total, 0, self._next_revision()))
        self._put(changed)

    def _put(self, rows: Sequence[tuple[Any, ...]]) -> None:
        PUT_CUSTOMER_HOURS.write(self._db, rows)
