"""Which customers of a day have hourly rows of their own."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

import msgspec

from hosted.storage.bulk import Bulk
from hosted.storage.cache import Caches

NAMED_CUSTOMERS: Final = 1000
"""How many customers have hourly rows of their own, per application and day."""

SELECT_NAMED: Final = """
SELECT k.key FROM json_each(:keys) AS k CROSS JOIN named_customers AS n
ON n.application_no = k.value ->> 0 AND n.day = k.value ->> 1 AND n.customer_id = k.value ->> 2
"""

COUNT_NAMED: Final = """
SELECT count(*) FROM named_customers WHERE application_no = :application_no AND day = :day
"""

PUT_NAMED: Final = Bulk("INSERT INTO named_customers (application_no, day, customer_id)", 3)

NameKey = tuple[int, int, str]
"""Number of the application, day, customer."""

_json = msgspec.json.Encoder()


class Naming:
    """Names inside a transaction."""

    def __init__(self, db: Connection, caches: Caches) -> None:
        self._db = db
        self._cache = caches.names

    def named(self, wanted: Iterable[NameKey]) -> set[NameKey]:
        """Which customers have rows of their own; newcomers get them while there is room."""
        keys = set(wanted)
        missing = sorted(self._cache.missing(keys))
        if missing:
            rows = self._db.execute(SELECT_NAMED, {"keys": _json.encode(missing).decode()})
            known = {missing[position] for (position,) in rows}
            self._name([key for key in missing if key not in known])
            for key in known:
                self._cache[key] = True
        return {key for key in keys if self._cache[key]}

    def _name(self, newcomers: list[NameKey]) -> None:
        room: dict[tuple[int, int], int] = {}
        admitted = []
        for key in newcomers:
            day = (key[0], key[1])
            if day not in room:
                room[day] = NAMED_CUSTOMERS - self._count(*day)
            self._cache[key] = room[day] > 0
            if room[day] > 0:
                room[day] -= 1
                admitted.append(key)
        PUT_NAMED.write(self._db, admitted)

    def _count(self, application_no: int, day: int) -> int:
        values = {"application_no": application_no, "day": day}
        return int(self._db.execute(COUNT_NAMED, values).fetchone()[0])
