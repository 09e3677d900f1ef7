"""What is unusual: the robust rule, and the entries it makes from what the vault holds."""

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.terms import LimitInterval
from desktop.domain.attention import Urgency
from desktop.domain.ids import CustomerId
from desktop.domain.policies import LimitDraft, PolicyDraft
from desktop.domain.unusual import FEWEST, LEAST, Oddity, judged
from desktop.domain.usage import Application
from desktop.services.attention import AttentionService, Scene
from desktop.services.storage import kept
from desktop.services.storage.kept import KeptAnswer
from desktop.services.unusual_usage import LimitsReached, SilentApplications, UnusualDays
from tests.fakes import APPLICATION, NOON, no_report
from tests.unit.test_customer_list import put_customer
from tests.unit.test_usage import endpoint, hour_of

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)
COUNTS = st.integers(0, 10**9).map(float)
WEEKS = st.lists(COUNTS, min_size=FEWEST, max_size=8)


@given(WEEKS)
def test_the_usual_is_never_unusual(before):
    usual = judged(0, before).usual
    assert judged(usual, before).oddity is Oddity.NONE


@given(COUNTS, WEEKS, st.randoms(use_true_random=False))
def test_order_of_the_weeks_does_not_matter(figure, before, random):
    shuffled = list(before)
    random.shuffle(shuffled)
    assert judged(figure, shuffled) == judged(figure, before)


@given(COUNTS, st.lists(COUNTS, max_size=FEWEST - 1))
def test_too_little_known_is_no_alarm(figure, before):
    assert judged(figure, before).oddity is Oddity.NONE


@given(COUNTS, COUNTS, WEEKS)
def test_further_off_is_never_less_unusual(one, other, before):
    low, high = sorted((one, other))
    if judged(low, before).oddity is Oddity.HIGH:
        assert judged(high, before).oddity is Oddity.HIGH
    if judged(high, before).oddity is Oddity.LOW:
        assert judged(low, before).oddity is Oddity.LOW


@given(st.integers(1000, 10**6), COUNTS)
def test_one_wild_week_neither_alarms_nor_hides_an_alarm(usual, wild):
    before = [float(usual)] * 7 + [wild]
    assert judged(float(usual), before).oddity is Oddity.NONE
    assert judged(3.0 * usual, before).oddity is Oddity.HIGH
    assert judged(0.0, before).oddity is Oddity.LOW


@given(st.floats(0, LEAST, exclude_max=True), WEEKS)
def test_small_differences_are_never_worth_a_look(off, before):
    usual = judged(0, before).usual
    assert judged(usual + off, before).oddity is Oddity.NONE


@pytest.fixture
def shop(device, hosted):
    """A hundred calls each day of ten weeks at one endpoint, yesterday too."""
    endpoint(hosted, "end_1", "GET", "/items")
    put_customer(hosted, "cus_1", "Aurora")
    hosted.page_size = 500
    for days in range(1, 71):
        day = TODAY - timedelta(days=days)
        hosted.count("end_1", "cus_1", hour_of(day), requests=100)
    device.sync()
    return device


def entries(device, source):
    service = AttentionService(device.services.vault, device.clock, (source,))
    return service.entries(APPLICATION)


def count(device, requests, day=YESTERDAY):
    device.hosted.count("end_1", "cus_1", hour_of(day), requests=requests)
    device.sync()


def test_even_traffic_needs_nobody(shop):
    assert entries(shop, UnusualDays()) == ()


def test_odd_growth_is_told_with_what_is_usual(shop):
    count(shop, 900)
    (entry,) = entries(shop, UnusualDays())
    assert (entry.urgency, entry.destination) == (Urgency.NOTE, "usage")
    assert entry.title == "GET /items was called more than usual."
    assert entry.detail == "1,000 calls yesterday; 100 are usual on that day."


def test_day_without_calls_is_less_than_usual(shop):
    shop.clock.forward(hours=24)
    (entry,) = entries(shop, UnusualDays())
    assert entry.title == "GET /items was called less than usual."


def test_error_spike_is_told(shop):
    with shop.services.vault.transaction() as db:
        db.execute(
            "UPDATE endpoint_day_sums SET errors = 80 WHERE day = (SELECT max(day) "
            "FROM endpoint_day_sums)"
        )
    (entry,) = entries(shop, UnusualDays())
    assert (entry.urgency, entry.destination) == (Urgency.NOW, "traces")
    assert entry.detail == "80 errors yesterday; 0 are usual on that day."


def test_young_application_is_not_judged(device, hosted):
    endpoint(hosted, "end_1", "GET", "/items")
    hosted.count("end_1", "cus_1", hour_of(YESTERDAY), requests=10_000)
    device.sync()
    assert entries(device, UnusualDays()) == ()


def told(state, last_call):
    one = {
        "application_id": APPLICATION,
        "state": state,
        "since": last_call,
        "last_call_at": last_call,
        "clients": [],
        "recycled_sockets": 0,
        "refused_handshakes": 0,
        "refused_at": None,
    }
    return {"applications": [one], "unknown_keys": 0, "unknown_key_at": None}


@pytest.mark.parametrize(
    ("state", "last_call", "detail"),
    [
        ("lost", "2026-06-10T10:00:00Z", "Its SDK is not connected any more."),
        ("silent", "2026-06-10T10:00:00Z", "Its SDK reports no calls."),
        ("silent", "2026-06-15T10:00:00Z", None),
        ("connected", "2026-06-10T10:00:00Z", None),
        ("never", None, None),
    ],
)
def test_application_that_was_heard_and_is_silent_for_a_day(shop, state, last_call, detail):
    body = json.dumps(told(state, last_call))
    with shop.services.vault.transaction() as db:
        kept.keep_answer(db, kept.CONNECTIONS, KeptAnswer(body, NOON))
    found = entries(shop, SilentApplications())
    assert [entry.detail for entry in found] == ([] if detail is None else [detail])


def test_without_an_answer_about_connections_nobody_is_silent(shop):
    assert entries(shop, SilentApplications()) == ()


@pytest.mark.parametrize(
    ("cap", "urgency"),
    [(1400, Urgency.NOW), (1500, Urgency.SOON), (2000, None)],
)
def test_cap_that_is_reached_or_nearly(shop, hosted, cap, urgency):
    body = hosted.body("application", APPLICATION)
    hosted.put("application", APPLICATION, body | {"cap": {"requests": cap, "interval": "month"}})
    shop.sync()
    found = entries(shop, LimitsReached())
    assert [entry.urgency for entry in found] == ([] if urgency is None else [urgency])
    if found:
        assert found[0].detail == f"1,400 of {cap:,} calls this month."


def test_largest_customers_at_their_limits_are_told_by_name(shop):
    draft = PolicyDraft(
        APPLICATION, "GET", "/items", limits=(LimitDraft("1400", LimitInterval.MONTH),)
    )
    shop.services.policies.save_policy(draft, None, ())
    shop.services.customers.list.bring_up_to_date(no_report)
    (entry,) = entries(shop, LimitsReached())
    assert entry.title == "Aurora has reached a limit."
    assert entry.detail == "1,400 of 1,400 calls this month at GET /items."
    assert (entry.destination, entry.target) == ("customers", CustomerId("cus_1"))


def test_every_source_answers_for_an_application_without_anything(device):
    device.sync()
    scene = Scene(Application("app_none", "None", "UTC", is_sample=False), NOON)
    with device.services.vault.reading() as db:
        for source in (LimitsReached(), SilentApplications(), UnusualDays()):
            assert list(source.attention(db, scene)) == []
