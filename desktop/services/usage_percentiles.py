"""How long calls took, from logarithmic histograms: each answer is within 4 % of the truth."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from contract.durations import BIN_COUNT, quantile, sparse_quantile
from desktop.domain.usage_questions import OTHER, Measure
from desktop.services.calls import Report
from desktop.services.storage import usage_cells
from desktop.services.usage_counts import group_namer, place_of
from desktop.services.usage_found import MILLISECONDS, Found, Numbers, ranked
from desktop.services.usage_frames import Frame
from desktop.services.usage_scope import Scope, group_key

SHARES: Final = {Measure.P50: 0.5, Measure.P95: 0.95, Measure.P99: 0.99}
ROWS_A_REPORT: Final = 20_000
MICROSECONDS: Final = 1000
"""Of a millisecond."""
Counts = dict[int, int]
Histogram = Counts | list[int]
"""Counts by bin, or a single histogram as the vault has it."""
_histogram: Final = msgspec.json.Decoder(list[int]).decode


class Histograms:
    """Counts by bin, by group and bucket."""

    def __init__(self) -> None:
        self.cells: dict[str, dict[int, Histogram]] = defaultdict(dict)

    def add(self, key: str, place: int, text: str) -> None:
        """Add a histogram as the vault spells it."""
        cells, histogram = self.cells[key], _histogram(text)
        before = cells.get(place)
        if before is None:
            cells[place] = histogram
            return
        counts = cells[place] = before if isinstance(before, dict) else dict(_parts(before))
        for number, count in _parts(histogram):
            counts[number] = counts.get(number, 0) + count

    def by_key(self) -> dict[str, int]:
        """Measured calls by group."""
        return {
            key: sum(count for some in cells.values() for _, count in _parts(some))
            for key, cells in self.cells.items()
        }

    def of(self, keys: Iterable[str]) -> dict[int, Histogram]:
        """Counts by bucket of some groups together."""
        found: dict[int, Histogram] = {}
        for key in keys:
            for place, some in self.cells.get(key, {}).items():
                before = found.get(place)
                found[place] = some if before is None else together({0: before, 1: some})
        return found


def _parts(some: Histogram) -> Iterable[tuple[int, int]]:
    """Bins and their counts."""
    if isinstance(some, dict):
        return some.items()
    return zip(some[::2], some[1::2], strict=True)


def measured(
    scopes: Sequence[Scope], frame: Frame, keys: Sequence[str] | None, report: Report
) -> Found:
    """The answer's numbers, in microseconds; as `usage_counts.counted`."""
    histograms = read(scopes, frame, report)
    question = scopes[0].question
    share = SHARES[question.measure]
    everything = histograms.of(histograms.cells)
    whole, total = _quantiles(everything, frame.size, share)
    columns: dict[str, Numbers] = {OTHER: whole}
    totals: dict[str, int | None] = {OTHER: total}
    groups = 0
    if question.group_by is not None:
        named = ranked(histograms.by_key())
        groups = len(named)
        chosen = named[: question.top] if keys is None else list(keys)
        lines = {key: [key] for key in chosen}
        if rest := [key for key in histograms.cells if key not in lines]:
            lines[OTHER] = rest
        found = {
            key: _quantiles(histograms.of(some), frame.size, share) for key, some in lines.items()
        }
        columns = {key: numbers for key, (numbers, _) in found.items()}
        totals = {key: number for key, (_, number) in found.items()}
    return Found(*MILLISECONDS, columns, totals, whole, total, groups)


def read(scopes: Sequence[Scope], frame: Frame, report: Report) -> Histograms:
    """Histograms of everything that the question is about, by its groups and buckets."""
    histograms, done = Histograms(), 0
    for scope in scopes:
        table = scope.table()
        place, name = place_of(table, frame), group_namer(scope)
        by_endpoint = group_key(scope.question.group_by) == "endpoint"
        selection = scope.selection(table, frame)
        for slot, member, text in usage_cells.durations(
            scope.db, table, selection, by_endpoint=by_endpoint
        ):
            if not done % ROWS_A_REPORT:
                report(done)
            done += 1
            group = member if name is None else name(slot, member)
            histograms.add(group, place(slot), text)
    return histograms


def together(cells: Mapping[int, Histogram]) -> Counts:
    """Counts of all buckets."""
    total = [0] * BIN_COUNT
    for some in cells.values():
        for number, count in _parts(some):
            total[number] += count
    return {number: count for number, count in enumerate(total) if count}


def _quantiles(
    cells: Mapping[int, Histogram], size: int, share: float
) -> tuple[Numbers, int | None]:
    numbers = [_quantile(cells.get(place, {}), share) for place in range(size)]
    return numbers, _quantile(together(cells), share)


def _quantile(some: Histogram, share: float) -> int | None:
    value = quantile(some, share) if isinstance(some, dict) else sparse_quantile(some, share)
    return None if value is None else round(value * MICROSECONDS)
