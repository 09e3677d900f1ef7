"""The deletion of the owner's account in the vault: how far it is, and what it leaves of the rest.

Every function takes a connection inside a transaction of the vault.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.privacy.account_deletion import DeletionStep, DeletionStepLine
from desktop.domain.privacy.erasure import StepState
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime
    from sqlite3 import Connection

KEPT: Final = frozenset(
    {
        "account_books",
        "account_deletion",
        "account_deletion_steps",
        "applied_erasures",
        "applied_migrations",
        "day_definition",
        "erasures",
        "month_definition",
        "privacy_audit",
        "signing_key",
        "sync_state",
        "vault",
        "vault_audit",
    }
)
"""Tables that outlive the account, or tell the database what it is; none names anybody."""
BLANK: Final = (
    "UPDATE sync_state SET epoch = 0, last_success_us = NULL, replaces_all = 0",
    "INSERT INTO network_options VALUES (1, 'system', '', NULL, '', '', '', '')",
    "INSERT INTO account_profile VALUES (1, '', '', '', NULL)",
)
"""What a new vault holds, and the program counts on."""
_COLUMNS: Final = (
    "deletion_id, asked_at_us, day, zone, begun_at_us, without_service, finished_at_us, "
    "books_until, certificate"
)


@dataclass(frozen=True, slots=True)
class StoredDeletion:
    deletion_id: str
    asked_at: datetime
    day: date
    zone: str
    begun_at: datetime | None
    is_without_service: bool
    """The owner says that the service is gone for good."""
    finished_at: datetime | None
    books_until: date | None
    certificate: str | None


@dataclass(frozen=True, slots=True)
class BookEntry:
    """One record of the books. `party` is a random id; money and quantities are never floats."""

    kind: str
    day: str
    application: str
    party: str
    reference: str
    status: str
    currency: str
    amount_minor: int | None
    quantity_micro: int | None
    detail: dict[str, Any]


def find(db: Connection) -> StoredDeletion | None:
    row = db.execute(f"SELECT {_COLUMNS} FROM account_deletion").fetchone()  # noqa: S608 (constants)
    if row is None:
        return None
    deletion_id, asked, day, zone, begun, without, finished, until, certificate = row
    return StoredDeletion(
        deletion_id,
        moment(asked),
        date.fromisoformat(day),
        zone,
        None if begun is None else moment(begun),
        bool(without),
        None if finished is None else moment(finished),
        date.fromisoformat(until) if until else None,
        certificate,
    )


def ask(db: Connection, deletion_id: str, asked_at: datetime, day: date, zone: str) -> None:
    """Store a deletion that is to begin on a day."""
    db.execute(
        "INSERT INTO account_deletion (one, deletion_id, asked_at_us, day, zone) "
        "VALUES (1, ?, ?, ?, ?)",
        (deletion_id, microseconds(asked_at), day.isoformat(), zone),
    )
    db.executemany(
        "INSERT INTO account_deletion_steps VALUES (?, 'waiting', '', '{}')",
        [(step.value,) for step in DeletionStep],
    )


def move(db: Connection, day: date) -> None:
    """Let it begin on another day."""
    db.execute("UPDATE account_deletion SET day = ?", (day.isoformat(),))


def withdraw(db: Connection) -> None:
    """Forget a deletion that has not begun."""
    for table in ("account_deletion", "account_deletion_steps", "account_books"):
        db.execute(f"DELETE FROM {table}")  # noqa: S608 (the names above)


def begin(db: Connection, at: datetime) -> None:
    db.execute("UPDATE account_deletion SET begun_at_us = ?", (microseconds(at),))


def go_without_service(db: Connection) -> None:
    """The service is not waited for any more."""
    db.execute("UPDATE account_deletion SET without_service = 1")


def finish(db: Connection, at: datetime, certificate: str, books_until: date) -> None:
    """Keep the certificate; what made it, and the key that signed it, have done their work."""
    db.execute(
        "UPDATE account_deletion SET finished_at_us = ?, certificate = ?, books_until = ?",
        (microseconds(at), certificate, books_until.isoformat()),
    )
    db.execute("DELETE FROM signing_key")
    db.execute("UPDATE account_deletion_steps SET state = 'done', detail = '', result = '{}'")


def record(
    db: Connection,
    step: DeletionStep,
    state: StepState,
    detail: str = "",
    result: dict[str, Any] | None = None,
) -> None:
    """Note how a step ended; what it told is kept."""
    db.execute(
        "UPDATE account_deletion_steps SET state = ?, detail = ?, "
        "result = coalesce(?, result) WHERE step = ?",
        (state.value, detail, None if result is None else json.dumps(result), step.value),
    )


def steps(db: Connection) -> tuple[DeletionStepLine, ...]:
    """Every step, in order."""
    rows = db.execute("SELECT step, state, detail FROM account_deletion_steps")
    known = {step: (state, detail) for step, state, detail in rows}
    return tuple(
        DeletionStepLine(step, StepState(known[step][0]), known[step][1])
        for step in DeletionStep
        if step in known
    )


def results(db: Connection) -> dict[DeletionStep, dict[str, Any]]:
    """What each step told when it was done."""
    rows = db.execute("SELECT step, result FROM account_deletion_steps")
    return {DeletionStep(step): json.loads(result) for step, result in rows}


def add_books(db: Connection, entries: Iterable[BookEntry]) -> None:
    """Write records after those that are there; they are taken one by one."""
    db.executemany(
        """
        INSERT INTO account_books (kind, day, application, party, reference, status, currency,
            amount_minor, quantity_micro, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        (
            (
                one.kind, one.day, one.application, one.party, one.reference, one.status,
                one.currency, one.amount_minor, one.quantity_micro,
                json.dumps(one.detail, sort_keys=True),
            )
            for one in entries
        ),
    )  # fmt: skip


def books_by_kind(db: Connection) -> dict[str, int]:
    """How many records of each kind there are."""
    rows = db.execute("SELECT kind, count(*) FROM account_books GROUP BY kind ORDER BY kind")
    return dict(rows.fetchall())


def books(db: Connection) -> Iterator[BookEntry]:
    """Every record, in the order in which they were written, one by one."""
    rows = db.execute(
        "SELECT kind, day, application, party, reference, status, currency, amount_minor, "
        "quantity_micro, detail FROM account_books ORDER BY position"
    )
    return map(_entry, rows)


def _entry(row: tuple[Any, ...]) -> BookEntry:
    kind, day, application, party, reference, status, currency, minor, micro, detail = row
    figures = json.loads(detail)
    return BookEntry(
        kind, day, application, party, reference, status, currency, minor, micro, figures
    )


def book_count(db: Connection) -> int:
    (number,) = db.execute("SELECT count(*) FROM account_books").fetchone()
    return int(number)


def forget_books(db: Connection) -> None:
    """Drop the books: their time is over, or they are written anew."""
    db.execute("DELETE FROM account_books")


def note_deleted_elsewhere(db: Connection, at: datetime) -> None:
    """Another desktop had the account of the connected service deleted."""
    db.execute(
        "INSERT OR REPLACE INTO account_deleted_elsewhere (one, noticed_at_us, service_id) "
        "SELECT 1, ?, service_id FROM connection",
        (microseconds(at),),
    )


def deleted_elsewhere(db: Connection) -> datetime | None:
    """When it was noticed that the account of the connected service had been deleted."""
    row = db.execute(
        "SELECT noticed_at_us FROM account_deleted_elsewhere JOIN connection USING (service_id)"
    ).fetchone()
    return None if row is None else moment(row[0])


def row_counts(db: Connection) -> dict[str, int]:
    """How many rows each table holds that does not outlive the account; none where none."""
    counts = {
        name: int(db.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0])  # noqa: S608 (of the schema)
        for name in _mortal(db)
    }
    return {name: rows for name, rows in counts.items() if rows}


def empty(db: Connection) -> dict[str, int]:
    """Take everything out but what outlives the account; how many rows went, by table.

    Triggers keep sums in step with rows: here both go, so they are set aside meanwhile. Of the
    kept tables what belongs to an erasure that never ended goes too: its plan names people.
    """
    triggers = db.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    db.execute("PRAGMA defer_foreign_keys = ON")
    for name, _ in triggers:
        db.execute(f'DROP TRIGGER "{name}"')
    counts = row_counts(db)
    for name in _mortal(db):
        db.execute(f'DELETE FROM "{name}"')  # noqa: S608 (of the schema)
    db.execute("DELETE FROM erasures WHERE closed_at_us IS NULL")
    for statement in BLANK:
        db.execute(statement)
    for _, statement in triggers:
        db.execute(statement)
    return counts


def _mortal(db: Connection) -> list[str]:
    rows = db.execute(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' "
        "ORDER BY name"
    )
    return [name for (name,) in rows if name not in KEPT]
