"""The buckets of a question: where they start, their names, and where a day or hour falls."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from functools import lru_cache
from typing import Final

from desktop.domain import calendar
from desktop.domain.errors import InvalidInput
from desktop.domain.usage import DateRange
from desktop.domain.usage import Grain as CalendarGrain
from desktop.domain.usage_questions import Comparison, Grain, Question
from desktop.services.usage_chart import check_period

MOST_BUCKETS: Final = 100_000
WEEKS_OF_YEAR: Final = timedelta(weeks=52)
FEBRUARY, LAST_DAY = 2, 28


@dataclass(frozen=True, slots=True)
class Frame:
    """Places count from 0. A bucket holds what lies from its start to the next one's."""

    period: DateRange
    zone: tzinfo
    starts: tuple[int, ...]
    """UTC seconds, rising."""
    end: int
    """End of the last bucket."""
    labels: tuple[str, ...]
    place_of_day: Callable[[int], int]
    place_of_hour: Callable[[int], int]

    @property
    def size(self) -> int:
        return len(self.starts)

    @property
    def days(self) -> range:
        """Numbers of the period's days."""
        return range(calendar.day_number(self.period.start), calendar.day_number(self.period.end))

    def hours_in(self, zone: tzinfo) -> range:
        """The period in a zone, as UTC seconds."""
        period = self.period
        return range(calendar.instant(period.start, zone), calendar.instant(period.end, zone))


@lru_cache(maxsize=64)
def frame_of(period: DateRange, grain: Grain, zone: tzinfo) -> Frame:
    """Raises: InvalidInput (field `period`: empty, before 1970, or too many buckets)."""
    check_period(period)
    days = (period.end - period.start).days
    if days * (24 if grain is Grain.HOUR else 1) > MOST_BUCKETS:
        raise InvalidInput(
            f"This would be more than {MOST_BUCKETS:,} points. Choose a shorter period or a "
            "coarser grain.",
            field="period",
        )
    return _hours(period, zone) if grain is Grain.HOUR else _days(period, grain, zone)


def _hours(period: DateRange, zone: tzinfo) -> Frame:
    starts = calendar.hours(period, zone)
    first = calendar.day_number(period.start)
    of_day = [
        bisect_right(starts, calendar.instant(day, zone)) - 1 for day in calendar.days(period)
    ]
    return Frame(
        period,
        zone,
        starts,
        calendar.instant(period.end, zone),
        tuple(calendar.hour_label(hour, zone) for hour in starts),
        lambda day: max(0, of_day[day - first]),
        lambda hour: max(0, bisect_right(starts, hour) - 1),
    )


def _days(period: DateRange, grain: Grain, zone: tzinfo) -> Frame:
    buckets = _buckets(period, grain)
    places = {bucket: place for place, bucket in enumerate(buckets)}
    first = calendar.day_number(period.start)
    of_day = [places[_bucket_of(day, grain, period)] for day in calendar.days(period)]
    starts = tuple(calendar.instant(bucket, zone) for bucket in buckets)
    return Frame(
        period,
        zone,
        starts,
        calendar.instant(period.end, zone),
        tuple(bucket.isoformat() for bucket in buckets),
        dict(enumerate(of_day, first)).__getitem__,
        lambda hour: max(0, bisect_right(starts, hour) - 1),
    )


def _buckets(period: DateRange, grain: Grain) -> tuple[date, ...]:
    if grain is Grain.WHOLE:
        return (period.start,)
    return calendar.buckets(period, CalendarGrain(grain))


def _bucket_of(day: date, grain: Grain, period: DateRange) -> date:
    return period.start if grain is Grain.WHOLE else calendar.bucket_of(day, CalendarGrain(grain))


def period_before(question: Question) -> DateRange | None:
    """The period that a question's is compared with; None without a comparison."""
    period = question.period
    match question.comparison:
        case Comparison.PREVIOUS:
            return _previous(period)
        case Comparison.LAST_YEAR if question.grain is Grain.WEEK:
            return DateRange(period.start - WEEKS_OF_YEAR, period.end - WEEKS_OF_YEAR)
        case Comparison.LAST_YEAR:
            return DateRange(_year_before(period.start), _year_before(period.end))
        case _:
            return None


def _previous(period: DateRange) -> DateRange:
    first, end = calendar.month_number(period.start), calendar.month_number(period.end)
    whole = period.start.day == 1 and period.end.day == 1
    if not whole or 2 * first < end:
        return calendar.previous(period)
    return DateRange(calendar.month_start(2 * first - end), period.start)


def _year_before(day: date) -> date:
    if (day.month, day.day) == (FEBRUARY, LAST_DAY + 1):
        return day.replace(year=day.year - 1, day=LAST_DAY)
    return day.replace(year=day.year - 1)
