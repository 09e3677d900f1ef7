"""Rows whose time is over: counted, and removed. Functions take a transaction of the vault.

`held` is a JSON list of customers whose rows a legal hold keeps, each a JSON text of the pair of
application and customer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Final

from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.retention import Kept
from desktop.services.storage import page_sums
from desktop.services.storage.timestamps import EPOCH, microseconds
from desktop.services.storage.touched import Touched

if TYPE_CHECKING:
    from datetime import date
    from sqlite3 import Connection

AT_ONCE: Final = 5_000
"""Rows that one transaction removes, so that nobody waits long for the vault."""


@dataclass(frozen=True, slots=True)
class _Statements:
    """`old` is the condition of being due; `owner` the pair a hold names, empty for none."""

    table: str
    key: str
    old: str
    owner: str = ""


_BODY: Final = "json_array(application_id, body ->> 'customer_id')"
_PAIR: Final = "json_array(application_id, customer_id)"
STATEMENTS: Final = {
    Kept.CALLS: _Statements("kept_traces", "trace_id", "at_us < :us", _BODY),
    Kept.ANSWERS: _Statements("kept_answers", "topic", "asked_at_us < :us"),
    Kept.USAGE_HOURS: _Statements(
        "customer_hours", "application_id, hour, customer_id, endpoint_id", "hour < :hour", _PAIR
    ),
    Kept.USAGE_DAYS: _Statements(
        "customer_days", "application_id, day, customer_id, endpoint_id, meter", "day < :day", _PAIR
    ),
    Kept.EDITS: _Statements("edit_history", "entry_id", "answered_at_us < :us"),
}


def held_customers(db: Connection) -> list[tuple[Category, str, str]]:
    """Category, application and customer of every legal hold.

    A hold on one record keeps all of its kind of that customer: what else the record needs to be
    understood is not lost with it.
    """
    rows = db.execute("SELECT category, application_id, customer_id FROM legal_holds")
    return [(Category(category), app, customer) for category, app, customer in rows]


def counts(db: Connection, kept: Kept, cut: date, held: str) -> tuple[int, int]:
    """How many rows are due, and how many would be but for a hold."""
    statements = STATEMENTS[kept]
    is_held = _is_held(statements)
    row = db.execute(
        f"SELECT count(*) FILTER (WHERE NOT {is_held}), count(*) FILTER (WHERE {is_held}) "  # noqa: S608 (constants)
        f"FROM {statements.table} WHERE {statements.old}",
        _values(cut, held),
    ).fetchone()
    return int(row[0]), int(row[1])


def remove_some(db: Connection, kept: Kept, cut: date, held: str) -> int:
    """Remove rows that are due, `AT_ONCE` at most; how many there were."""
    statements = STATEMENTS[kept]
    some = (
        f"SELECT {statements.key} FROM {statements.table} "  # noqa: S608 (constants)
        f"WHERE {statements.old} AND NOT {_is_held(statements)} LIMIT {AT_ONCE}"
    )
    keys = db.execute(some, _values(cut, held)).fetchall()
    names = statements.key.split(", ")
    where = " AND ".join(f"{name} = ?" for name in names)
    db.executemany(f"DELETE FROM {statements.table} WHERE {where}", keys)  # noqa: S608 (constants)
    if kept is Kept.USAGE_DAYS:
        page_sums.keep(
            db, Touched(set(), {(app, day, customer) for app, day, customer, *_ in keys})
        )
    return len(keys)


def remove_request(db: Connection, request_id: str) -> None:
    """Remove a privacy request with everything that happened to it."""
    values = {"id": request_id}
    db.execute("DELETE FROM privacy_events WHERE request_id = :id", values)
    db.execute("DELETE FROM privacy_requests WHERE request_id = :id", values)


def _is_held(statements: _Statements) -> str:
    if not statements.owner:
        return "0"
    return f"({statements.owner} IN (SELECT value FROM json_each(:held)))"  # noqa: S608 (constants)


def _values(cut: date, held: str) -> dict[str, int | str]:
    begins = datetime.combine(cut, time(), UTC)
    days = (begins - EPOCH).days
    return {"us": microseconds(begins), "day": days, "hour": days * 86_400, "held": held}
