"""Numbers by group and bucket, before they have names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from contract.messages.rollups import OTHERS
from desktop.domain.usage_questions import OTHER

Numbers = list[int | None]


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

    by_key: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    cells: dict[str, dict[int, int]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(int))
    )
    by_place: dict[int, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, key: str, place: int, number: int) -> None:
        """Count a number for a key, in a bucket and in everything."""
        self.by_key[key] += number
        self.cells[key][place] += number
        self.by_place[place] += number

    def add_rows(
        self,
        rows: Iterable[tuple[int, str, int]],
        place: Callable[[int], int],
        name: Callable[[int, str], str] | None,
    ) -> None:
        """Count rows of slot, key and number by group and bucket; `settle` when there are all."""
        cells = self.cells
        if name is None:
            for slot, member, number in rows:
                cells[member][place(slot)] += number
        else:
            for slot, member, number in rows:
                cells[name(slot, member)][place(slot)] += number

    def settle(self) -> None:
        """Add up the cells by key and by place."""
        by_place = self.by_place
        for key, places in self.cells.items():
            self.by_key[key] += sum(places.values())
            for one, number in places.items():
                by_place[one] += number


def ranked(by_key: Mapping[str, int]) -> list[str]:
    """Keys with anything in them, the largest first; the rest of a day is nobody."""
    named = [key for key, number in by_key.items() if number and key not in {OTHER, OTHERS}]
    return sorted(named, key=lambda key: (-by_key[key], key))


def found_sums(tally: Tally, keys: Sequence[str] | None, size: int, unit: Unit) -> Found:
    """The numbers of `keys` and of the rest together; of no groups when `keys` is None."""
    whole = spread(tally.by_place, size)
    everything = sum(tally.by_place.values())
    if keys is None:
        return Found(*unit, {OTHER: whole}, {OTHER: everything}, whole, everything)
    columns: dict[str, Numbers] = {key: spread(tally.cells.get(key, {}), size) for key in keys}
    totals: dict[str, int | None] = {key: tally.by_key.get(key, 0) for key in keys}
    rest = [
        (number or 0) - sum(column[place] or 0 for column in columns.values())
        for place, number in enumerate(whole)
    ]
    if any(rest):
        columns[OTHER] = list(rest)
        totals[OTHER] = sum(rest)
    groups = len(ranked(tally.by_key))
    return Found(*unit, columns, totals, whole, everything, groups)


def spread(cells: Mapping[int, int], size: int) -> Numbers:
    """A number for each place; 0 where there is none."""
    return [cells.get(place, 0) for place in range(size)]
