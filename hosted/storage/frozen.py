"""SQL of frozen customers: whose figures are not handed out for now, and what is sent afterwards.

Whoever reads figures leaves them out in the same statement, so that a customer who is let go in
between is seen either frozen, or with every row under a new revision: no follower misses one.
"""

from collections.abc import Callable
from sqlite3 import Connection
from typing import Final

CUSTOMERS: Final = (
    "(SELECT body ->> 'customer_id' FROM configuration "
    "WHERE entity = 'freeze' AND body IS NOT NULL)"
)
"""Pseudonyms are made for one application each, so that a customer's id alone says who it is."""

DAYS_OF_PLACES: Final = """
SELECT day, place_id, meter FROM customer_days
WHERE place_id IN (SELECT value FROM json_each(:places))
"""

HOURS_OF_PLACES: Final = """
WITH hours AS (SELECT DISTINCT hour FROM endpoint_hours WHERE application_id = :application_id)
SELECT c.hour, c.place_id FROM hours
CROSS JOIN json_each(:places) AS k
CROSS JOIN customer_hours AS c ON c.hour = hours.hour AND c.place_id = k.value
WHERE c.revision IS NOT NULL
"""


def customers(db: Connection) -> frozenset[str]:
    """Pseudonyms of everybody who is frozen."""
    return frozenset(customer_id for (customer_id,) in db.execute(f"SELECT * FROM {CUSTOMERS}"))  # noqa: S608 (a constant)


def is_frozen(db: Connection, customer_id: str) -> bool:
    """Whether a freeze of the customer holds."""
    found = db.execute(f"SELECT :customer_id IN {CUSTOMERS}", {"customer_id": customer_id})
    return bool(found.fetchone()[0])


def send_again(
    db: Connection, application_id: str, places: str, next_revision: Callable[[], int]
) -> None:
    """Tell followers anew of every row of some places.

    Args:
        db: in a transaction.
        application_id: whose places they are.
        places: their ids as a JSON list.
        next_revision: makes revisions in commit order.
    """
    values = {"application_id": application_id, "places": places}
    days = db.execute(DAYS_OF_PLACES, values).fetchall()
    hours = db.execute(HOURS_OF_PLACES, values).fetchall()
    db.executemany(
        "UPDATE customer_days SET revision = ? WHERE day = ? AND place_id = ? AND meter = ?",
        [(next_revision(), *key) for key in days],
    )
    db.executemany(
        "UPDATE customer_hours SET revision = ? WHERE hour = ? AND place_id = ?",
        [(next_revision(), *key) for key in hours],
    )
