"""SQL of customers' accounts, the owner's corrections, and the report of oddities."""

from dataclasses import asdict
from sqlite3 import Connection
from typing import Any, Final

from contract.messages.health import EventHealth
from hosted.storage.usage_records import Correction, LedgerAccount

ACCOUNTS: Final = """
WITH page AS (
    SELECT p.place_id, p.customer_id, p.endpoint_id
    FROM application_numbers AS a JOIN places AS p ON p.application_no = a.application_no
    WHERE a.application_id = :application_id
      AND (p.customer_id, p.endpoint_id) > (:customer_id, :endpoint_id)
      AND EXISTS (SELECT 1 FROM customer_days AS d WHERE d.place_id = p.place_id)
    ORDER BY p.customer_id, p.endpoint_id LIMIT :limit
)
SELECT :application_id, customer_id, endpoint_id,
       coalesce((SELECT sum(reserved) FROM events AS e
                 WHERE e.place_id = page.place_id AND e.state = 0), 0),
       (SELECT count(*) FROM events AS e WHERE e.place_id = page.place_id AND e.state = 0),
       sum(d.quantity - d.corrected), sum(d.released), sum(d.corrected), sum(d.events),
       sum(d.unsettled)
FROM page JOIN customer_days AS d ON d.place_id = page.place_id
GROUP BY page.place_id ORDER BY customer_id, endpoint_id
"""

CORRECTION_COLUMNS: Final = ", ".join(Correction.__slots__).replace("units_micro", "units")

SELECT_CORRECTION: Final = f"""
SELECT {CORRECTION_COLUMNS} FROM corrections
WHERE application_id = :application_id AND idempotency_key = :idempotency_key
"""  # noqa: S608 - the names are constants of this module

SELECT_CORRECTIONS: Final = f"""
SELECT position, {CORRECTION_COLUMNS} FROM corrections
WHERE application_id = :application_id AND position < :before
ORDER BY position DESC LIMIT :limit
"""  # noqa: S608 - the names are constants of this module

ADD_CORRECTION: Final = f"""
INSERT INTO corrections ({CORRECTION_COLUMNS})
VALUES (:correction_id, :application_id, :idempotency_key, :customer_id, :endpoint_id,
        :units_micro, :reason, :actor, :at_us, :hour, :day)
"""  # noqa: S608 - the names are constants of this module

HEALTH: Final = """
SELECT application_id, day, events, duplicates, late, unsettled, odd_amounts, skewed,
       worst_skew_s, payloads_dropped, soft_limited
FROM event_health
WHERE (:application_id IS NULL OR application_id = :application_id)
  AND (day < :day OR (day = :day AND application_id > :after))
ORDER BY day DESC, application_id LIMIT :limit
"""

NEWEST: Final = 2**62


def accounts(
    db: Connection, application_id: str, after: tuple[str, str], limit: int
) -> list[LedgerAccount]:
    """Accounts by customer and endpoint; only places that ever counted have one."""
    customer_id, endpoint_id = after
    values = {
        "application_id": application_id,
        "customer_id": customer_id,
        "endpoint_id": endpoint_id,
        "limit": limit,
    }
    return [LedgerAccount(*row) for row in db.execute(ACCOUNTS, values)]


def find_correction(db: Connection, application_id: str, idempotency_key: str) -> Correction | None:
    """The entry made under a key."""
    key = {"application_id": application_id, "idempotency_key": idempotency_key}
    row = db.execute(SELECT_CORRECTION, key).fetchone()
    return None if row is None else Correction(*row)


def add_correction(db: Connection, correction: Correction) -> None:
    """Store a new entry."""
    db.execute(ADD_CORRECTION, asdict(correction))


def corrections(
    db: Connection, application_id: str, before: int | None, limit: int
) -> list[tuple[int, Correction]]:
    """Entries newest first, each with its position."""
    values = {"application_id": application_id, "before": before or NEWEST, "limit": limit}
    rows = db.execute(SELECT_CORRECTIONS, values)
    return [(position, Correction(*row)) for position, *row in rows]


def health(
    db: Connection, application_id: str | None, before: tuple[int, str] | None, limit: int
) -> list[EventHealth]:
    """Oddities by day and application, newest day first."""
    day, after = (NEWEST, "") if before is None else before
    values: dict[str, Any] = {
        "application_id": application_id,
        "day": day,
        "after": after,
        "limit": limit,
    }
    return [
        EventHealth(**dict(zip(HEALTH_FIELDS, row, strict=True)))
        for row in db.execute(HEALTH, values)
    ]


HEALTH_FIELDS: Final = tuple(EventHealth.model_fields)
