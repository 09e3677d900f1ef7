"""Customer x endpoint x meter x month: quantity, events and peak, as columns.

Equal to the sums of the day rows in every picture of the vault: a day's row cannot change without a
note of the change (triggers of the database see to that), and whoever reads cells adds the notes
that are not folded into the columns yet. Cells without events and quantity are left out.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from desktop.domain import calendar
from desktop.services.storage.packed import (
    Integers,
    packed,
    packed_steps,
    unpacked,
    unpacked_steps,
)

if TYPE_CHECKING:
    from sqlite3 import Connection

LOWEST: Final = np.iinfo(np.int64).min
MOST: Final = 2.0**62
"""Sums that may come near what 64 bits hold are not made."""
Places = NDArray[np.intp]
_integers: Final = msgspec.json.Decoder(list[int]).decode
_names: Final = msgspec.json.Decoder(list[str]).decode
NUMBERS: Final = ("quantity", "events", "peak")


class BlockKey(NamedTuple):
    """Which block: all customers of one endpoint, meter and month."""

    month: int
    endpoint_id: str
    meter: str


@dataclass(frozen=True, slots=True)
class Cells:
    """Columns of the same length. `customers` are numbers, ascending and each once.

    `quantity` and `peak` are in millionths; a column that was not asked for is empty.
    """

    customers: Integers
    quantity: Integers
    events: Integers
    peak: Integers

    def without_empty(self) -> Cells:
        """Only cells in which something was used."""
        used = (self.quantity != 0) | (self.events != 0)
        return Cells(self.customers[used], self.quantity[used], self.events[used], self.peak[used])


@dataclass(frozen=True, slots=True)
class Changes:
    """Notes for one block, in columns; a customer may come several times."""

    customers: Integers
    quantity: Integers
    events: Integers
    peak: Integers
    fell: Integers


class TooLarge(ArithmeticError):
    """A month's sum does not fit into 64 bits."""


NO_NUMBERS: Final = np.array([], dtype=np.int64)
NOTHING: Final = Cells(NO_NUMBERS, NO_NUMBERS, NO_NUMBERS, NO_NUMBERS)


def customers(db: Connection, application_id: str) -> dict[int, str]:
    """The customer of each number in the blocks of this picture of the vault."""
    rows = db.execute(
        "SELECT number, customer_id FROM month_customers WHERE application_id = ?",
        (application_id,),
    )
    new = _without_number(db, application_id)
    return dict(rows.fetchall()) | {number: customer for customer, number in new.items()}


def blocks(
    db: Connection, application_id: str, months: range, names: Sequence[str] = NUMBERS
) -> Iterator[tuple[BlockKey, Cells]]:
    """Blocks of some months, oldest first; `names` are the columns that are wanted.

    Raises: TooLarge.
    """
    notes = _changes(db, application_id, months)
    stored: dict[BlockKey, dict[str, bytes]] = defaultdict(dict)
    for key in notes:
        stored[key] = {}
    # A block with notes is merged, which takes all of its columns.
    rows = db.execute(
        """
        SELECT month, endpoint_id, meter, name, packed FROM month_columns
        WHERE application_id = :app AND month >= :first AND month < :end
        """,
        {"app": application_id, "first": months.start, "end": months.stop},
    )
    for month, endpoint_id, meter, name, content in rows:
        key = BlockKey(month, endpoint_id, meter)
        if name in names or name == "customers" or key in notes:
            stored[key][name] = content
    for key in sorted(stored):
        cells = _cells(stored[key])
        if key in notes:
            cells = _merged(db, application_id, key, cells, notes[key])
        if len(cells.customers):
            yield key, cells


def fold(db: Connection) -> None:
    """Bring all notes into the columns; those of a block that grows too large stay notes."""
    kept: list[tuple[Any, ...]] = []
    for (application_id,) in db.execute(
        "SELECT DISTINCT application_id FROM month_changes"
    ).fetchall():
        _number_customers(db, application_id)
        for key, notes in _changes(db, application_id).items():
            stored = _stored(db, application_id, key)
            try:
                cells = _merged(db, application_id, key, stored, notes)
            except TooLarge:
                kept += _notes_of(db, application_id, key)
            else:
                store(db, application_id, key, cells)
    db.execute("DELETE FROM month_changes")
    db.executemany(
        """
        INSERT INTO month_changes (application_id, endpoint_id, meter, day, customer_id, quantity,
            events, peak, fell) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
        """,
        kept,
    )


def store(db: Connection, application_id: str, key: BlockKey, cells: Cells) -> None:
    """Replace a block; one without cells is removed."""
    values = (application_id, *key)
    if not len(cells.customers):
        db.execute(
            """
            DELETE FROM month_columns
            WHERE application_id = ? AND month = ? AND endpoint_id = ? AND meter = ?
            """,
            values,
        )
        return
    columns = {
        "customers": packed_steps(cells.customers),
        "quantity": packed(cells.quantity),
        "events": packed(cells.events),
        "peak": packed(cells.peak),
    }
    db.executemany(
        """
        INSERT INTO month_columns (application_id, month, endpoint_id, meter, name, packed)
        VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET packed = excluded.packed
        """,
        [(*values, name, content) for name, content in columns.items()],
    )


def _merged(
    db: Connection, application_id: str, key: BlockKey, cells: Cells, notes: Changes
) -> Cells:
    """A block with its notes. Raises: TooLarge."""
    customers = np.union1d(cells.customers, notes.customers)
    old = np.searchsorted(customers, cells.customers)
    new = np.searchsorted(customers, notes.customers)
    quantity = _sums(len(customers), old, cells.quantity, new, notes.quantity)
    events = _sums(len(customers), old, cells.events, new, notes.events)
    peak = np.full(len(customers), LOWEST, dtype=np.int64)
    peak[old] = cells.peak
    np.maximum.at(peak, new, notes.peak)
    fallen = np.unique(new[notes.fell != 0])
    if len(fallen):
        peak[fallen] = _peaks(db, application_id, key, customers[fallen])
    return Cells(customers, quantity, events, peak).without_empty()


def _changes(
    db: Connection, application_id: str, months: range | None = None
) -> dict[BlockKey, Changes]:
    """Notes by block; of all months by default."""
    # As columns: an object for each note would take three times as long.
    days = db.execute(
        """
        SELECT endpoint_id, meter, day, json_group_array(customer_id), json_group_array(quantity),
            json_group_array(events), json_group_array(peak), json_group_array(fell)
        FROM month_changes WHERE application_id = ? GROUP BY endpoint_id, meter, day
        """,
        (application_id,),
    )
    found: dict[BlockKey, list[tuple[list[str], list[Integers]]]] = defaultdict(list)
    for endpoint_id, meter, day, names, *values in days:
        month = calendar.month_number(calendar.day_of_number(day))
        if months is None or month in months:
            columns = [np.array(_integers(value), dtype=np.int64) for value in values]
            found[BlockKey(month, endpoint_id, meter)].append((_names(names), columns))
    numbers = _numbers(db, application_id)
    return {key: _joined(parts, numbers) for key, parts in found.items()}


def _joined(parts: Sequence[tuple[list[str], list[Integers]]], numbers: dict[str, int]) -> Changes:
    """The notes of several days, with numbers for the customers' names."""
    customers = np.array([numbers[name] for names, _ in parts for name in names], dtype=np.int64)
    columns = zip(*(columns for _, columns in parts), strict=True)
    return Changes(customers, *map(np.concatenate, columns))


def _numbers(db: Connection, application_id: str) -> dict[str, int]:
    """The number of each customer in notes; those whom only notes know get the next ones."""
    rows = db.execute(
        """
        SELECT noted.customer_id, m.number
        FROM (SELECT DISTINCT customer_id FROM month_changes WHERE application_id = :app) noted
            LEFT JOIN month_customers m
                ON m.application_id = :app AND m.customer_id = noted.customer_id
        ORDER BY noted.customer_id
        """,
        {"app": application_id},
    )
    next_one = count(_free_number(db, application_id))
    return {customer: next(next_one) if number is None else number for customer, number in rows}


def _free_number(db: Connection, application_id: str) -> int:
    """The first number that no customer has; all that follow are free too."""
    (free,) = db.execute(
        "SELECT coalesce(max(number) + 1, 0) FROM month_customers WHERE application_id = ?",
        (application_id,),
    ).fetchone()
    return int(free)


def _without_number(db: Connection, application_id: str) -> dict[str, int]:
    """The numbers that customers will get whom only notes know yet."""
    free = _free_number(db, application_id)
    noted = _numbers(db, application_id)
    return {customer: number for customer, number in noted.items() if number >= free}


def _number_customers(db: Connection, application_id: str) -> None:
    """Store a number for each customer that has none."""
    db.executemany(
        "INSERT INTO month_customers (application_id, number, customer_id) VALUES (?, ?, ?)",
        [
            (application_id, number, customer)
            for customer, number in _without_number(db, application_id).items()
        ],
    )


def _stored(db: Connection, application_id: str, key: BlockKey) -> Cells:
    """A block as its columns are, without notes."""
    rows = db.execute(
        """
        SELECT name, packed FROM month_columns
        WHERE application_id = ? AND month = ? AND endpoint_id = ? AND meter = ?
        """,
        (application_id, *key),
    )
    return _cells(dict(rows.fetchall()))


def _cells(columns: Mapping[str, bytes]) -> Cells:
    if not columns:
        return NOTHING
    numbers = (unpacked(columns[name]) if name in columns else NO_NUMBERS for name in NUMBERS)
    return Cells(unpacked_steps(columns["customers"]), *numbers)


def _sums(size: int, old: Places, before: Integers, new: Places, by: Integers) -> Integers:
    """Numbers at their places, each changed by what falls on it. Raises: TooLarge."""
    nearly = np.zeros(size)
    nearly[old] = before
    np.add.at(nearly, new, by.astype(np.float64))
    if np.abs(nearly).max(initial=0) > MOST:
        raise TooLarge
    # What went beyond 64 bits on the way has come back: they wrap around.
    sums = np.zeros(size, dtype=np.int64)
    sums[old] = before
    np.add.at(sums, new, by)
    return sums


def _peaks(db: Connection, application_id: str, key: BlockKey, numbers: Integers) -> list[int]:
    """The peaks of some customers in the block's days; of customers without a day, none."""
    names = customers(db, application_id)
    values = {
        "app": application_id,
        "days": json.dumps(list(days_of(key.month))),
        "endpoint": key.endpoint_id,
        "meter": key.meter,
        "keys": json.dumps([names[int(number)] for number in numbers]),
    }
    rows = db.execute(
        """
        SELECT customer_id, max(peak) FROM customer_days
        WHERE application_id = :app AND day IN (SELECT value FROM json_each(:days))
            AND customer_id IN (SELECT value FROM json_each(:keys))
            AND endpoint_id = :endpoint AND meter = :meter
        GROUP BY customer_id
        """,
        values,
    )
    found = dict(rows.fetchall())
    return [found.get(names[int(number)], LOWEST) for number in numbers]


def days_of(month: int) -> range:
    """Numbers of a month's days."""
    period = calendar.month_period(month)
    return range(calendar.day_number(period.start), calendar.day_number(period.end))


def _notes_of(db: Connection, application_id: str, key: BlockKey) -> list[tuple[Any, ...]]:
    """A block's notes as they are stored."""
    days = days_of(key.month)
    return db.execute(
        """
        SELECT application_id, endpoint_id, meter, day, customer_id, quantity, events, peak, fell
        FROM month_changes
        WHERE application_id = ? AND endpoint_id = ? AND meter = ? AND day >= ? AND day < ?
        """,
        (application_id, key.endpoint_id, key.meter, days.start, days.stop),
    ).fetchall()
