"""Hours, days and limit windows in an application's time zone."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from contract.terms import LimitInterval
from hosted.clock import SECOND_US

EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
HOUR_S: Final = 3600
SPANS_S: Final = {LimitInterval.SECOND: 1, LimitInterval.MINUTE: 60, LimitInterval.HOUR: HOUR_S}
DAY_S: Final = 24 * HOUR_S
LENGTHS_S: Final = {
    **SPANS_S,
    LimitInterval.DAY: DAY_S,
    LimitInterval.WEEK: 7 * DAY_S,
    LimitInterval.MONTH: 30 * DAY_S,
}


def hour_and_day(at_us: int, zone: ZoneInfo) -> tuple[int, int]:
    """Bucket of an instant: start of its local hour (UTC seconds), and its local date (days).

    The hour is cut by local time, so that zones off by half an hour get exact days.
    """
    return _hour_and_day(at_us // SECOND_US, zone)


@lru_cache(maxsize=64)
def _hour_and_day(at_s: int, zone: ZoneInfo) -> tuple[int, int]:
    """Remembered, for thousands of calls come in the same second."""
    local = datetime.fromtimestamp(at_s, tz=zone)
    into_hour = local.minute * 60 + local.second
    return at_s - into_hour, local.toordinal() - EPOCH_DAY


def window(interval: LimitInterval, at_us: int, zone: ZoneInfo) -> tuple[int, int]:
    """First instant of the fixed window around `at_us`, and of the next one; microseconds UTC.

    Weeks begin on Monday. Seconds, minutes and hours are cut by local time.
    """
    span_s = SPANS_S.get(interval)
    if span_s is not None:
        at_s = at_us // SECOND_US
        local = datetime.fromtimestamp(at_s, tz=zone)
        start_s = at_s - (local.minute * 60 + local.second) % span_s
        return start_s * SECOND_US, (start_s + span_s) * SECOND_US
    first, after = _days(interval, datetime.fromtimestamp(at_us / SECOND_US, tz=zone).date())
    return _midnight_us(first, zone), _midnight_us(after, zone)


def length_us(interval: LimitInterval) -> int:
    """Length of an interval that begins at no fixed time: a day has 24 hours, a month 30 days."""
    return LENGTHS_S[interval] * SECOND_US


def local_day(at_us: int, zone: ZoneInfo) -> int:
    """Local date of an instant, in days since 1970-01-01."""
    return hour_and_day(at_us, zone)[1]


def _days(interval: LimitInterval, today: date) -> tuple[date, date]:
    match interval:
        case LimitInterval.WEEK:
            monday = today - timedelta(days=today.weekday())
            return monday, monday + timedelta(days=7)
        case LimitInterval.MONTH:
            first = today.replace(day=1)
            return first, (first + timedelta(days=31)).replace(day=1)
        case _:
            return today, today + timedelta(days=1)


def _midnight_us(day: date, zone: ZoneInfo) -> int:
    midnight = datetime.combine(day, time(), tzinfo=zone)
    return int(midnight.astimezone(UTC).timestamp()) * SECOND_US
