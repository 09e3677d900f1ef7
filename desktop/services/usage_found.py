"""Numbers by group and bucket, before they have names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import repeat
from operator import add, sub
from typing import TYPE_CHECKING, Final, NamedTuple

from contract.messages.rollups import OTHERS
from desktop.domain.usage_questions import OTHER

if TYPE_CHECKING:
    from desktop.services.storage.packed_days import Columns

Numbers = Sequence[int | None]
NOBODY: Final = frozenset({OTHER, OTHERS})
"""Keys of rests."""


class Unit(NamedTuple):
    """What is counted, and in which power of ten; as in `Series`."""

    name: str
    scale: int


CALLS: Final = Unit("calls", 0)
UNITS: Final = Unit("units", 6)
MILLISECONDS: Final = Unit("ms", 3)
CUSTOMERS: Final = Unit("customers", 0)


@dataclass(slots=True)
class Found:
    """Numbers of one unit; a bucket without a number has None. `scale` as in `Series`."""

    unit: str
    scale: int
    columns: dict[str, Numbers]
    """By key, the largest first; `OTHER` last, where the rest is not empty."""
    totals: dict[str, int | None]
    whole: Numbers
    whole_total: int | None
    groups: int = 0
    left_out: int = 0
    """Calls that no group tells of."""


@dataclass(slots=True)
class Tally:
    """Sums by key and place, and of everything by place."""

    size: int
    """How many places there are."""
    by_key: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_place: list[int] = field(default_factory=list)
    _cells: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    _columns: dict[str, Sequence[int]] = field(default_factory=dict)
    """A number for each place; what is counted of a key adds up with its cells."""

    def __post_init__(self) -> None:
        self.by_place = [0] * self.size

    def add(self, key: str, place: int, number: int) -> None:
        """Count a number for a key, in a bucket and in everything."""
        cells = self._cells[key]
        cells[place] = cells.get(place, 0) + number
        self.by_key[key] += number
        self.by_place[place] += number

    def add_rows(
        self,
        rows: Iterable[tuple[int, str, int]],
        place: Callable[[int], int],
        name: Callable[[int, str], str] | None,
    ) -> None:
        """Count rows of slot, key and number by group and bucket; `settle` when there are all."""
        for slot, member, number in rows:
            cells = self._cells[member if name is None else name(slot, member)]
            at = place(slot)
            cells[at] = cells.get(at, 0) + number

    def add_columns(
        self,
        columns: Iterable[Columns],
        place: Callable[[int], int],
        name: Callable[[int, str], str] | None,
    ) -> None:
        """Count columns of packed days by group and bucket, as `add_rows`; `name` knows no day."""
        for owner_ids, days, of_owners in columns:
            at_places = self._placing(list(map(place, days)))
            # Without days there are no numbers either.
            for owner_id, numbers in zip(owner_ids, of_owners, strict=bool(days)):
                key = owner_id if name is None else name(0, owner_id)
                before, column = self._columns.get(key), at_places(numbers)
                self._columns[key] = column if before is None else list(map(add, before, column))

    def _placing(self, places: list[int]) -> Callable[[Sequence[int]], Sequence[int]]:
        """What makes a number for each place of numbers for places that may be alike."""
        if places == list(range(self.size)):
            return lambda numbers: numbers
        if self.size == 1:
            return lambda numbers: (sum(numbers),)

        def placed(numbers: Sequence[int]) -> Sequence[int]:
            column = [0] * self.size
            for place, number in zip(places, numbers, strict=True):
                column[place] += number
            return column

        return placed

    def settle(self) -> None:
        """Add up by key and by place what was counted of rows and columns."""
        for key, column in self._columns.items():
            self.by_key[key] += sum(column)
        if self._columns:
            together = map(sum, zip(*self._columns.values(), strict=True))
            self.by_place = list(map(add, self.by_place, together))
        for key, cells in self._cells.items():
            self.by_key[key] += sum(cells.values())
            for place, number in cells.items():
                self.by_place[place] += number

    def column(self, key: str) -> Sequence[int]:
        """What was counted of a key, by place."""
        cells, column = self._cells.get(key, {}), self._columns.get(key)
        if column is None:
            return spread(cells, self.size)
        if not cells:
            return column
        return list(map(add, column, spread(cells, self.size)))


def ranked(by_key: Mapping[str, int]) -> list[str]:
    """Keys with anything in them, the largest first; the rest of a day is nobody."""
    named = [(-number, key) for key, number in by_key.items() if number and key not in NOBODY]
    return [key for _, key in sorted(named)]


def found_sums(tally: Tally, keys: Sequence[str] | None, unit: Unit) -> Found:
    """The numbers of `keys` and of the rest together; of no groups when `keys` is None."""
    whole = tally.by_place
    everything = sum(whole)
    if keys is None:
        return Found(*unit, {OTHER: whole}, {OTHER: everything}, whole, everything)
    columns = {key: tally.column(key) for key in keys}
    totals: dict[str, int | None] = {key: tally.by_key.get(key, 0) for key in keys}
    shown = map(sum, zip(*columns.values(), strict=True)) if columns else repeat(0)
    rest = list(map(sub, whole, shown))
    numbers: dict[str, Numbers] = {**columns}
    if any(rest):
        numbers[OTHER] = rest
        totals[OTHER] = sum(rest)
    groups = sum(1 for key, number in tally.by_key.items() if number and key not in NOBODY)
    return Found(*unit, numbers, totals, whole, everything, groups)


def spread(cells: dict[int, int], size: int) -> list[int]:
    """A number for each place; 0 where there is none."""
    return list(map(cells.get, range(size), repeat(0)))
