"""A chart from the sums in the vault: every bucket, the largest groups, and the rest as one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from contract.messages.rollups import MICRO, OTHERS
from desktop.domain import calendar
from desktop.domain.errors import InvalidInput
from desktop.domain.usage import (
    DateRange,
    Grain,
    GroupBy,
    Measure,
    Series,
    Stamp,
    UsageAnswer,
    UsageQuestion,
)
from desktop.services.storage import usage_queries
from desktop.services.storage.usage_queries import GroupTotal, Span

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId

MAX_BUCKETS: Final = 5000
OTHER: Final = "Other"
EARLIEST: Final = date(1970, 1, 1)
LATEST: Final = date(9999, 1, 1)
TOTALS: Final = {Measure.REQUESTS: "All requests", Measure.UNITS: "All units"}

Labels = Callable[[Sequence[str]], dict[str, str]]
"""Texts to show for the keys of groups."""
Columns = dict[str, list[Decimal]]
"""Values per group key, one for each bucket."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The buckets of a chart: their labels, the span they cover, and where a day or hour falls."""

    starts: tuple[str, ...]
    span: Span
    index_of: Callable[[int], int]


class ChartBuilder:
    """Answers one question from one picture of the vault."""

    def __init__(self, db: Connection, question: UsageQuestion, zone: tzinfo) -> None:
        """Raises: InvalidInput (field `period`: empty, or too many buckets)."""
        self._db = db
        self._question = question
        self._frame = frame_of(question, zone)
        hourly = question.grain is Grain.HOUR
        self._source = usage_queries.source_of(question.group_by, hourly=hourly)

    def answer(self, labels: Labels, stamp: Stamp) -> UsageAnswer:
        frame, question = self._frame, self._question
        sums = usage_queries.bucket_sums(self._db, self._source, frame.span)
        whole = self._columns(sums, [""])[""]
        if question.group_by is GroupBy.DAY:
            series = [Series("all", TOTALS[question.measure], tuple(whole))]
        else:
            series = self._groups(labels, whole)
        return UsageAnswer(frame.starts, tuple(series), sum(whole, Decimal(0)), stamp)

    def _groups(self, labels: Labels, whole: list[Decimal]) -> list[Series]:
        keys = self._largest()
        buckets = usage_queries.group_buckets(self._db, self._source, self._frame.span, keys)
        columns, texts = self._columns(buckets, keys), labels(keys)
        series = [Series(key, texts[key], tuple(columns[key])) for key in keys]
        rest = [
            all_of_it - sum(parts)
            for all_of_it, *parts in zip(whole, *columns.values(), strict=True)
        ]
        if any(rest):
            series.append(Series("", OTHER, tuple(rest)))
        return series

    def _largest(self) -> list[str]:
        totals = usage_queries.group_totals(self._db, self._source, self._frame.span)
        named = [total for total in totals if total.key != OTHERS and self._amount(total)]
        named.sort(key=lambda total: (-self._amount(total), total.key))
        return [total.key for total in named[: self._question.top]]

    def _columns(self, buckets: Iterable[tuple[int, GroupTotal]], keys: Iterable[str]) -> Columns:
        columns = {key: [Decimal(0)] * len(self._frame.starts) for key in keys}
        for bucket, total in buckets:
            columns[total.key][self._frame.index_of(bucket)] += self._amount(total)
        return columns

    def _amount(self, total: GroupTotal) -> Decimal:
        if self._question.measure is Measure.REQUESTS:
            return Decimal(total.requests)
        return units(total.units)


def units(micro: int) -> Decimal:
    """A quantity of the rollups, in units."""
    return Decimal(micro) / MICRO


def day_span(period: DateRange, application_id: ApplicationId) -> Span:
    """The days of a period."""
    return Span(application_id, calendar.day_number(period.start), calendar.day_number(period.end))


def check_period(period: DateRange) -> None:
    """Raises: InvalidInput (field `period`) when it is empty, or no service ever counted in it."""
    if period.start >= period.end:
        raise InvalidInput(
            "The period is empty. Choose an end of the period after its start.", field="period"
        )
    if period.start < EARLIEST or period.end > LATEST:
        raise InvalidInput(
            "This period lies outside of all records. Choose days from 1970 on.", field="period"
        )


def frame_of(question: UsageQuestion, zone: tzinfo) -> Frame:
    """Raises: InvalidInput (field `period`: empty, or too many buckets)."""
    period = question.period
    check_period(period)
    in_hours = question.grain is Grain.HOUR
    if (period.end - period.start).days * (24 if in_hours else 1) > MAX_BUCKETS * _days_of(
        question
    ):
        raise InvalidInput(
            f"This would be more than {MAX_BUCKETS:,} points. Choose a shorter period or a "
            "coarser grain.",
            field="period",
        )
    return _hour_frame(question, zone) if in_hours else _day_frame(question)


def _days_of(question: UsageQuestion) -> int:
    """Shortest length of a bucket in days, 1 for hours."""
    return {Grain.WEEK: 7, Grain.MONTH: 28}.get(question.grain, 1)


def _hour_frame(question: UsageQuestion, zone: tzinfo) -> Frame:
    hours = calendar.hours(question.period, zone)
    span = Span(question.application_id, hours[0], hours[-1] + calendar.HOUR_S)
    starts = tuple(calendar.hour_label(hour, zone) for hour in hours)
    return Frame(starts, span, lambda hour: bisect_right(hours, hour) - 1)


def _day_frame(question: UsageQuestion) -> Frame:
    buckets = calendar.buckets(question.period, question.grain)
    places = {bucket: index for index, bucket in enumerate(buckets)}

    def index_of(day: int) -> int:
        return places[calendar.bucket_of(calendar.day_of_number(day), question.grain)]

    span = day_span(question.period, question.application_id)
    return Frame(tuple(bucket.isoformat() for bucket in buckets), span, index_of)
