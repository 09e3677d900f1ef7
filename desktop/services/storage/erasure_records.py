"""Erasures under way, their steps, legal holds and how far the service's ledger was read.

Every function takes a connection inside a transaction of the vault.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from desktop.domain.calendar import day_number, day_of_number
from desktop.domain.privacy.categories import Category
from desktop.domain.privacy.erasure import (
    Customer,
    ErasedCustomer,
    LegalHold,
    Step,
    StepProgress,
    StepState,
)
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from sqlite3 import Connection


class Plan(msgspec.Struct, frozen=True):
    """What an erasure needs to go on after a restart; customers only until it is done."""

    customers: tuple[ErasedCustomer, ...]
    keep: tuple[str, ...] = ()
    held_records: tuple[str, ...] = ()
    record_kinds: tuple[str, ...] = ()
    """Kinds of data the held records belong to."""
    keeps_blocks: bool = False
    """The owner says that blocks of these customers have to stay."""
    round: int = 1
    """Counts up when a hold is released and the rest goes."""
    addresses: tuple[str, ...] = ()
    """References of addresses, in hexadecimal."""
    emails: tuple[str, ...] = ()
    """The addresses themselves, for processors that know people by them."""
    zone: str = "UTC"


@dataclass(frozen=True, slots=True)
class StoredErasure:
    erasure_id: str
    request_id: str
    """Empty for an erasure that no request of this vault asked for."""
    begun_at: datetime
    plan: Plan
    is_closed: bool
    certificate: str | None


_HOLD: Final = (
    "hold_id, application_id, customer_id, category, record_id, ground, placed_at_us, until_day"
)
_COLUMNS: Final = "erasure_id, request_id, begun_at_us, plan, closed_at_us, certificate"


def begin(db: Connection, erasure: StoredErasure) -> None:
    """Store an erasure with every step still to be done."""
    db.execute(
        "INSERT INTO erasures (erasure_id, request_id, begun_at_us, plan) VALUES (?, ?, ?, ?)",
        (
            erasure.erasure_id,
            erasure.request_id,
            microseconds(erasure.begun_at),
            msgspec.json.encode(erasure.plan).decode(),
        ),
    )
    db.executemany(
        "INSERT INTO erasure_steps VALUES (?, ?, 'waiting', 0, '', '{}')",
        [(erasure.erasure_id, step.value) for step in Step],
    )


def find(db: Connection, erasure_id: str) -> StoredErasure | None:
    row = db.execute(
        f"SELECT {_COLUMNS} FROM erasures WHERE erasure_id = ?",  # noqa: S608 (constants)
        (erasure_id,),
    ).fetchone()
    return None if row is None else _erasure(row)


def of_request(db: Connection, request_id: str) -> StoredErasure | None:
    """The newest erasure of a request."""
    row = db.execute(
        f"SELECT {_COLUMNS} FROM erasures WHERE request_id = ? "  # noqa: S608 (constants)
        "ORDER BY begun_at_us DESC, erasure_id DESC LIMIT 1",
        (request_id,),
    ).fetchone()
    return None if row is None else _erasure(row)


def open_ones(db: Connection) -> tuple[StoredErasure, ...]:
    """Erasures that are not closed, the oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM erasures WHERE closed_at_us IS NULL "  # noqa: S608 (constants)
        "ORDER BY begun_at_us, erasure_id"
    )
    return tuple(_erasure(row) for row in rows.fetchall())


def steps(db: Connection, erasure_id: str) -> tuple[StepProgress, ...]:
    """Every step, in order."""
    rows = db.execute(
        "SELECT step, state, tries, detail FROM erasure_steps WHERE erasure_id = ?", (erasure_id,)
    )
    known = {
        step: StepProgress(Step(step), StepState(state), tries, detail)
        for step, state, tries, detail in rows
    }
    return tuple(known[step.value] for step in Step)


def result(db: Connection, erasure_id: str, step: Step) -> dict[str, Any]:
    """What a step told when it was done."""
    row = db.execute(
        "SELECT result FROM erasure_steps WHERE erasure_id = ? AND step = ?",
        (erasure_id, step.value),
    ).fetchone()
    return {} if row is None else dict(json.loads(row[0]))


def record(  # noqa: PLR0913, PLR0917 (what is recorded of a step)
    db: Connection,
    erasure_id: str,
    step: Step,
    state: StepState,
    detail: str = "",
    result: Any = None,  # noqa: ANN401 (any JSON)
) -> None:
    """Note a try of a step and how it ended."""
    db.execute(
        """
        UPDATE erasure_steps SET state = :state, tries = tries + 1, detail = :detail,
            result = coalesce(:result, result)
        WHERE erasure_id = :id AND step = :step
        """,
        {
            "id": erasure_id,
            "step": step.value,
            "state": state.value,
            "detail": detail,
            "result": None if result is None else msgspec.json.encode(result).decode(),
        },
    )


def certify(db: Connection, erasure_id: str, certificate: str) -> None:
    """Keep the signed certificate."""
    db.execute(
        "UPDATE erasures SET certificate = ? WHERE erasure_id = ?", (certificate, erasure_id)
    )


def close(db: Connection, erasure: StoredErasure, now: datetime) -> None:
    """The erasure is done: nothing in its plan names anybody any more."""
    plan = Plan(
        (),
        erasure.plan.keep,
        keeps_blocks=erasure.plan.keeps_blocks,
        round=erasure.plan.round,
        addresses=erasure.plan.addresses,
        zone=erasure.plan.zone,
    )
    db.execute(
        "UPDATE erasures SET closed_at_us = ?, plan = ? WHERE erasure_id = ?",
        (microseconds(now), msgspec.json.encode(plan).decode(), erasure.erasure_id),
    )


def begin_round(db: Connection, erasure_id: str, plan: Plan) -> None:
    """Something that was held goes now: every step is to be done for it as well."""
    db.execute(
        "UPDATE erasures SET plan = ? WHERE erasure_id = ?",
        (msgspec.json.encode(plan).decode(), erasure_id),
    )
    db.execute(
        "UPDATE erasure_steps SET state = 'waiting', detail = '' WHERE erasure_id = ?",
        (erasure_id,),
    )


def place_hold(db: Connection, hold: LegalHold) -> None:
    db.execute(
        f"INSERT INTO legal_holds ({_HOLD}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 (constants)
        (
            hold.hold_id,
            hold.customer.application_id,
            hold.customer.customer_id,
            hold.category.value,
            hold.record_id,
            hold.ground,
            microseconds(hold.placed_at),
            None if hold.until is None else day_number(hold.until),
        ),
    )


def release_hold(db: Connection, hold_id: str) -> bool:
    """Whether there was such a hold."""
    return db.execute("DELETE FROM legal_holds WHERE hold_id = ?", (hold_id,)).rowcount > 0


def holds(db: Connection, customers: Sequence[Customer] | None = None) -> tuple[LegalHold, ...]:
    """Holds on these customers' data, or every one; by age."""
    rows = db.execute(
        f"SELECT {_HOLD} FROM legal_holds ORDER BY placed_at_us, hold_id"  # noqa: S608 (constants)
    )
    found = map(_hold, rows)
    return tuple(hold for hold in found if customers is None or hold.customer in customers)


def fed(db: Connection, service_id: str) -> int:
    """Sequence up to which a service's ledger was read."""
    row = db.execute(
        "SELECT sequence FROM erasure_feed WHERE service_id = ?", (service_id,)
    ).fetchone()
    return 0 if row is None else int(row[0])


def feed(db: Connection, service_id: str, sequence: int) -> None:
    """The service's ledger was read up to here."""
    db.execute("INSERT OR REPLACE INTO erasure_feed VALUES (1, ?, ?)", (service_id, sequence))


def _hold(row: tuple[Any, ...]) -> LegalHold:
    hold_id, application_id, customer_id, category, record_id, ground, placed_at_us, until = row
    return LegalHold(
        hold_id,
        Customer(application_id, customer_id),
        Category(category),
        ground,
        moment(placed_at_us),
        record_id,
        None if until is None else day_of_number(until),
    )


def _erasure(row: tuple[Any, ...]) -> StoredErasure:
    erasure_id, request_id, begun_at_us, plan, closed_at_us, certificate = row
    return StoredErasure(
        erasure_id,
        request_id,
        moment(begun_at_us),
        msgspec.json.decode(plan, type=Plan),
        closed_at_us is not None,
        certificate,
    )
