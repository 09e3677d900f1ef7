"""Corrections of people's data. Functions take a connection inside a transaction of the vault."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from desktop.domain.privacy.erasure import Customer, ProcessorResult
from desktop.services.storage.timestamps import microseconds, moment

if TYPE_CHECKING:
    from datetime import datetime
    from sqlite3 import Connection


@dataclass(frozen=True, slots=True)
class PersonCorrection:
    """`value` is empty once every place has it."""

    correction_id: str
    request_id: str
    field: str
    customers: tuple[Customer, ...]
    value: str
    after_hash: str
    """Keyed hash of the new value."""
    results: tuple[ProcessorResult, ...]
    corrected_at: datetime
    is_settled: bool


_COLUMNS: Final = (
    "correction_id, request_id, field, customers, value, after_hash, results, corrected_at_us, "
    "is_settled"
)


def put(db: Connection, correction: PersonCorrection) -> None:
    """Add a correction, or replace it."""
    db.execute(
        f"INSERT OR REPLACE INTO person_corrections ({_COLUMNS}) "  # noqa: S608 (constants)
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            correction.correction_id,
            correction.request_id,
            correction.field,
            msgspec.json.encode(correction.customers).decode(),
            correction.value,
            correction.after_hash,
            msgspec.json.encode(correction.results).decode(),
            microseconds(correction.corrected_at),
            int(correction.is_settled),
        ),
    )


def of_request(db: Connection, request_id: str) -> tuple[PersonCorrection, ...]:
    """Corrections of a request, the oldest first."""
    return tuple(one for one in everything(db) if one.request_id == request_id)


def everything(db: Connection) -> tuple[PersonCorrection, ...]:
    """Every correction, the oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM person_corrections "  # noqa: S608 (constants)
        "ORDER BY corrected_at_us, correction_id"
    )
    return tuple(
        PersonCorrection(
            correction_id,
            request_id,
            field,
            msgspec.json.decode(customers, type=tuple[Customer, ...]),
            value,
            after_hash,
            msgspec.json.decode(results, type=tuple[ProcessorResult, ...]),
            moment(at_us),
            bool(is_settled),
        )
        for (
            correction_id, request_id, field, customers, value, after_hash, results, at_us,
            is_settled,
        ) in rows
    )  # fmt: skip
