"""Days, hours and buckets of an application's time zone.

Days are counted from 1970-01-01, hours are UTC seconds of their start, as in the rollups.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from fractions import Fraction
from typing import Final

from desktop.domain.usage import DateRange, Grain

FIRST_DAY: Final = date(1970, 1, 1)
HOUR_S: Final = 3600
HOURS_A_DAY: Final = 24
MONTHS: Final = 12
"""Of a year."""


def day_number(day: date) -> int:
    return (day - FIRST_DAY).days


def day_of_number(number: int) -> date:
    return FIRST_DAY + timedelta(days=number)


def local_day(hour: int, zone: tzinfo) -> int:
    """Number of the local day in which an hour starts."""
    return day_number(datetime.fromtimestamp(hour, zone).date())


def instant(day: date, zone: tzinfo) -> int:
    """UTC seconds at which a local day starts."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp())


def previous(period: DateRange) -> DateRange:
    """The period of the same length that ends where this one starts."""
    return DateRange(period.start - (period.end - period.start), period.start)


def hours(period: DateRange, zone: tzinfo) -> tuple[int, ...]:
    """Start of each hour of local time: 23 or 25 of them on days on which clocks change by one.

    Where they change by half an hour, an hour begins within another one, as it is counted.
    """
    return tuple(start for day in days(period) for start in _hours_of(day, zone))


def _hours_of(day: date, zone: tzinfo) -> Iterator[int]:
    first, end = instant(day, zone), instant(day + timedelta(days=1), zone)
    if end - first == HOURS_A_DAY * HOUR_S:
        yield from range(first, end, HOUR_S)
        return
    quarters = (_hour_start(at, zone) for at in range(first, end, HOUR_S // 4))
    yield from sorted({max(first, start) for start in quarters})


def _hour_start(at: int, zone: tzinfo) -> int:
    """Start of the hour of local time that holds an instant, both in UTC seconds."""
    local = datetime.fromtimestamp(at, zone)
    return at - 60 * local.minute - local.second


def hour_label(hour: int, zone: tzinfo) -> str:
    """Local date and time, to the minute; the repeated hour of autumn is written twice alike."""
    return datetime.fromtimestamp(hour, zone).replace(tzinfo=None).isoformat(timespec="minutes")


def bucket_of(day: date, grain: Grain) -> date:
    """First day of the day, week (from Monday) or month that holds a day."""
    match grain:
        case Grain.WEEK:
            return day - timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case _:
            return day


def buckets(period: DateRange, grain: Grain) -> tuple[date, ...]:
    """First day of each bucket the period touches; the outer ones may lie partly outside."""
    return tuple(dict.fromkeys(bucket_of(day, grain) for day in days(period)))


def days(period: DateRange) -> Iterator[date]:
    for offset in range((period.end - period.start).days):
        yield period.start + timedelta(days=offset)


def today(now: datetime, zone: tzinfo) -> date:
    """`now` is aware."""
    return now.astimezone(UTC).astimezone(zone).date()


def month_number(day: date) -> int:
    """Months from January 1970 to the month of a day."""
    return (day.year - FIRST_DAY.year) * MONTHS + day.month - 1


def month_start(number: int) -> date:
    """First day of a month."""
    years, months = divmod(number, MONTHS)
    return date(FIRST_DAY.year + years, months + 1, 1)


def month_period(number: int) -> DateRange:
    """The days of a month."""
    return DateRange(month_start(number), month_start(number + 1))


def share_of_month(days: DateRange) -> Fraction:
    """The days of a part of one month, of those of that month."""
    month = month_period(month_number(days.start))
    return Fraction((days.end - days.start).days, (month.end - month.start).days)
