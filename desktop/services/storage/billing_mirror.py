"""What the payment provider has, in the vault: objects, and how far each kind was read."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from contract.card_numbers import masked
from desktop.domain.billing.mirror import KindState, MirroredObject, ObjectKind
from desktop.domain.money import Money, minor_digits
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from collections.abc import Iterable
    from sqlite3 import Connection

    from desktop.domain.billing.mirror import MirrorQuestion
    from desktop.domain.billing.providers import Account

EVENTS: Final = "events"
"""Stands among the kinds for the provider's events."""
ROW: Final = (
    "kind, object_id, name, status, parent_id, customer_id, amount_minor, currency, created_at_us"
)
WANTED: Final = """
provider = :provider AND mode = :mode AND kind = :kind
  AND (:status = '' OR status = :status) AND (:customer_id = '' OR customer_id = :customer_id)
  AND (:search = '' OR instr(lower(object_id || ' ' || name || ' ' || customer_id || ' '
      || parent_id || ' ' || status), :search) > 0)
"""
PUT: Final = """
INSERT INTO billing_objects (provider, mode, kind, object_id, name, status, parent_id, customer_id,
    amount_minor, currency, created_at_us, body, round)
VALUES (:provider, :mode, :kind, :object_id, :name, :status, :parent_id, :customer_id, :minor,
    :currency, :created_at_us, :body, :round)
ON CONFLICT DO UPDATE SET name = excluded.name, status = excluded.status,
    parent_id = excluded.parent_id, customer_id = excluded.customer_id,
    amount_minor = excluded.amount_minor, currency = excluded.currency,
    created_at_us = excluded.created_at_us, body = excluded.body, round = excluded.round
"""
PUT_READ: Final = """
INSERT INTO billing_reads (provider, mode, kind, cursor, round, is_partial, as_of_us)
VALUES (:provider, :mode, :kind, :cursor, :round, :is_partial, :as_of_us)
ON CONFLICT DO UPDATE SET cursor = excluded.cursor, round = excluded.round,
    is_partial = excluded.is_partial, as_of_us = excluded.as_of_us
"""


@dataclass(frozen=True, slots=True)
class Reading:
    """How far a kind, or the events, was read."""

    cursor: str = ""
    round: int = 0
    is_partial: bool = False
    as_of_us: int | None = None


def put(
    db: Connection, account: Account, objects: Iterable[MirroredObject], round_number: int
) -> None:
    """Store objects as they are now; the reading of that number has seen them."""
    db.executemany(
        PUT,
        [
            {
                **_side(account),
                "kind": one.kind.value,
                "object_id": one.object_id,
                "name": masked(one.name),
                "status": one.status,
                "parent_id": one.parent_id,
                "customer_id": one.customer_id,
                "minor": None if one.amount is None else one.amount.amount_minor,
                "currency": None if one.amount is None else _currency(one.amount),
                "created_at_us": microseconds(one.created_at),
                "body": json.dumps(_without_cards(one.body), separators=(",", ":")),
                "round": round_number,
            }
            for one in objects
        ],
    )


def remove(db: Connection, account: Account, kind: ObjectKind, object_id: str) -> None:
    db.execute(
        """
        DELETE FROM billing_objects WHERE provider = :provider AND mode = :mode AND kind = :kind
            AND object_id = :object_id
        """,
        {**_side(account), "kind": kind.value, "object_id": object_id},
    )


def remove_unseen(db: Connection, account: Account, kind: ObjectKind, round_number: int) -> None:
    """Drop what a whole reading did not see: the provider no longer has it."""
    db.execute(
        """
        DELETE FROM billing_objects WHERE provider = :provider AND mode = :mode AND kind = :kind
            AND round < :round
        """,
        {**_side(account), "kind": kind.value, "round": round_number},
    )


def forget(db: Connection, account: Account) -> None:
    """Drop the whole mirror of an account."""
    for table in ("billing_objects", "billing_reads"):
        db.execute(
            f"DELETE FROM {table} WHERE provider = :provider AND mode = :mode",  # noqa: S608 (two names above)
            _side(account),
        )


def reading(db: Connection, account: Account, kind: str) -> Reading:
    row = db.execute(
        """
        SELECT cursor, round, is_partial, as_of_us FROM billing_reads
        WHERE provider = :provider AND mode = :mode AND kind = :kind
        """,
        {**_side(account), "kind": kind},
    ).fetchone()
    return Reading() if row is None else Reading(row[0], row[1], bool(row[2]), row[3])


def put_reading(db: Connection, account: Account, kind: str, known: Reading) -> None:
    db.execute(
        PUT_READ,
        {
            **_side(account),
            "kind": kind,
            "cursor": known.cursor,
            "round": known.round,
            "is_partial": known.is_partial,
            "as_of_us": known.as_of_us,
        },
    )


def freshen(db: Connection, account: Account, as_of_us: int) -> None:
    """Every list that was complete is complete as of now: the events were followed to the end."""
    db.execute(
        """
        UPDATE billing_reads SET as_of_us = :as_of_us
        WHERE provider = :provider AND mode = :mode AND as_of_us IS NOT NULL AND is_partial = 0
        """,
        {**_side(account), "as_of_us": as_of_us},
    )


def states(db: Connection, account: Account) -> tuple[KindState, ...]:
    """How far each kind was read that was read at all."""
    rows = db.execute(
        """
        SELECT r.kind, r.as_of_us, r.is_partial,
            (SELECT count(*) FROM billing_objects AS o WHERE o.provider = r.provider
                AND o.mode = r.mode AND o.kind = r.kind)
        FROM billing_reads AS r
        WHERE r.provider = :provider AND r.mode = :mode AND r.kind <> 'events'
        """,
        _side(account),
    )
    return tuple(
        KindState(
            ObjectKind(kind),
            objects,
            None if as_of_us is None else moment(as_of_us),
            bool(is_partial),
        )
        for kind, as_of_us, is_partial, objects in rows
    )


def page(db: Connection, question: MirrorQuestion) -> tuple[tuple[MirroredObject, ...], int]:
    """Rows of a list without their bodies, the newest first, and how many there are."""
    values = {
        **_side(question.account),
        "kind": question.kind.value,
        "status": question.status,
        "customer_id": question.customer_id,
        "search": question.search.strip().lower(),
        "limit": question.limit,
        "offset": question.offset,
    }
    (total,) = db.execute(f"SELECT count(*) FROM billing_objects WHERE {WANTED}", values).fetchone()  # noqa: S608 (a constant)
    rows = db.execute(
        f"SELECT {ROW}, '{{}}' FROM billing_objects WHERE {WANTED} "  # noqa: S608 (constants)
        "ORDER BY created_at_us DESC, object_id LIMIT :limit OFFSET :offset",
        values,
    )
    return tuple(_object(row) for row in rows), int(total)


def statuses(db: Connection, account: Account, kind: ObjectKind) -> tuple[str, ...]:
    rows = db.execute(
        """
        SELECT DISTINCT status FROM billing_objects
        WHERE provider = :provider AND mode = :mode AND kind = :kind AND status <> ''
        ORDER BY status
        """,
        {**_side(account), "kind": kind.value},
    )
    return tuple(status for (status,) in rows)


def find(
    db: Connection, account: Account, kind: ObjectKind, object_id: str
) -> MirroredObject | None:
    row = db.execute(
        f"SELECT {ROW}, body FROM billing_objects WHERE provider = :provider AND mode = :mode "  # noqa: S608 (a constant)
        "AND kind = :kind AND object_id = :object_id",
        {**_side(account), "kind": kind.value, "object_id": object_id},
    ).fetchone()
    return None if row is None else _object(row)


def every(db: Connection, account: Account, kind: ObjectKind) -> tuple[MirroredObject, ...]:
    """All of a kind with their bodies, the newest first."""
    rows = db.execute(
        f"SELECT {ROW}, body FROM billing_objects WHERE provider = :provider AND mode = :mode "  # noqa: S608 (a constant)
        "AND kind = :kind ORDER BY created_at_us DESC, object_id",
        {**_side(account), "kind": kind.value},
    )
    return tuple(_object(row) for row in rows)


def _without_cards(value: object) -> object:
    """A body as it may be kept: somebody may have written a card number into a description."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {name: _without_cards(one) for name, one in value.items()}
    return [_without_cards(one) for one in value] if isinstance(value, list) else value


def _side(account: Account) -> dict[str, str]:
    return {"provider": account.provider.value, "mode": account.mode.value}


def _currency(amount: Money) -> str:
    """The code, with its digits where they are not those of ISO 4217: `ISK:2`."""
    own = amount.own_digits
    return amount.currency if own is None else f"{amount.currency}:{own}"


def _object(row: tuple[Any, ...]) -> MirroredObject:
    kind, object_id, name, status, parent_id, customer_id, minor, currency, created_us, body = row
    amount = None
    if minor is not None:
        code, _, own = currency.partition(":")
        digits = int(own) if own else None
        amount = Money(minor, code, None if digits == minor_digits(code) else digits)
    return MirroredObject(
        ObjectKind(kind),
        object_id,
        name,
        status,
        parent_id,
        customer_id,
        amount,
        moment(created_us),
        json.loads(body),
    )
