"""What the vault holds about some customers, as rows.

Usage is found day by day and hour by hour through the primary keys: a seek each, where a search by
customer would read every row of the vault.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from sqlite3 import Connection

_DAYS: Final = """
    WITH wanted(customer_id) AS (SELECT value FROM json_each(:customers)),
    slots(day) AS (
        SELECT :first UNION ALL SELECT day + 1 FROM slots WHERE day < :last)
    SELECT d.application_id, date(d.day * 86400, 'unixepoch'), d.customer_id, d.endpoint_id,
        d.meter, d.quantity, d.events, d.peak
    FROM slots CROSS JOIN wanted CROSS JOIN customer_days d
        ON d.application_id = :app AND d.day = slots.day AND d.customer_id = wanted.customer_id
    ORDER BY d.day, d.customer_id, d.endpoint_id, d.meter
"""
_HOURS: Final = """
    WITH wanted(customer_id) AS (SELECT value FROM json_each(:customers)),
    slots(hour) AS (
        SELECT :first UNION ALL SELECT hour + 900 FROM slots WHERE hour + 900 <= :last)
    SELECT h.application_id, strftime('%Y-%m-%dT%H:%M:%SZ', h.hour, 'unixepoch'), h.customer_id,
        h.endpoint_id, h.requests, h.units
    FROM slots CROSS JOIN wanted CROSS JOIN customer_hours h
        ON h.application_id = :app AND h.hour = slots.hour AND h.customer_id = wanted.customer_id
    ORDER BY h.hour, h.customer_id, h.endpoint_id
"""
"""Hours begin on a quarter of an hour in every time zone there is."""
_SPAN_OF_DAYS: Final = """
    SELECT (SELECT min(day) FROM customer_days WHERE application_id = :app),
        (SELECT max(day) FROM customer_days WHERE application_id = :app)
"""
_SPAN_OF_HOURS: Final = """
    SELECT (SELECT min(hour) FROM customer_hours WHERE application_id = :app),
        (SELECT max(hour) FROM customer_hours WHERE application_id = :app)
"""
"""Each a seek; a statement that asks for both at once reads every row between them."""
_DAYS_AT_ONCE: Final = 400
_HOURS_AT_ONCE: Final = 14 * 86_400
"""Seconds. What is read at once is sorted in memory."""
_CALLS: Final = """
    SELECT strftime('%Y-%m-%dT%H:%M:%S', at_us / 1000000, 'unixepoch')
            || CASE WHEN at_us % 1000000 THEN printf('.%06d', at_us % 1000000) ELSE '' END
            || '+00:00',
        body ->> 'method', body ->> 'url', body
    FROM kept_traces WHERE application_id = ? AND body ->> 'customer_id' = ?
    ORDER BY at_us, trace_id
"""


@dataclass(frozen=True, slots=True)
class CustomerName:
    application_id: str
    customer_id: str
    name: str


def _subjects(customers: Sequence[tuple[str, str]]) -> dict[str, str]:
    """`customers` are pairs of application and customer id."""
    return {"subjects": json.dumps(customers)}


def named_customers(db: Connection) -> Iterator[CustomerName]:
    """Customers the owner or the service has a row for, in order of their ids."""
    rows = db.execute(
        """
        SELECT application_id, entity_id, body ->> 'name' FROM configuration
        WHERE entity = 'customer' ORDER BY application_id, entity_id
        """
    )
    for row in rows:
        yield CustomerName(*row)


def sealed_identities(db: Connection) -> Iterator[tuple[str, str, str]]:
    """Application, customer and sealed text of every identity the service sent."""
    yield from db.execute(
        """
        SELECT application_id, entity_id, body ->> 'sealed' FROM configuration
        WHERE entity = 'identity' ORDER BY application_id, entity_id
        """
    )


def has_usage(db: Connection, application_id: str, customer_id: str) -> bool:
    """Whether a customer without a row of their own called."""
    return any(True for _ in usage_days(db, [(application_id, customer_id)]))


def application_ids(db: Connection) -> tuple[str, ...]:
    rows = db.execute("SELECT application_id FROM applications ORDER BY application_id")
    return tuple(application_id for (application_id,) in rows)


def usage_days(db: Connection, customers: Sequence[tuple[str, str]]) -> Iterator[tuple[Any, ...]]:
    """Application, day, customer, endpoint, meter, millionths, events, peak in millionths."""
    return _by_spans(db, customers, (_SPAN_OF_DAYS, _DAYS), _DAYS_AT_ONCE)


def usage_hours(db: Connection, customers: Sequence[tuple[str, str]]) -> Iterator[tuple[Any, ...]]:
    """Application, hour, customer, endpoint, requests, units in millionths."""
    return _by_spans(db, customers, (_SPAN_OF_HOURS, _HOURS), _HOURS_AT_ONCE)


def _by_spans(
    db: Connection,
    customers: Sequence[tuple[str, str]],
    statements: tuple[str, str],
    length: int,
) -> Iterator[tuple[Any, ...]]:
    """Rows by application and time, a span of this length after the other."""
    span, rows = statements
    for app in sorted({application_id for application_id, _ in customers}):
        theirs = json.dumps([one for application_id, one in customers if application_id == app])
        first, last = db.execute(span, {"app": app}).fetchone()
        for start in range(first, last + 1, length) if first is not None else ():
            end = min(start + length - 1, last)
            some = {"app": app, "customers": theirs, "first": start, "last": end}
            yield from db.execute(rows, some)


def configuration(
    db: Connection, entity: str, customers: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, str]]:
    """Application, id and body of the rows of an entity that name one of the customers."""
    yield from db.execute(
        """
        SELECT c.application_id, c.entity_id, c.body FROM configuration c
        JOIN json_each(:subjects) s ON s.value ->> 0 = c.application_id
            AND s.value ->> 1 = coalesce(c.body ->> 'customer_id', c.entity_id)
        WHERE c.entity = :entity ORDER BY c.application_id, c.entity_id
        """,
        {**_subjects(customers), "entity": entity},
    )


def kept_calls(
    db: Connection, customers: Sequence[tuple[str, str]]
) -> Iterator[tuple[str, str, str, str]]:
    """Time, method, route and body of each call that is kept; a customer's oldest first."""
    # One statement a customer: the index has their order, so that nothing is sorted in memory.
    return chain.from_iterable(db.execute(_CALLS, customer) for customer in customers)
