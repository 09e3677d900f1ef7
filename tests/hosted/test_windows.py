"""Hours, days and windows of limits in an owner's time zone, checked against a calendar."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.terms import LimitInterval
from hosted.clock import SECOND_US
from hosted.metering.windows import hour_and_day, length_us, local_day, window

ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Europe/Berlin",
        "America/St_Johns",
        "Asia/Kathmandu",
        "Australia/Lord_Howe",
    )
]
"""Whole hours, half hours, a quarter, and a clock change of half an hour."""
BERLIN = ZoneInfo("Europe/Berlin")
INSTANTS = st.integers(0, 2**42 * 1000)
INTERVALS = st.sampled_from(LimitInterval)


def us(wall_clock, zone):
    return int(datetime.fromisoformat(wall_clock).replace(tzinfo=zone).timestamp()) * SECOND_US


@given(INSTANTS, st.sampled_from(ZONES))
def test_an_hour_begins_at_a_full_hour_of_the_wall_clock_and_has_its_local_date(at_us, zone):
    hour, day = hour_and_day(at_us, zone)
    assert 0 <= at_us // SECOND_US - hour < 3600
    local = datetime.fromtimestamp(at_us // SECOND_US, tz=zone)
    assert date(1970, 1, 1) + timedelta(days=day) == local.date()
    assert local_day(at_us, zone) == day


@given(INSTANTS, st.sampled_from(ZONES), INTERVALS)
def test_windows_hold_their_instant_and_follow_one_another(at_us, zone, interval):
    start, end = window(interval, at_us, zone)
    assert start <= at_us < end
    assert window(interval, start, zone) == (start, end)
    following, _ = window(interval, end, zone)
    assert following <= end
    assert window(interval, end - 1, zone)[0] == start


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-07-01", 24)]
)
def test_a_day_of_a_clock_change_is_as_long_as_it_is(day, hours):
    start, end = window(LimitInterval.DAY, us(f"{day}T12:00", BERLIN), BERLIN)
    assert (end - start) // SECOND_US == hours * 3600


def test_a_week_begins_on_monday_and_a_month_on_the_first():
    week = window(LimitInterval.WEEK, us("2026-11-29T23:59:59", BERLIN), BERLIN)
    assert week == (us("2026-11-23", BERLIN), us("2026-11-30", BERLIN))
    month = window(LimitInterval.MONTH, us("2028-02-29", BERLIN), BERLIN)
    assert month == (us("2028-02-01", BERLIN), us("2028-03-01", BERLIN))


def test_an_hour_that_comes_twice_is_two_windows():
    first = us("2026-10-24T22:00", ZoneInfo("UTC"))
    quarters = [first + number * 900 * SECOND_US for number in range(24)]
    seen = {window(LimitInterval.HOUR, quarter, BERLIN) for quarter in quarters}
    assert all(end - start == 3600 * SECOND_US for start, end in seen)
    assert len(seen) == 6


def test_lengths_of_moving_intervals_do_not_depend_on_the_calendar():
    lengths = [length_us(interval) // SECOND_US for interval in LimitInterval]
    assert lengths == [1, 60, 3600, 86_400, 604_800, 2_592_000]
