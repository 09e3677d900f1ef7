"""What each customer used of each endpoint on past days, added up as columns with numpy."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from desktop.domain.usage_questions import NO_PLAN
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


class _Kind(NamedTuple):
    """What filters choose and groups are made of."""

    name: str
    column: str
    """Of the packed days: who is meant."""
    ids: Sequence[str]
    """Those that fit."""
    places_on: Callable[[int], Integers]
    """The place among those that fit of each number of the column, on a day."""


_TOGETHER: Final = _Kind("", "", [""], lambda _day: np.zeros(0, np.int64))


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
        """Columns of each name.

        `key` is `customer`, `endpoint`, `plan`, or empty for all together.
        """
        chosen = self.selection
        kinds: list[_Kind] = []
        if key == "customer" or not chosen.customers.are_all:
            kinds.append(self._owners("customer", chosen.customers))
        if key == "endpoint" or not chosen.endpoints.are_all:
            kinds.append(self._owners("endpoint", chosen.endpoints))
        if chosen.tells_plans:
            kinds.append(self._plans())
        for name in names:
            yield self._added(name, kinds, key)

    def _added(self, name: str, kinds: Sequence[_Kind], key: str) -> Columns:
        days, halves = [], []
        grouping = next((kind for kind in kinds if kind.name == key), _TOGETHER)
        for day, (numbers, *owners) in self._days((name, *(kind.column for kind in kinds))):
            groups = {
                kind.name: kind.places_on(day)[of_owner]
                for kind, of_owner in zip(kinds, owners, strict=True)
            }
            days.append(day)
            halves.append(_sums(numbers, groups, key, len(grouping.ids)))
        if halves and not self.by_day:
            high, low = (np.sum(some, axis=0) for some in zip(*halves, strict=True))
            days, halves = days[:1], [(high, low)]
        return Columns(grouping.ids, days, zip(*map(_whole, halves), strict=True))

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

    def _owners(self, kind: str, keys: Keys) -> _Kind:
        """The owners that fit."""
        numbers = self._numbers(kind)
        fitting = [owner_id for owner_id in numbers if owner_id in keys]
        places = np.full(_size(numbers), NOWHERE, np.int64)
        places[[numbers[owner_id] for owner_id in fitting]] = np.arange(len(fitting))
        return _Kind(kind, f"{kind}s", fitting, lambda _day: places)

    def _plans(self) -> _Kind:
        """The plans that fit; a customer without a term is on none."""
        numbers, chosen = self._numbers("customer"), self.selection
        plans = list(dict.fromkeys((NO_PLAN, *(plan for _, plan, _, _ in chosen.terms))))
        fitting = [plan for plan in plans if plan in chosen.plans]
        place_of = {plan: place for place, plan in enumerate(fitting)}
        terms = np.array(
            [
                (numbers[customer], place_of.get(plan, NOWHERE), first, after)
                for customer, plan, first, after in chosen.terms
                if customer in numbers
            ],
            np.int64,
        ).reshape(-1, 4)
        nobody = np.full(_size(numbers), place_of.get(NO_PLAN, NOWHERE), np.int64)

        def places_on(day: int) -> Integers:
            held = terms[(terms[:, 2] <= day) & (day < terms[:, 3])]
            places = nobody.copy()
            places[held[:, 0]] = held[:, 1]
            return places

        return _Kind("plan", "customers", fitting, places_on)

    def _numbers(self, kind: str) -> dict[str, int]:
        rows = self.db.execute(
            """
            SELECT owner_id, number FROM packed_owners
            WHERE application_id = :app AND kind = :kind ORDER BY number
            """,
            _values(self.selection) | {"kind": kind},
        )
        return dict(rows.fetchall())


def _size(numbers: Mapping[str, int]) -> int:
    return max(numbers.values(), default=-1) + 1


def packed(db: Connection, selection: Selection, *, by_day: bool) -> PackedPairs | None:
    """The packed days of a selection; None where there are none."""
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
