"""Small numbers for applications, and for places: one customer on one endpoint."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

import msgspec

from hosted.storage.bulk import Bulk
from hosted.storage.cache import Caches

PlaceKey = tuple[str, str, str]
"""Application, customer, endpoint."""

SELECT_PLACES: Final = """
SELECT k.key, p.place_id FROM json_each(:keys) AS k CROSS JOIN places AS p
ON p.application_no = k.value ->> 0 AND p.customer_id = k.value ->> 1
   AND p.endpoint_id = k.value ->> 2
"""

PUT_PLACES: Final = Bulk(
    "INSERT INTO places (place_id, application_no, customer_id, endpoint_id)", 4
)

PUT_APPLICATION: Final = """
INSERT INTO application_numbers (application_id) VALUES (:application_id)
ON CONFLICT (application_id) DO UPDATE SET application_id = excluded.application_id
RETURNING application_no
"""

_json = msgspec.json.Encoder()


class Places:
    """Numbers inside a transaction: looked up, or given to what has none yet."""

    def __init__(self, db: Connection, caches: Caches) -> None:
        self._db = db
        self._caches = caches

    def application(self, application_id: str) -> int:
        """Number of an application."""
        cache = self._caches.applications
        if not cache.has(application_id):
            row = self._db.execute(PUT_APPLICATION, {"application_id": application_id}).fetchone()
            cache[application_id] = row[0]
        return cache[application_id]

    def load(self, keys: Iterable[PlaceKey]) -> None:
        """Make sure that all these places have numbers."""
        cache = self._caches.places
        missing = cache.missing(keys)
        if not missing:
            return
        rows = [(self.application(app), customer, endpoint) for app, customer, endpoint in missing]
        found = dict(self._db.execute(SELECT_PLACES, {"keys": _json.encode(rows).decode()}))
        number = self._db.execute("SELECT coalesce(max(place_id), 0) FROM places").fetchone()[0]
        made = []
        for index, key in enumerate(missing):
            place_id = found.get(index)
            if place_id is None:
                number += 1
                place_id = number
                made.append((number, *rows[index]))
            cache[key] = place_id
        PUT_PLACES.write(self._db, made)

    def __getitem__(self, key: PlaceKey) -> int:
        return self._caches.places[key]
