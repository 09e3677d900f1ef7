"""SQL that takes a customer out of the data: figures get another id, contents go."""

from collections.abc import Callable, Collection
from sqlite3 import Connection
from typing import Any, Final

import msgspec

from hosted.metering.events import EventState
from hosted.storage import frozen
from hosted.storage.events import STATE_NUMBERS
from hosted.storage.usage_records import BlankedCalls, ErasedCustomer

STRETCH: Final = 20_000
"""Events that one transaction looks through."""

CUSTOMERS: Final = """
SELECT p.customer_id FROM places AS p
JOIN application_numbers AS a ON a.application_no = p.application_no
WHERE a.application_id = :application_id
UNION
SELECT coalesce(body ->> 'customer_id', entity_id) FROM configuration
WHERE application_id = :application_id AND (body ->> 'customer_id' IS NOT NULL
      OR entity IN ('customer', 'identity'))
UNION SELECT customer_id FROM blocked_callers WHERE application_id = :application_id
UNION SELECT customer_id FROM corrections WHERE application_id = :application_id
"""

PLACES: Final = """
SELECT p.place_id FROM places AS p
JOIN application_numbers AS a ON a.application_no = p.application_no
WHERE a.application_id = :application_id AND p.customer_id = :customer_id
"""

EVENTS: Final = """
SELECT event_id, application_no, detail ->> 'request_id' FROM events
WHERE event_id > :after AND event_id <= :until
  AND place_id IN (SELECT value FROM json_each(:places)) AND detail <> '{}'
"""

COUNTS: Final = {
    "calls": "SELECT count(*) FROM events WHERE place_id IN (SELECT value FROM json_each(:places))",
    "usage by day": "SELECT count(*) FROM customer_days "
    "WHERE place_id IN (SELECT value FROM json_each(:places))",
    "corrections": "SELECT count(*) FROM corrections "
    "WHERE application_id = :application_id AND customer_id = :customer_id",
    "name": "SELECT count(*) FROM configuration WHERE entity = 'customer' "
    "AND entity_id = :customer_id AND body ->> 'name' <> ''",
    "sealed identity": "SELECT count(*) FROM configuration WHERE entity = 'identity' "
    "AND entity_id = :customer_id AND body IS NOT NULL",
    "own limits": "SELECT count(*) FROM configuration WHERE entity = 'limit_override' "
    "AND application_id = :application_id AND body ->> 'customer_id' = :customer_id",
    "plans": "SELECT count(*) FROM configuration WHERE entity = 'customer_plan' "
    "AND application_id = :application_id AND body ->> 'customer_id' = :customer_id",
    "blocks": "SELECT count(*) FROM configuration WHERE entity = 'block' "
    "AND application_id = :application_id AND body ->> 'customer_id' = :customer_id",
    "freezes": "SELECT count(*) FROM configuration WHERE entity = 'freeze' "
    "AND application_id = :application_id AND body ->> 'customer_id' = :customer_id",
    "blocked identity": "SELECT count(*) FROM blocked_callers "
    "WHERE application_id = :application_id AND customer_id = :customer_id",
}
"""What is held of one customer, in words of the certificate."""

_json = msgspec.json.Encoder()
_BLANK: Final = "{}"


def customers(db: Connection, application_id: str) -> list[str]:
    """Every customer an application's data name."""
    rows = db.execute(CUSTOMERS, {"application_id": application_id})
    return [customer_id for (customer_id,) in rows]


def counts(db: Connection, application_id: str, customer_id: str) -> dict[str, int]:
    """How many rows of each kind are about a customer."""
    values = {
        "application_id": application_id,
        "customer_id": customer_id,
        "places": _places(db, application_id, customer_id),
    }
    return {what: db.execute(sql, values).fetchone()[0] for what, sql in COUNTS.items()}


def rekey(db: Connection, erased: ErasedCustomer, next_revision: Callable[[], int]) -> None:
    """Let the figures of a customer stay under another id, and tell followers of each row."""
    places = _places(db, erased.application_id, erased.customer_id)
    both = {"old": erased.customer_id, "new": erased.replacement}
    application = {**both, "application_id": erased.application_id}
    db.execute(
        "UPDATE places SET customer_id = :new WHERE customer_id = :old AND application_no = "
        "(SELECT application_no FROM application_numbers WHERE application_id = :application_id)",
        application,
    )
    db.execute(
        "UPDATE named_customers SET customer_id = :new WHERE customer_id = :old AND application_no "
        "= (SELECT application_no FROM application_numbers WHERE application_id = :application_id)",
        application,
    )
    db.execute(
        "UPDATE corrections SET customer_id = :new "
        "WHERE customer_id = :old AND application_id = :application_id",
        application,
    )
    # What was reported to a payment provider must not be reported once more under the new id.
    db.execute(
        "UPDATE billing_claims SET customer_id = :new "
        "WHERE customer_id = :old AND application_id = :application_id",
        application,
    )
    for table in ("limit_slices", "limit_levels"):
        db.execute(f"DELETE FROM {table} WHERE key = :old", both)  # noqa: S608 - one of two constants
    frozen.send_again(db, erased.application_id, places, next_revision)


def send_again(
    db: Connection, application_id: str, customer_id: str, next_revision: Callable[[], int]
) -> None:
    """Tell followers anew of every row of a customer."""
    places = _places(db, application_id, customer_id)
    frozen.send_again(db, application_id, places, next_revision)


def merged_into(db: Connection, application_id: str, customer_id: str) -> list[str]:
    """Customers that the owner says are this one."""
    rows = db.execute(
        "SELECT entity_id FROM configuration WHERE entity = 'customer' "
        "AND application_id = :application_id AND body ->> '$.merged.into' = :customer_id",
        {"application_id": application_id, "customer_id": customer_id},
    )
    return [entity_id for (entity_id,) in rows]


def forget_answers(db: Connection, customer_id: str) -> None:
    """Forget kept answers that quote a row of the customer.

    They are answers to edits that met a conflict, and would be given alike once more.
    """
    db.execute("DELETE FROM answers WHERE instr(result, :id)", {"id": customer_id})


def forget_reasons(db: Connection, application_id: str, customer_id: str) -> None:
    """Take the words of the owner out of a customer's corrections; the units stay."""
    db.execute(
        "UPDATE corrections SET reason = '' "
        "WHERE application_id = :application_id AND customer_id = :customer_id",
        {"application_id": application_id, "customer_id": customer_id},
    )


def blank_calls(
    db: Connection, application_id: str, customer_ids: Collection[str], after: int
) -> BlankedCalls:
    """Take the contents out of a stretch of a customer's single calls, and what was told of them.

    The bare call stays until its time is over, so that a message that comes again counts once.
    """
    places = _encoded(
        place
        for customer_id in customer_ids
        for place in msgspec.json.decode(_places(db, application_id, customer_id))
    )
    (newest,) = db.execute("SELECT coalesce(max(event_id), 0) FROM events").fetchone()
    first = db.execute("SELECT min(event_id) FROM events WHERE event_id > ?", (after,)).fetchone()
    until = max(after, (first[0] or 0) - 1) + STRETCH
    values = {"after": after, "until": until, "places": places}
    found = db.execute(EVENTS, values).fetchall()
    db.executemany(
        "UPDATE events SET detail = ? WHERE event_id = ?",
        [(_BLANK, event_id) for event_id, _, _ in found],
    )
    db.executemany(
        "DELETE FROM call_reports WHERE application_no = ? AND request = unhex(?)",
        [(app, request.replace("-", "")) for _, app, request in found if request],
    )
    return BlankedCalls(len(found), until if until < newest else None)


def newest_call(db: Connection, application_id: str, customer_ids: Collection[str]) -> int | None:
    """When the last stored call of a customer was opened, in microseconds."""
    found = [
        db.execute(
            "SELECT max(opened_us) FROM events "
            "WHERE place_id IN (SELECT value FROM json_each(:places)) AND state <> :parked",
            {
                "places": _places(db, application_id, customer_id),
                "parked": STATE_NUMBERS[EventState.PARKED],
            },
        ).fetchone()[0]
        for customer_id in customer_ids
    ]
    return max((at_us for at_us in found if at_us is not None), default=None)


def begin(db: Connection, erasure_id: str, outcome: str) -> None:
    """Remember what an erasure is going to do; it may be cut off and taken up."""
    db.execute(
        "INSERT OR REPLACE INTO begun_erasures (erasure_id, outcome) VALUES (?, ?)",
        (erasure_id, outcome),
    )


def begun(db: Connection, erasure_id: str) -> str | None:
    """What an erasure that is under way was going to do."""
    row = db.execute(
        "SELECT outcome FROM begun_erasures WHERE erasure_id = ?", (erasure_id,)
    ).fetchone()
    return None if row is None else str(row[0])


def mark(db: Connection, erasure_id: str, at_us: int, outcome: str) -> None:
    """Remember, with this commit, that the data are free of an erasure's customers."""
    db.execute("DELETE FROM begun_erasures WHERE erasure_id = ?", (erasure_id,))
    db.execute(
        "INSERT OR REPLACE INTO applied_erasures (erasure_id, at_us, outcome) VALUES (?, ?, ?)",
        (erasure_id, at_us, outcome),
    )


def applied(db: Connection) -> dict[str, str]:
    """Outcome of each erasure that was carried out on these data, by its id."""
    return dict(db.execute("SELECT erasure_id, outcome FROM applied_erasures").fetchall())


def row_counts(db: Connection) -> dict[str, int]:
    """How many rows each table holds, but for those that hold none."""
    tables = db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    ).fetchall()
    counts = {
        name: int(db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 (of the schema)
        for (name,) in tables
    }
    return {name: rows for name, rows in counts.items() if rows}


def _places(db: Connection, application_id: str, customer_id: str) -> str:
    values = {"application_id": application_id, "customer_id": customer_id}
    return _encoded(place for (place,) in db.execute(PLACES, values))


def _encoded(values: Any) -> str:  # noqa: ANN401 - any iterable of numbers
    return _json.encode(list(values)).decode()
