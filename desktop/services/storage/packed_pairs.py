"""What each customer used of each endpoint on past days, added up as columns with numpy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from desktop.services.storage.packed_days import Columns, marked_days
from desktop.services.storage.usage_cells import HALF

if TYPE_CHECKING:
    from collections.abc import Collection
    from sqlite3 import Connection

    from numpy.typing import NDArray

    from desktop.services.storage.packed import Integers
    from desktop.services.storage.usage_cells import Keys, Selection

TYPES: Final = {ord("b"): "<i1", ord("h"): "<i2", ord("i"): "<i4", ord("q"): "<i8"}
NARROW_BYTES: Final = 4
"""Of numbers whose sum of a day a float holds exactly."""
NOWHERE: Final = -1
_MARKED: Final = """
    FROM packed_pairs WHERE application_id = :app AND name = '' AND day >= :start AND day < :end
        AND packed = x''
"""
Halves = tuple["Integers", "Integers"]
"""Sums by group, of the upper and of the lower 32 bits: neither can leave 64 bits."""


@dataclass(frozen=True, slots=True)
class PackedPairs:
    """The packed days of one selection."""

    db: Connection
    selection: Selection
    days: Collection[int]
    rest: Selection | None
    """What has to be read from rows; None when all days are packed."""
    by_day: bool
    """Whether days are told apart."""

    def columns(self, names: Sequence[str], key: str) -> Iterator[Columns]:
        """Columns of each name; `key` is `customer`, `endpoint`, or empty for all together."""
        keys = {"customer": self.selection.customers, "endpoint": self.selection.endpoints}
        places: dict[str, Integers] = {}
        owner_ids: Sequence[str] = [""]
        for kind, chosen in keys.items():
            if kind == key or not chosen.are_all:
                fitting, places[kind] = self._places(kind, chosen)
                owner_ids = fitting if kind == key else owner_ids
        for name in names:
            yield self._added(name, places, key, owner_ids)

    def _added(
        self, name: str, places: Mapping[str, Integers], key: str, owner_ids: Sequence[str]
    ) -> Columns:
        days, halves = [], []
        for day, (numbers, *owners) in self._days((name, *(f"{kind}s" for kind in places))):
            at = dict(zip(places, owners, strict=True))
            groups = {kind: places[kind][number] for kind, number in at.items()}
            days.append(day)
            halves.append(_sums(numbers, groups, key, len(owner_ids)))
        if halves and not self.by_day:
            high, low = (np.sum(some, axis=0) for some in zip(*halves, strict=True))
            days, halves = days[:1], [(high, low)]
        return Columns(owner_ids, days, zip(*map(_whole, halves), strict=True))

    def _days(self, names: Sequence[str]) -> Iterator[tuple[int, list[Integers]]]:
        """The numbers of each packed day, parallel to each other."""
        columns = [
            self.db.execute(
                """
                SELECT day, packed FROM packed_pairs
                WHERE application_id = :app AND name = :name AND day >= :start AND day < :end
                ORDER BY day
                """,
                _values(self.selection) | {"name": name},
            )
            for name in names
        ]
        for rows in zip(*columns, strict=True):
            day = rows[0][0]
            if day in self.days:
                yield day, [_unpacked(content) for _, content in rows]

    def _places(self, kind: str, keys: Keys) -> tuple[list[str], Integers]:
        """The owners that fit, and the place among them of each owner's number."""
        rows = self.db.execute(
            """
            SELECT number, owner_id FROM packed_owners
            WHERE application_id = :app AND kind = :kind ORDER BY number
            """,
            _values(self.selection) | {"kind": kind},
        ).fetchall()
        places = np.full(rows[-1][0] + 1 if rows else 0, NOWHERE, np.int64)
        fitting = [(number, owner_id) for number, owner_id in rows if owner_id in keys]
        places[[number for number, _ in fitting]] = np.arange(len(fitting))
        return [owner_id for _, owner_id in fitting], places


def packed(db: Connection, selection: Selection, *, by_day: bool) -> PackedPairs | None:
    """The packed days of a selection; None where there are none."""
    if selection.tells_plans:
        return None
    found = marked_days(db, _MARKED, _values(selection), selection)
    return None if found is None else PackedPairs(db, selection, *found, by_day)


def _values(selection: Selection) -> dict[str, str | int]:
    slots = selection.slots
    return {"app": selection.application_id, "start": slots.start, "end": slots.stop}


def _unpacked(block: bytes) -> Integers:
    """The numbers of `packed_days.pack_block`, as wide as they were packed."""
    return np.frombuffer(block, TYPES[block[0]], offset=1)


def _sums(numbers: Integers, groups: Mapping[str, Integers], key: str, size: int) -> Halves:
    """Sums by group, of the pairs that all filters leave; exact as long as a day has 2^21 pairs."""
    here: NDArray[np.bool_] = np.ones(len(numbers), bool)
    for places in groups.values():
        here &= places != NOWHERE
    at = groups[key][here] if key else np.zeros(np.count_nonzero(here), np.int64)
    left = numbers[here]
    if left.dtype.itemsize <= NARROW_BYTES:
        return np.zeros(size, np.int64), _counted(at, left, size)
    return _counted(at, left >> 32, size), _counted(at, left & (HALF - 1), size)


def _counted(at: Integers, numbers: Integers, size: int) -> Integers:
    return np.bincount(at, numbers, size).astype(np.int64)


def _whole(halves: Halves) -> Sequence[int]:
    """The sums as whole numbers of any size."""
    high, low = halves
    lower: list[int] = low.tolist()
    if not high.any():
        return lower
    return [upper * HALF + rest for upper, rest in zip(high.tolist(), lower, strict=True)]
