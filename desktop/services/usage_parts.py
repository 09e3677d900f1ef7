"""A large answer in parts: some buckets at a time, with the lines that the whole would have.

Each part is counted by itself and forgotten, so that memory does not grow with the answer. Only
revenue is counted whole: its months are, and it has no hours.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Answer, Comparison, Grain, Measure, Series
from desktop.services.usage_frames import frame_of, period_before

if TYPE_CHECKING:
    from desktop.services.usage_answering import Asking, Keys
    from desktop.services.usage_frames import Frame

CELLS_A_PART: Final = 50_000


class Parts:
    """The parts of an answer, in order; on the picture of the vault that `asking` reads."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking

    @cached_property
    def _whole(self) -> Answer | None:
        """The whole answer, where it is one part."""
        is_revenue = self._asking.question.measure is Measure.REVENUE
        return self._asking.answer() if is_revenue or len(self._periods) == 1 else None

    @cached_property
    def cells(self) -> int:
        """Lines times buckets."""
        lines = self._lines if self._whole is None else self._whole.series
        return len(lines) * self._asking.frame.size

    def __iter__(self) -> Iterator[Answer]:
        if self._whole is not None:
            yield self._whole
            return
        compared = period_before(self._asking.question)
        before = None if compared is None else _Before(self._alone, self._keys, compared)
        for period in self._periods:
            part = self._alone.of_days(period, self._keys)
            shown = replace(part, series=tuple(_same_lines(part, self._lines)))
            if before is not None:
                first = self._asking.frame.place_of_day(calendar.day_number(period.start))
                shown = before.beside(shown, first, self._lines)
            yield shown

    @cached_property
    def _alone(self) -> Asking:
        """The question without its comparison, whose buckets count from a start of their own."""
        question = replace(self._asking.question, comparison=Comparison.NONE)
        return replace(self._asking, question=question)

    @cached_property
    def _lines(self) -> Mapping[str, Series]:
        """The lines of the whole: the groups that are largest in all of it."""
        question = replace(self._alone.question, grain=Grain.WHOLE)
        ranking = replace(self._alone, question=question).of_days(question.period, None)
        return {line.key: line for line in ranking.series}

    @property
    def _keys(self) -> Keys:
        if self._asking.question.group_by is None:
            return None
        return [key for key in self._lines if key]

    @cached_property
    def _periods(self) -> Sequence[DateRange]:
        """The period cut where buckets begin, each part small enough to be held."""
        question, frame = self._asking.question, self._asking.frame
        lines = 1 if question.group_by is None else question.top + 1
        firsts = _first_days(frame, question.grain)
        buckets_a_day = frame.size / len(firsts)
        step = max(1, int(CELLS_A_PART / (lines * buckets_a_day)))
        cuts = [question.period.start, *firsts[step::step], question.period.end]
        return [DateRange(*days) for days in pairwise(cuts)]


def _first_days(frame: Frame, grain: Grain) -> Sequence[date]:
    """Days on which buckets begin; an hour does not begin a part."""
    if grain is Grain.HOUR:
        return [calendar.day_of_number(day) for day in frame.days]
    return [date.fromisoformat(label) for label in frame.labels]


def _same_lines(part: Answer, lines: Mapping[str, Series]) -> Iterator[Series]:
    """The part's lines; one that has nothing in this part is there too."""
    found = {line.key: line for line in part.series}
    for key, line in lines.items():
        empty = None if line.unit == "ms" else 0
        nothing = tuple(None if value is None else empty for value in part.totals[0].values)
        yield found.get(key) or replace(line, values=nothing)


@dataclass(frozen=True, slots=True)
class _Before:
    """The comparison's numbers, bucket by bucket of the answer's own."""

    asking: Asking
    keys: Keys
    period: DateRange

    def beside(self, part: Answer, first: int, lines: Mapping[str, Series]) -> Answer:
        """The part with the numbers before; `first` is its first place in the whole."""
        size = len(part.starts)
        frame = frame_of(self.period, self.asking.question.grain, self.asking.frame.zone)
        starts = frame.starts[first : first + size]
        if not starts:  # the period before is shorter
            nothing = (None,) * size
            series = [replace(line, before=nothing) for line in part.series]
            return replace(part, series=tuple(series))
        # Its part may begin within a day where the answer's begins with one, if clocks changed.
        end = frame.starts[first + size] if first + size < frame.size else frame.end
        begins, last = (calendar.local_day(at, frame.zone) for at in (starts[0], end - 1))
        days = DateRange(
            max(calendar.day_of_number(begins), self.period.start),
            min(calendar.day_of_number(last + 1), self.period.end),
        )
        found = self.asking.of_days(days, self.keys)
        place = bisect_left(found.starts, starts[0])
        columns = {line.key: line.values for line in _same_lines(found, lines)}
        series = [
            replace(line, before=_padded(columns[line.key][place:][: len(starts)], size))
            for line in part.series
        ]
        return replace(part, series=tuple(series))


def _padded(values: Sequence[int | None], size: int) -> tuple[int | None, ...]:
    return (*values, *[None] * (size - len(values)))
