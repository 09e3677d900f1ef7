"""What an application's plan allows in a period, in its own time zone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from contract.messages.applications import UsageCap
from contract.terms import CapInterval
from hosted.metering.caps import Caps

BERLIN, TOKYO = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Tokyo")
CAP = UsageCap(requests=3, interval=CapInterval.DAY)


def at_us(wall_clock, zone=BERLIN):
    return int(datetime.fromisoformat(wall_clock).replace(tzinfo=zone).timestamp()) * 1_000_000


NOON, LATE, TOMORROW = (
    at_us(clock) for clock in ("2026-11-23T12:00", "2026-11-23T23:59:59", "2026-11-24T00:00")
)


@pytest.fixture
def caps():
    made = Caps()
    assert made.configure("app", BERLIN, CAP)
    return made


def test_the_cap_is_reached_with_its_last_request_and_free_again_at_midnight(caps):
    for _ in range(3):
        assert not caps.is_reached("app", NOON)
        caps.add("app", 1, NOON, NOON)
    assert caps.is_reached("app", LATE)
    assert not caps.is_reached("app", TOMORROW)


def test_a_request_that_is_taken_back_leaves_room(caps):
    caps.add("app", 3, NOON, NOON)
    caps.add("app", -1, NOON, LATE)
    assert not caps.is_reached("app", LATE)


def test_a_request_of_yesterday_does_not_count_today(caps):
    assert not caps.is_reached("app", TOMORROW)
    caps.add("app", 3, LATE, TOMORROW)
    assert not caps.is_reached("app", TOMORROW)


def test_an_application_without_a_cap_is_never_stopped_and_has_no_reading(caps):
    caps.add("other", 10**9, NOON, NOON)
    assert not caps.is_reached("other", NOON)
    assert caps.reading("other", NOON) is None
    caps.add("app", 3, NOON, NOON)
    assert not caps.configure("app", BERLIN, None)
    assert not caps.is_reached("app", NOON)


def test_a_higher_cap_of_the_same_period_goes_on_counting(caps):
    caps.add("app", 3, NOON, NOON)
    assert not caps.configure("app", BERLIN, UsageCap(requests=4, interval=CapInterval.DAY))
    assert not caps.is_reached("app", NOON)
    caps.add("app", 1, NOON, NOON)
    assert caps.is_reached("app", NOON)


@pytest.mark.parametrize(
    ("zone", "interval"), [(TOKYO, CapInterval.DAY), (BERLIN, CapInterval.MONTH)]
)
def test_another_period_or_zone_has_to_be_counted_from_what_is_stored(caps, zone, interval):
    caps.add("app", 3, NOON, NOON)
    assert caps.configure("app", zone, UsageCap(requests=3, interval=interval))
    assert not caps.is_reached("app", NOON)


def test_the_reading_says_what_was_used_and_when_there_is_room(caps):
    caps.add("app", 2, NOON, NOON)
    cap, reading = caps.reading("app", NOON)
    assert (cap, reading.used, reading.frees_us) == (CAP, 2, NOON)
    caps.add("app", 1, NOON, NOON)
    assert caps.reading("app", NOON)[1].frees_us == TOMORROW
    assert caps.start_us("app", NOON) == at_us("2026-11-23T00:00")
