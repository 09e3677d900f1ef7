"""One customer: its numbers are those of all its identities, and everything about it is found."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from contract.terms import LimitInterval
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId
from desktop.domain.keys import KeyDetails
from desktop.domain.policies import LimitDraft, LimitOverride, PolicyDraft
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.services.customers.limits import window_start
from tests.fakes import APPLICATION, NOON, no_report
from tests.unit.test_customer_list import put_customer, put_plan
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint, hour_of

TODAY = NOON.date()
JUNE = TODAY.replace(day=1)
A, B = CustomerId("cus_aaaa0001"), CustomerId("cus_bbbb0002")


@pytest.fixture
def shop(device, hosted):
    """Two identities of one customer, merged from June on, with a plan and a price."""
    endpoint(hosted, "end_1", "GET", "/items")
    put_rule(hosted, "rule_1", {"model": "per_unit", "currency": "USD", "unit_amount": "0.01"})
    put_customer(hosted, A, "Aurora")
    put_customer(hosted, B)
    hosted.put("plan", "plan_1", {"application_id": APPLICATION, "name": "Scale", "rule_ids": []})
    put_plan(hosted, A, "plan_1", JUNE)
    for customer, requests in ((A, 30), (B, 12)):
        hosted.count("end_1", customer, hour_of(TODAY), requests=requests)
        hosted.count("end_1", customer, hour_of(TODAY - timedelta(days=40)), requests=100)
    device.sync()
    device.services.customers.edits.merge((B,), A, JUNE)
    return device


def detail(device, customer=A):
    return device.services.customers.details.detail(APPLICATION, customer)


def test_numbers_are_those_of_all_identities(shop):
    told = detail(shop)
    row = told.row
    assert (row.label, row.this_month, row.requests, row.last_day) == ("Aurora", 42, 242, TODAY)
    assert sum(told.chart.series[0].values) == told.chart.total == 242
    assert told.chart.series[0].values[-1] == 42
    assert [one.customer_id for one in told.identities] == [A, B]
    assert [one.bills_from for one in told.identities] == [None, JUNE]


def test_list_and_detail_say_the_same(shop):
    from desktop.domain.customer_list import CustomerQuery

    asked = CustomerQuery(APPLICATION)
    (listed,) = shop.services.customers.list.page(no_report, asked, None).rows
    assert detail(shop).row == listed


def test_merged_identity_is_answered_by_its_customer(shop):
    assert detail(shop, B).row.customer_id == A


def test_customer_that_is_gone_is_said_so(shop):
    with pytest.raises(InvalidInput) as refusal:
        detail(shop, CustomerId("cus_gone"))
    assert refusal.value.field == "customer_id"


def test_plan_of_today_and_the_next_one(shop, hosted):
    told = detail(shop)
    assert (told.row.plan, told.plan_since, told.next_plan_on) == ("Scale", JUNE, None)
    put_plan(hosted, A, "plan_1", TODAY + timedelta(days=5))
    shop.sync()
    told = detail(shop)
    assert (told.row.plan, told.next_plan) == ("", "Scale")
    assert told.next_plan_on == TODAY + timedelta(days=5)


def test_bills_are_one_since_the_month_of_the_merge(shop):
    bills = shop.services.customers.details.bills(no_report, APPLICATION, A)
    assert [bill.is_running for bill in bills] == [True, False, False]
    assert [[total.amount for total in bill.total] for bill in bills] == [
        [Decimal("0.42")],
        [Decimal("1.00")],
        [],
    ]


def test_limits_are_told_for_the_identity_that_used_most(shop):
    limits = (LimitDraft("50", LimitInterval.DAY), LimitDraft("9", LimitInterval.MINUTE))
    draft = PolicyDraft(APPLICATION, "GET", "/items", limits=limits)
    policy = shop.services.policies.save_policy(draft, None, ())
    (used,) = detail(shop).limits
    assert (used.what, used.used, used.allowed, used.is_own) == ("GET /items", 30, 50, False)
    own = LimitOverride("", APPLICATION, policy.policy_id, B)
    shop.services.blocks.override_limits(own, (LimitDraft("10", LimitInterval.MONTH),), 30)
    fullest, other = detail(shop).limits
    assert (fullest.used, fullest.allowed, fullest.is_own) == (12, 10, True)
    assert (other.used, other.is_own) == (30, False)


@pytest.mark.parametrize(
    ("interval", "start"),
    [
        (LimitInterval.DAY, TODAY),
        (LimitInterval.WEEK, TODAY - timedelta(days=TODAY.weekday())),
        (LimitInterval.MONTH, JUNE),
    ],
)
def test_windows_begin_with_the_day_the_week_and_the_month(interval, start):
    assert window_start(interval, TODAY) == start


def test_keys_tagged_with_name_or_id_are_found(shop):
    add = shop.services.api_keys.add_key
    add(KeyDetails("hook", tags=("AURORA",)), "secret one")
    add(KeyDetails("old", tags=(B,), expires_on=TODAY - timedelta(days=9)), "secret two")
    add(KeyDetails("other", tags=("else",)), "secret three")
    assert sorted((key.name, key.has_ended) for key in detail(shop).keys) == [
        ("hook", False),
        ("old", True),
    ]


def test_open_requests_that_name_the_customer_are_found(shop):
    def log(person):
        asked = NewRequest(
            RequestKind.ACCESS, Channel.EMAIL, datetime(2026, 6, 14, tzinfo=UTC), "UTC", person
        )
        return shop.services.privacy_requests.log_request(asked).line

    by_name = log(Person("aurora", "a@example.org"))
    by_id = log(Person("Someone", "b@example.org", (B,)))
    log(Person("Nobody", "c@example.org"))
    found = {one.number for one in detail(shop).requests}
    assert found == {by_name.number, by_id.number}


def test_what_was_done_is_told_newest_first_sent_or_not(shop):
    (waiting,) = detail(shop).deeds
    assert (waiting.entity, waiting.outcome) == ("customer", "")
    shop.sync()
    shop.clock.forward(hours=1)
    shop.services.customers.edits.rename(A, "Aurora Maps")
    assert [(deed.entity, deed.outcome) for deed in detail(shop).deeds] == [
        ("customer", ""),
        ("customer", "accepted"),
    ]
