"""Alerts: what each kind of rule finds, told once, never in quiet hours, and kept."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.alerts import AlertKind, AlertRule, QuietHours
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId
from desktop.domain.usage_questions import Dimension, Measure
from tests.fakes import APPLICATION, NOON
from tests.unit.test_usage import endpoint, hour_of

TODAY = NOON.date()
BERLIN = ZoneInfo("Europe/Berlin")
HOUR = 3600


class Heard:
    """Desktop notifications that were shown."""

    def __init__(self):
        self.shown = []

    def is_there(self):
        return True

    def notify(self, title, text):
        self.shown.append((title, text))


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def shop(device, hosted, heard):
    """Ten calls a day of one customer at one endpoint in the last six weeks, none today."""
    endpoint(hosted, "end_1", "GET", "/items")
    endpoint(hosted, "end_2", "POST", "/images")
    hosted.put("customer", "cus_1", {"application_id": APPLICATION, "name": "Aurora"})
    hosted.put("customer", "cus_2", {"application_id": APPLICATION, "name": ""})
    for days in range(1, 43):
        hosted.count("end_1", "cus_1", hour_of(TODAY - timedelta(days=days)), requests=10)
    hosted.page_size = 200
    device.sync()
    device.surroundings = replace(device.surroundings, notifier=heard)
    device.reopen()
    return device


@pytest.fixture
def alerts(shop):
    return shop.services.alerts


def rule(kind=AlertKind.ABOVE, limit=50, **fields):
    return AlertRule("", APPLICATION, fields.pop("name", "Busy"), kind, Decimal(limit), **fields)


def call(device, requests, day=TODAY, customer="cus_1", end="end_1"):
    device.hosted.count(end, customer, hour_of(day), requests=requests)
    device.sync()


def sync_later(device, alerts, **span):
    device.clock.forward(**(span or {"minutes": 1}))
    alerts.after_sync()


def texts(alerts, wanted):
    return [finding.text for finding in alerts.try_out(wanted)]


def test_more_than_the_limit_today(shop, alerts):
    assert texts(alerts, rule(limit=29)) == []
    call(shop, 30)
    assert texts(alerts, rule(limit=29)) == ["Requests: 30 today, more than 29."]
    assert texts(alerts, rule(limit=30)) == []
    assert texts(alerts, rule(limit=49, days=3)) == [
        "Requests: 50 in the last 3 days, more than 49."
    ]


def test_less_than_the_limit_in_whole_days(shop, alerts):
    below = rule(AlertKind.BELOW, 21, days=2)
    assert texts(alerts, below) == ["Requests: 20 in the last 2 whole days, less than 21."]
    assert texts(alerts, replace(below, limit=Decimal(20))) == []


def test_each_group_by_itself_and_by_its_name(shop, alerts):
    call(shop, 60, end="end_2")
    call(shop, 70, customer="cus_2")
    assert texts(alerts, rule(group_by=Dimension.ENDPOINT)) == [
        "Requests of GET /items: 70 today, more than 50.",
        "Requests of POST /images: 60 today, more than 50.",
    ]
    found = alerts.try_out(rule(group_by=Dimension.CUSTOMER))
    assert [(one.label, one.is_named) for one in found] == [
        ("Customer cus_2", False),
        ("Aurora", True),
    ]


def test_merged_customers_are_one(shop, alerts):
    call(shop, 30)
    call(shop, 30, customer="cus_2")
    by_customer = rule(group_by=Dimension.CUSTOMER)
    assert texts(alerts, by_customer) == []
    shop.services.customers.edits.merge(
        (CustomerId("cus_2"),), CustomerId("cus_1"), TODAY.replace(day=1)
    )
    assert texts(alerts, by_customer) == ["Requests of Aurora: 60 today, more than 50."]


@pytest.mark.parametrize(
    ("kind", "calls", "found"),
    [
        (AlertKind.RISE, 20, True),
        (AlertKind.RISE, 5, False),
        (AlertKind.FALL, 20, False),
    ],
)
def test_change_against_the_days_before(shop, alerts, kind, calls, found):
    call(shop, calls, TODAY - timedelta(days=1))
    told = texts(alerts, rule(kind, 50, days=1))
    assert bool(told) is found
    if found:
        assert told == ["Requests: 30 yesterday, 200 % above the 10 before."]


def test_fall_is_found_and_small_figures_are_not_compared(shop, alerts):
    shop.clock.forward(hours=24)
    fall = rule(AlertKind.FALL, 90, days=1)
    assert texts(alerts, fall) == [], "ten calls are too few"
    fewer = replace(fall, least=Decimal(10))
    assert texts(alerts, fewer) == ["Requests: 0 yesterday, 100 % below the 10 before."]


def test_silence_is_told_once_there_were_calls(shop, alerts):
    silence = rule(AlertKind.SILENCE, 0, hours=24, group_by=Dimension.ENDPOINT)
    assert texts(alerts, silence) == ["Requests of GET /items: none for more than 24 hours."]
    call(shop, 1)
    assert texts(alerts, silence) == []
    shop.clock.forward(hours=24 * 60)
    assert texts(alerts, silence) == [], "what has been gone for two months is no news"


def test_month_is_expected_to_reach_its_limit(shop, alerts):
    # 14 days of ten calls, today and fifteen days to come.
    assert texts(alerts, rule(AlertKind.FORECAST, 301)) == []
    assert texts(alerts, rule(AlertKind.FORECAST, 300)) == [
        "Requests: about 300 expected this month, and the limit is 300."
    ]


def test_forecast_needs_a_week_to_go_by(device, hosted):
    endpoint(hosted, "end_1", "GET", "/items")
    hosted.count("end_1", "cus_1", hour_of(TODAY - timedelta(days=2)), requests=900)
    device.sync()
    assert texts(device.services.alerts, rule(AlertKind.FORECAST, 1)) == []


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (rule(name=" "), "name"),
        (rule(days=0), "days"),
        (rule(AlertKind.SILENCE, hours=10_000), "hours"),
        (rule(limit="NaN"), "limit"),
        (rule(limit=-1), "limit"),
        (rule(AlertKind.FORECAST, measure=Measure.P95), "measure"),
        (rule(AlertKind.SILENCE, measure=Measure.UNITS), "measure"),
        (rule(measure=Measure.P95, group_by=Dimension.CUSTOMER), "measure"),
        (rule(least=Decimal(-1)), "least"),
    ],
)
def test_rule_that_cannot_be_names_its_field(alerts, wrong, field):
    with pytest.raises(InvalidInput) as refusal:
        alerts.save(wrong)
    assert refusal.value.field == field
    assert alerts.picture(APPLICATION).lines == ()


def test_what_begins_is_told_once_and_what_ends_is_kept(shop, alerts, heard):
    alerts.save(rule())
    sync_later(shop, alerts)
    assert heard.shown == []
    call(shop, 60)
    for _ in range(3):
        sync_later(shop, alerts)
    assert heard.shown == [("Busy", "Requests: 60 today, more than 50.")]
    (event,) = alerts.picture(APPLICATION).history
    assert event.ended_at is None
    assert event.notified_at is not None
    sync_later(shop, alerts, hours=24)
    (event,) = alerts.picture(APPLICATION).history
    assert event.ended_at == shop.clock()
    call(shop, 60, TODAY + timedelta(days=1))
    sync_later(shop, alerts)
    assert len(heard.shown) == 2
    assert [one.ended_at is None for one in alerts.picture(APPLICATION).history] == [True, False]


def test_rules_are_looked_at_once_by_each_sync(shop, hosted, alerts, heard):
    alerts.save(rule())
    hosted.count("end_1", "cus_1", hour_of(TODAY), requests=99)
    for _ in range(2):
        shop.clock.forward(minutes=1)
        shop.sync()
        assert alerts.picture(APPLICATION).lines[0].looked_at == shop.clock()
    assert heard.shown == [("Busy", "Requests: 99 today, more than 50.")]


def test_live_seconds_do_not_each_look_again(shop, alerts):
    alerts.save(rule())
    call(shop, 60)
    sync_later(shop, alerts)
    looked = alerts.picture(APPLICATION).lines[0].looked_at
    sync_later(shop, alerts, seconds=1)
    assert alerts.picture(APPLICATION).lines[0].looked_at == looked
    sync_later(shop, alerts, seconds=10)
    assert alerts.picture(APPLICATION).lines[0].looked_at > looked


def test_restart_tells_nothing_twice(shop, heard):
    shop.services.alerts.save(rule())
    call(shop, 60)
    sync_later(shop, shop.services.alerts)
    shop.reopen()
    sync_later(shop, shop.services.alerts)
    assert len(heard.shown) == 1


def test_quiet_hours_hold_back_and_then_tell_what_still_lasts(shop, alerts, heard):
    now = shop.clock().astimezone()
    around = (now + timedelta(minutes=minutes) for minutes in (-60, 30))
    alerts.set_quiet_hours(QuietHours(*(moment.time() for moment in around)))
    alerts.save(rule())
    call(shop, 60)
    sync_later(shop, alerts)
    assert heard.shown == []
    assert alerts.picture(APPLICATION).history[0].notified_at is None
    sync_later(shop, alerts, hours=1)
    assert heard.shown == [("Busy", "Requests: 60 today, more than 50.")]


def test_snoozed_rule_is_kept_and_says_nothing_until_its_end(shop, alerts, heard):
    stored = alerts.save(rule())
    before = alerts.snooze(stored.rule_id, shop.clock() + timedelta(hours=2))
    call(shop, 60)
    sync_later(shop, alerts)
    assert heard.shown == []
    assert len(alerts.picture(APPLICATION).history) == 1
    assert attention(shop, alerts) == []
    alerts.save(before)
    assert [entry.target for entry in attention(shop, alerts)] == [stored.rule_id]
    sync_later(shop, alerts, hours=3)
    assert len(heard.shown) == 1


def attention(device, alerts):
    from desktop.services.attention import AttentionService

    service = AttentionService(device.services.vault, device.clock, (alerts,))
    return list(service.entries(APPLICATION))


def test_many_at_once_are_told_together(shop, alerts, heard):
    for number in range(4):
        alerts.save(rule(name=f"Rule {number}"))
    call(shop, 60)
    sync_later(shop, alerts)
    assert heard.shown == [("4 alerts", "Rule 0, Rule 1, Rule 2, Rule 3")]


def test_pseudonym_of_a_caller_never_leaves_the_window(shop, alerts, heard):
    alerts.save(rule(group_by=Dimension.CUSTOMER))
    call(shop, 70, customer="cus_2")
    sync_later(shop, alerts)
    assert heard.shown == [("Busy", "Open UsageFlow to see whom it is about.")]
    assert "cus_2" in alerts.picture(APPLICATION).history[0].text


def test_rule_is_deleted_and_brought_back(shop, alerts):
    stored = alerts.save(rule())
    call(shop, 60)
    sync_later(shop, alerts)
    assert alerts.delete(stored.rule_id) == stored
    picture = alerts.picture(APPLICATION)
    assert picture.lines == ()
    assert picture.history[0].ended_at is not None
    alerts.save(stored)
    assert [line.rule for line in alerts.picture(APPLICATION).lines] == [stored]
    with pytest.raises(InvalidInput):
        alerts.delete("alert_gone")


def test_rule_that_is_switched_off_is_not_looked_at(shop, alerts):
    alerts.save(rule(enabled=False))
    call(shop, 60)
    sync_later(shop, alerts)
    picture = alerts.picture(APPLICATION)
    assert (picture.lines[0].looked_at, picture.history) == (None, ())


def test_rule_about_an_application_that_is_gone_says_so_and_stops_nothing(shop, alerts, heard):
    gone = replace(rule(name="Gone"), application_id="app_gone")
    alerts.save(gone)
    alerts.save(rule())
    call(shop, 60)
    sync_later(shop, alerts)
    (line,) = alerts.picture("app_gone").lines
    assert line.problem
    assert len(heard.shown) == 1


QUIET_NIGHT = QuietHours(time(22), time(7))


@pytest.mark.parametrize(
    ("local", "quiet"),
    [
        (datetime(2026, 6, 15, 21, 59, 59, tzinfo=BERLIN), False),
        (datetime(2026, 6, 15, 22, 0, tzinfo=BERLIN), True),
        (datetime(2026, 6, 16, 0, 0, tzinfo=BERLIN), True),
        (datetime(2026, 6, 16, 6, 59, 59, tzinfo=BERLIN), True),
        (datetime(2026, 6, 16, 7, 0, tzinfo=BERLIN), False),
    ],
)
def test_night_goes_over_midnight(local, quiet):
    assert QUIET_NIGHT.hold_at(local) is quiet


@pytest.mark.parametrize(
    ("night", "hours"), [(date(2026, 3, 28), 8), (date(2026, 10, 24), 10), (date(2026, 6, 1), 9)]
)
def test_night_on_which_the_clocks_change_is_as_long_as_it_is(night, hours):
    noon = datetime(night.year, night.month, night.day, 12, tzinfo=BERLIN).astimezone(UTC)
    moments = (noon + timedelta(minutes=15 * step) for step in range(24 * 4))
    quiet = sum(QUIET_NIGHT.hold_at(moment.astimezone(BERLIN)) for moment in moments)
    assert quiet == hours * 4


TIMES = st.times()


@given(TIMES, TIMES, TIMES)
def test_of_two_halves_of_the_day_exactly_one_is_quiet(start, end, now):
    moment = datetime.combine(TODAY, now, BERLIN)
    day, night = QuietHours(start, end), QuietHours(end, start)
    assert QuietHours(start, start).hold_at(moment) is False
    if start != end:
        assert day.hold_at(moment) is not night.hold_at(moment)
