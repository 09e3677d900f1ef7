"""Rows of an answer as columns of numbers, of which any page in any order is found by selection.

A page near the beginning needs no sorting of a million rows: what belongs before its end is picked
out first, in one pass, and only that is put in order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from desktop.domain.usage_rows import RowSort, RowsWanted, UsageRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from desktop.domain.usage_questions import Series
    from desktop.services.calls import Report
    from desktop.services.storage.packed import Integers
    from desktop.services.usage_parts import Parts

UNKNOWN: Final = -(2**63)
"""No number of an answer is as low."""
LAST: Final = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Columns:
    """Row n is line n % lines in bucket n // lines."""

    starts: Sequence[str]
    lines: Sequence[Series]
    """Without their values."""
    values: Integers
    before: Integers | None

    @staticmethod
    def of(parts: Parts, report: Report) -> Columns:
        """Count the parts of an answer; `report` counts rows."""
        starts: list[str] = []
        lines: Sequence[Series] = ()
        values: list[Integers] = []
        before: list[Integers] = []
        for part in parts:
            lines = [_without_values(line) for line in part.series]
            starts += part.labels
            values.append(_together([line.values for line in part.series]))
            if part.series and part.series[0].before:
                before.append(_together([line.before for line in part.series]))
            report(len(starts) * len(lines), parts.cells)
        compared = np.concatenate(before) if before else None
        return Columns(starts, lines, np.concatenate(values), compared)

    def page(self, wanted: RowsWanted, first: int, count: int) -> tuple[tuple[UsageRow, ...], int]:
        """Rows from place `first` on in the order that is wanted, and how many rows fit."""
        fitting = self._fitting(wanted.text)
        keys = self._keys(wanted)
        if fitting is not None:
            keys = keys[fitting]
        chosen = _lowest(keys, first + count)[first:]
        numbers = chosen if fitting is None else fitting[chosen]
        return tuple(map(self._row, numbers.tolist())), len(keys)

    def _fitting(self, text: str) -> NDArray[np.intp] | None:
        """The rows that hold a text; None for all."""
        wanted = text.strip().casefold()
        if not wanted:
            return None
        lines = np.array([wanted in line.label.casefold() for line in self.lines], dtype=bool)
        starts = np.array([wanted in start.casefold() for start in self.starts], dtype=bool)
        return np.flatnonzero(starts[:, None] | lines[None, :])

    def _keys(self, wanted: RowsWanted) -> Integers:
        """A number for each row, the lowest for the row that comes first."""
        size = (len(self.starts), len(self.lines))
        match wanted.sort:
            case RowSort.VALUE:
                keys = self.values
            case RowSort.BEFORE if self.before is not None:
                keys = self.before
            case RowSort.GROUP:
                labels = sorted({line.label.casefold() for line in self.lines})
                ranks = {label: rank for rank, label in enumerate(labels)}
                places = np.array([ranks[line.label.casefold()] for line in self.lines])
                keys = np.broadcast_to(places[None, :], size).ravel()
            case _:
                keys = np.broadcast_to(np.arange(size[0])[:, None], size).ravel()
        unknown = keys == UNKNOWN
        return np.where(unknown, LAST, -keys if wanted.descending else keys)

    def _row(self, number: int) -> UsageRow:
        bucket, place = divmod(number, len(self.lines))
        line = self.lines[place]
        before = None if self.before is None else _known(self.before[number])
        return UsageRow(
            number, self.starts[bucket], line.label, _known(self.values[number]), before,
            line.scale, line.unit,
        )  # fmt: skip


def _lowest(keys: Integers, count: int) -> NDArray[np.intp]:
    """Places of the lowest keys in order; equal ones in the order of their places."""
    if count >= len(keys):
        return np.argsort(keys, kind="stable")
    bound = np.partition(keys, count - 1)[count - 1]
    below = np.flatnonzero(keys < bound)
    level = np.flatnonzero(keys == bound)[: count - len(below)]
    return np.concatenate([below[np.argsort(keys[below], kind="stable")], level])


def _together(lines: Sequence[Sequence[int | None]]) -> Integers:
    """Values of lines, bucket by bucket."""
    columns = [
        np.array([UNKNOWN if value is None else value for value in line], dtype=np.int64)
        for line in lines
    ]
    return np.column_stack(columns).ravel() if columns else np.zeros(0, dtype=np.int64)


def _without_values(line: Series) -> Series:
    return type(line)(line.key, line.label, (), None, line.scale, line.unit)


def _known(number: np.int64) -> int | None:
    return None if number == UNKNOWN else int(number)
