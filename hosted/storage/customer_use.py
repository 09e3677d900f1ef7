"""SQL of what one customer has used."""

from sqlite3 import Connection
from typing import Final

from hosted.storage.usage_records import Usage

OF_CUSTOMER: Final = """
SELECT coalesce(sum(d.events), 0), coalesce(sum(d.quantity), 0), count(p.place_id)
FROM application_numbers AS a
JOIN places AS p ON p.application_no = a.application_no AND p.customer_id = :customer_id
LEFT JOIN customer_days AS d ON d.place_id = p.place_id AND d.day >= :since_day
WHERE a.application_id = :application_id
"""


def of_customer(
    db: Connection, application_id: str, customer_id: str, since_day: int
) -> Usage | None:
    """Use of a customer since a local date; None when it was never seen."""
    values = {
        "application_id": application_id,
        "customer_id": customer_id,
        "since_day": since_day,
    }
    calls, units_micro, places = db.execute(OF_CUSTOMER, values).fetchone()
    return Usage(calls, units_micro) if places else None
