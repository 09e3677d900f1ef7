"""SQL of when applications were last seen."""

from collections.abc import Iterable
from sqlite3 import Connection
from typing import Final

from hosted.storage.usage_records import LastSeen

PUT: Final = """
INSERT INTO last_seen (application_id, last_seen_us, last_call_us)
VALUES (:application_id, :last_seen_us, :last_call_us)
ON CONFLICT (application_id) DO UPDATE
SET last_seen_us = excluded.last_seen_us, last_call_us = excluded.last_call_us
"""

FORGET_GONE: Final = """
DELETE FROM last_seen WHERE NOT EXISTS (
    SELECT 1 FROM configuration AS c
    WHERE c.entity = 'application' AND c.entity_id = last_seen.application_id
      AND c.body IS NOT NULL
)
"""


def put(db: Connection, rows_to_put: Iterable[LastSeen]) -> None:
    """Store rows, and forget those of applications that are gone."""
    values = [
        {
            "application_id": row.application_id,
            "last_seen_us": row.last_seen_us,
            "last_call_us": row.last_call_us,
        }
        for row in rows_to_put
    ]
    db.executemany(PUT, values)
    db.execute(FORGET_GONE)


def rows(db: Connection) -> list[LastSeen]:
    """Every row."""
    found = db.execute("SELECT application_id, last_seen_us, last_call_us FROM last_seen")
    return [LastSeen(*row) for row in found]
