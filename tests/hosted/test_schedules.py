"""When a limit's schedule is on: compared with a look at every span by the wall clock."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.messages.policies import Span
from hosted.metering.schedules import MINUTE_US, Schedule

BERLIN = ZoneInfo("Europe/Berlin")
CLOCKS = st.builds(lambda m: f"{m // 60:02d}:{m % 60:02d}", st.integers(0, 1439))
SPANS = st.builds(
    Span,
    weekdays=st.sets(st.integers(1, 7), min_size=1).map(lambda days: tuple(sorted(days))),
    start=CLOCKS,
    end=CLOCKS,
)


def at_us(text):
    return int(datetime.fromisoformat(text).replace(tzinfo=BERLIN).timestamp() * 1_000_000)


def is_within(span, local):
    """Whether a wall clock is in a span that began on its day or the day before."""
    for days_ago in (0, 1):
        began = local - timedelta(days=days_ago)
        if began.isoweekday() not in span.weekdays:
            continue
        minutes = days_ago * 1440 + local.hour * 60 + local.minute
        start, end = (int(clock[:2]) * 60 + int(clock[3:]) for clock in (span.start, span.end))
        if start <= minutes < (end if end > start else end + 1440):
            return True
    return False


@given(st.lists(SPANS, max_size=3), st.integers(0, 10_080), st.integers(0, 59))
def test_a_schedule_is_on_exactly_within_its_spans(spans, minute, second):
    local = datetime(2026, 6, 1, tzinfo=BERLIN) + timedelta(minutes=minute, seconds=second)
    schedule = Schedule(spans, BERLIN)
    instant = int(local.timestamp() * 1_000_000)
    assert schedule.is_on(instant) == any(is_within(span, local) for span in spans)


@pytest.mark.parametrize(
    ("moment", "is_on"),
    [
        ("2026-06-05T21:59:59", False),
        ("2026-06-05T22:00:00", True),
        ("2026-06-06T05:59:59", True),
        ("2026-06-06T06:00:00", False),
        ("2026-06-08T03:00:00", False),
    ],
)
def test_a_span_over_midnight_belongs_to_the_day_it_begins_on(moment, is_on):
    friday_night = Span(weekdays=(5,), start="22:00", end="06:00")
    assert Schedule([friday_night], BERLIN).is_on(at_us(moment)) is is_on


def test_sunday_night_reaches_into_monday():
    sunday_night = Span(weekdays=(7,), start="23:00", end="01:00")
    assert Schedule([sunday_night], BERLIN).is_on(at_us("2026-06-08T00:30:00"))


def test_what_was_looked_up_holds_for_its_minute_only():
    schedule = Schedule([Span(weekdays=(1,), start="10:00", end="10:01")], BERLIN)
    start = at_us("2026-06-01T10:00:00")
    assert [schedule.is_on(start + step) for step in (-1, 0, MINUTE_US - 1, MINUTE_US)] == [
        False, True, True, False,
    ]  # fmt: skip
