"""One question on one picture of the vault, from its applications to named lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple

from contract.durations import value_of
from desktop.domain.errors import InvalidInput
from desktop.domain.usage import Stamp
from desktop.domain.usage_questions import (
    OTHER,
    PERCENTILES,
    Answer,
    Caveat,
    Distribution,
    Gap,
    GapReason,
    LeftOut,
    Measure,
    Question,
    Series,
)
from desktop.services.calls import Report
from desktop.services.storage import applications, revenue_months
from desktop.services.storage.touched import MAX_INTEGER
from desktop.services.usage_counts import counted
from desktop.services.usage_customers import counted_customers
from desktop.services.usage_found import CALLS, Found, Numbers
from desktop.services.usage_frames import Frame, frame_of, period_before
from desktop.services.usage_names import EVERYTHING, names_of
from desktop.services.usage_percentiles import measured, read, together
from desktop.services.usage_reach import Reach, reach_of, without_gaps
from desktop.services.usage_scope import Scope

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.usage import Application, DateRange
    from desktop.services.storage.revenue_months import MonthRevenue

Keys = Sequence[str] | None
NOT_ADDED: Final = frozenset({"ms", "customers"})
"""Units whose buckets do not add up to the whole."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One question and one picture of the vault."""

    question: Question
    scopes: Sequence[Scope]
    frame: Frame
    reach: Reach
    stamp: Stamp
    report: Report
    generation: int
    """Number of the vault's last change in this picture."""
    made: list[MonthRevenue] = field(default_factory=list)
    """Sums that were worked out and may be kept."""

    @property
    def time_zone(self) -> str:
        """IANA name, of the first application."""
        return self.scopes[0].application.time_zone

    @staticmethod
    def of(
        db: Connection, question: Question, stamp: Stamp, now: datetime, report: Report
    ) -> Asking:
        """Raises: InvalidInput."""
        chosen = _applications(db, question)
        scopes = [Scope(db, one, question) for one in chosen]
        reach = reach_of(db, chosen, stamp.as_of, now)
        frame = frame_of(question.period, question.grain, scopes[0].zone)
        number = revenue_months.generation(db)
        return Asking(question, scopes, frame, reach, stamp, report, number)

    def of_days(self, period: DateRange, keys: Keys) -> Answer:
        """The part of the answer for some whole buckets of it; `keys` stand for themselves."""
        frame = frame_of(period, self.question.grain, self.frame.zone)
        return replace(self, frame=frame).answer(keys)

    def answer(self, keys: Keys = None) -> Answer:
        """The answer; `keys` are the groups that stand for themselves, None the largest."""
        question, frame = self.question, self.frame
        found = self._found(frame, keys)
        gaps = self.reach.gaps(frame)
        before = self._before([key for one in found for key in one.columns])
        names = names_of(self.scopes, [key for one in found for key in one.columns])
        series, totals = [], []
        for one in found:
            lines = _Lines(one, gaps, before.get(one.unit))
            series += [lines.series(key, names[key]) for key in one.columns]
            totals.append(lines.total())
        if question.measure in PERCENTILES and totals:
            gaps = _with_missing(totals[0].values, gaps)
        return Answer(
            question=question,
            time_zone=self.time_zone,
            starts=frame.starts,
            labels=frame.labels,
            ends=frame.end,
            series=tuple(series),
            totals=tuple(totals),
            gaps=tuple(gaps),
            left_out=tuple(self._left_out(found)),
            groups=max((one.groups for one in found), default=0),
            stamp=self.stamp,
        )

    def distribution(self) -> Distribution:
        histograms = read(self.scopes, self.frame, self.report)
        counts = together(histograms.of(histograms.cells))
        bins = sorted(counts)
        return Distribution(
            tuple(value_of(number) for number in bins),
            tuple(counts[number] for number in bins),
            self.stamp,
        )

    def _found(self, frame: Frame, keys: Keys) -> list[Found]:
        measure = self.question.measure
        if measure is Measure.REVENUE:
            # It brings numpy, which most questions do without.
            from desktop.services.usage_revenue import earned

            return earned(self.scopes, frame, keys, self.report, self.made)
        if measure in PERCENTILES:
            return [measured(self.scopes, frame, keys, self.report)]
        if measure is Measure.CUSTOMERS:
            return [counted_customers(self.scopes, frame, keys, self.report)]
        return [counted(self.scopes, frame, keys, self.report)]

    def _before(self, keys: Sequence[str]) -> dict[str, _Before]:
        """The comparison's numbers for the same groups, by unit."""
        period = period_before(self.question)
        if period is None:
            return {}
        frame = frame_of(period, self.question.grain, self.frame.zone)
        gaps = self.reach.gaps(frame)
        shown = list(dict.fromkeys(key for key in keys if key != OTHER))
        return {one.unit: _Before(one, gaps) for one in self._found(frame, shown)}

    def _left_out(self, found: Sequence[Found]) -> Iterator[LeftOut]:
        requests = max((one.left_out for one in found), default=0)
        if requests:
            is_revenue = self.question.measure is Measure.REVENUE
            caveat = Caveat.SINGLE_CALLS if is_revenue else Caveat.LARGEST_CUSTOMERS
            yield LeftOut(caveat, requests)


class _Before(NamedTuple):
    found: Found
    gaps: Sequence[Gap]


@dataclass(frozen=True, slots=True)
class _Lines:
    """Makes lines of the numbers of one unit."""

    found: Found
    gaps: Sequence[Gap]
    before: _Before | None

    def series(self, key: str, label: str) -> Series:
        found, before = self.found, self.before
        shown = Series(
            key, label, *self._shown(found, found.columns[key], found.totals[key], self.gaps),
            found.scale, found.unit,
        )  # fmt: skip
        if before is None:
            return shown
        empty: Numbers = [None if found.unit == "ms" else 0] * len(before.found.whole)
        column = before.found.columns.get(key, empty)
        return self._compared(shown, column, before.found.totals.get(key, empty[0]))

    def total(self) -> Series:
        found, before = self.found, self.before
        shown = Series(
            OTHER, EVERYTHING, *self._shown(found, found.whole, found.whole_total, self.gaps),
            found.scale, found.unit,
        )  # fmt: skip
        if before is None:
            return shown
        return self._compared(shown, before.found.whole, before.found.whole_total)

    def _compared(self, series: Series, column: Numbers, total: int | None) -> Series:
        """A series with the numbers of the comparison, bucket by bucket."""
        if self.before is None:
            return series
        values, total = self._shown(self.before.found, column, total, self.before.gaps)
        size = len(series.values)
        padded = (*values[:size], *[None] * (size - len(values)))
        return replace(series, before=padded, total_before=total)

    @staticmethod
    def _shown(
        found: Found, column: Numbers, total: int | None, gaps: Sequence[Gap]
    ) -> tuple[tuple[int | None, ...], int | None]:
        """Values with gaps, and their total, within 64 bits."""
        values = without_gaps(column, gaps)
        known = [number for number in values if number is not None]
        added = sum(known)
        # Calls are never negative: where their sum fits, each of them does.
        is_small = found.unit == CALLS.name and added <= MAX_INTEGER
        if not is_small and known and not -MAX_INTEGER <= min(known) <= max(known) <= MAX_INTEGER:
            values = tuple(map(_bounded, values))
        return values, _bounded(total if found.unit in NOT_ADDED else added)


def _bounded(number: int | None) -> int | None:
    """Numbers stop at what 64 bits hold, as the sums of the vault do."""
    return None if number is None else max(-MAX_INTEGER, min(MAX_INTEGER, number))


def _with_missing(values: Sequence[int | None], gaps: Sequence[Gap]) -> list[Gap]:
    """The gaps, and buckets in which nothing was measured."""
    known = {place for gap in gaps for place in range(gap.first, gap.end)}
    missing = [place for place, value in enumerate(values) if value is None and place not in known]
    found = list(gaps)
    for place in missing:
        last = found[-1] if found else None
        if last is not None and (last.reason, last.end) == (GapReason.NO_DATA, place):
            found[-1] = Gap(last.first, place + 1, GapReason.NO_DATA)
        else:
            found.append(Gap(place, place + 1, GapReason.NO_DATA))
    return sorted(found, key=lambda gap: gap.first)


def _applications(db: Connection, question: Question) -> list[Application]:
    """The applications of a question, by name. Raises: InvalidInput."""
    if question.application_id is not None:
        found = applications.find(db, question.application_id)
        chosen = [] if found is None else [found]
    else:
        chosen = [one for one in applications.listed(db) if not one.is_sample]
    if not chosen:
        raise InvalidInput(
            "This application is no longer in the vault. Choose another one."
            if question.application_id
            else "There is no application in the vault yet. Connect one first.",
            field="application_id",
        )
    return chosen
