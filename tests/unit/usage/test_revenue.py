"""Revenue of days adds up to what each bill comes to, counted apart from the pricing engine.

`USAGEFLOW_RECOUNT_EXAMPLES=500 pytest tests/unit/usage/test_revenue.py` tries more.
"""

import json
import os
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.messages.rollups import MICRO, CustomerDay
from desktop.domain.errors import DiskFull
from desktop.domain.ids import ApplicationId, CustomerId, PlanId, RuleId
from desktop.domain.pricing.published import CustomerPlan, Plan, PlanTerm, RuleVersion
from desktop.domain.usage import DateRange, Stamp
from desktop.domain.usage_questions import Dimension, Filter, Grain, Measure, Question
from desktop.services.calls import no_report
from desktop.services.storage import configuration, rollups, sync_state
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.rows import CUSTOMER_PLANS, PLANS, VERSIONS
from desktop.services.usage_questions import UsageQuestionService
from desktop.services.usage_revenue import split_by_weight
from tests.unit.usage.world import MemoryVault

EXAMPLES = int(os.environ.get("USAGEFLOW_RECOUNT_EXAMPLES", "12"))
NOW = datetime(2027, 1, 1, tzinfo=UTC)
APP = ApplicationId("app_1")
SPRING = date(2026, 3, 1)
ENDPOINTS = {"end_a": ("GET", "/a"), "end_b": ("POST", "/b"), "end_c": ("GET", "/c")}
PRICE_CHANGE, PLAN_START = date(2026, 4, 11), date(2026, 3, 16)
TIERS = [{"up_to": "7", "unit_amount": "0.25"}, {"unit_amount": "0.015"}]
GRADUATED = {"model": "graduated", "currency": "USD", "tiers": TIERS}


def per_unit(price, currency="USD"):
    return {"model": "per_unit", "currency": currency, "unit_amount": price}


# Rule, method, url, price, first day. Everything is graduated; POST has euros, and another price
# later; `plan_1` has a price of its own for every endpoint.
VERSIONS_OF = [
    ("rule_all", 1, "*", "*", GRADUATED, date(2020, 1, 1)),
    ("rule_post", 1, "POST", "*", per_unit("0.1", "EUR"), date(2020, 1, 1)),
    ("rule_post", 2, "POST", "*", per_unit("0.07", "EUR"), PRICE_CHANGE),
    ("rule_plan", 1, "*", "*", per_unit("0.033"), date(2020, 1, 1)),
]


@pytest.fixture(scope="module")
def service(database):
    """Prices, endpoints and one customer on a plan; no usage."""

    def put(key, body):
        configuration.put(database, key, StoredRow(json.dumps(body), 1, 0))

    put(RowKey("application", APP), {"name": "A", "time_zone": "UTC", "archived": False})
    for end, (method, url) in ENDPOINTS.items():
        put(RowKey("endpoint", end), {"application_id": APP, "method": method, "url": url})
    for rule, number, method, url, price, since in VERSIONS_OF:
        version = RuleVersion(
            application_id=APP, name=rule, method=method, url=url, price=price,
            effective_from=since, version=number, version_id=f"{rule}_{number}",
            rule_id=RuleId(rule), published_at=NOW,
        )  # fmt: skip
        put(VERSIONS.key(version), VERSIONS.body(version))
    plan = Plan(PlanId("plan_1"), APP, "Pro", "", (RuleId("rule_plan"),))
    put(PLANS.key(plan), PLANS.body(plan))
    term = PlanTerm(PLAN_START, None, plan.plan_id)
    customer = CustomerPlan("cpl_1", APP, CustomerId("cus_1"), (term,))
    put(CUSTOMER_PLANS.key(customer), CUSTOMER_PLANS.body(customer))
    sync_state.store_cursor(database, "backfill", sync_state.Reached("c", finished=True))
    return UsageQuestionService(MemoryVault(database), lambda: Stamp(NOW, online=True), lambda: NOW)


used = st.tuples(
    st.sampled_from(["cus_1", "cus_2", "cus_3"]),
    st.sampled_from(sorted(ENDPOINTS)),
    st.integers(0, 70),
    st.integers(0, 12),
)


def rule_on(customer, endpoint, day):
    """The rule, version and price that hold."""
    if customer == "cus_1" and day >= PLAN_START:
        return "rule_plan"
    return "rule_post" if endpoint == "end_b" else "rule_all"


def charge(rule, day, units):
    """What one bill charges for so many units, in minor units, half away from zero."""
    if rule == "rule_all":
        exact = min(units, 7) * Fraction("0.25") + max(0, units - 7) * Fraction("0.015")
    else:
        later = day >= PRICE_CHANGE
        exact = units * Fraction({"rule_plan": "0.033"}.get(rule, "0.07" if later else "0.1"))
    return int(100 * exact + Fraction(1, 2))


def bill_of(day):
    """First day of the bill that a day is on: months are cut where rules or plans change."""
    return max(first for first in (PLAN_START, PRICE_CHANGE, day.replace(day=1)) if first <= day)


def recounted(rows, period):
    """Minor units by rule, customer and day: what each bill grew by."""
    by_bill = defaultdict(lambda: defaultdict(int))
    for (customer, endpoint, offset), units in rows.items():
        day = SPRING + timedelta(days=offset)
        by_bill[customer, rule_on(customer, endpoint, day), bill_of(day)][day] += units
    found = defaultdict(int)
    for (customer, rule, first), days in by_bill.items():
        total = 0
        for day in sorted(days):
            before, total = total, total + days[day]
            if period.start <= day < period.end:
                grown = charge(rule, first, total) - charge(rule, first, before)
                found[rule, customer, day] += grown
    return found


@settings(max_examples=EXAMPLES, deadline=None)
@given(
    st.lists(used, min_size=1, max_size=40),
    st.tuples(st.integers(0, 40), st.integers(1, 60)),
    st.sampled_from([Grain.DAY, Grain.MONTH, Grain.WEEK, Grain.WHOLE]),
)
def test_revenue_is_what_the_bills_grow_by(database, service, calls, days, grain):
    first = SPRING + timedelta(days=days[0])
    period = DateRange(first, first + timedelta(days=days[1]))
    rows = defaultdict(int)
    for customer, endpoint, offset, units in calls:
        rows[customer, endpoint, offset] += units
    database.execute("BEGIN")
    try:
        store(database, rows)
        expected = recounted(rows, period)

        def ask(group_by=None, filters=()):
            asked = Question(period, Measure.REVENUE, APP, grain, group_by, filters, top=1000)
            return service.ask(no_report, asked, 0)

        for dimension, place in ((Dimension.RULE, 0), (Dimension.CUSTOMER, 1)):
            sums = defaultdict(int)
            for key, minor in expected.items():
                currency = "EUR" if key[0] == "rule_post" else "USD"
                sums[currency, key[place], label_of(key[2], grain, period)] += minor
            assert shown(ask(dimension)) == {key: minor for key, minor in sums.items() if minor}
        everything = totals(ask())
        assert everything == totals(ask(Dimension.RULE))
        for dimension in (Dimension.ENDPOINT, Dimension.METHOD, Dimension.PLAN):
            grouped = ask(dimension)
            assert totals(grouped) == everything
            assert by_currency(grouped) == everything
        only = ask(filters=(Filter(Dimension.CUSTOMER, ("cus_2",)),))
        others = ask(filters=(Filter(Dimension.CUSTOMER, ("cus_2",), excludes=True),))
        assert added(totals(only), totals(others)) == everything
        only = ask(filters=(Filter(Dimension.METHOD, ("GET",)),))
        others = ask(filters=(Filter(Dimension.METHOD, ("GET",), excludes=True),))
        assert added(totals(only), totals(others)) == everything
        only = ask(filters=(Filter(Dimension.PLAN, ("plan_1",)),))
        on_plan = sum(minor for key, minor in expected.items() if key[0] == "rule_plan")
        assert totals(only).get("USD", 0) == on_plan
    finally:
        database.execute("ROLLBACK")


def store(db, rows):
    day = (SPRING - date(1970, 1, 1)).days
    page = [
        CustomerDay(APP, customer, end, "units", day + offset, units * MICRO, 1, units * MICRO, 1)
        for (customer, end, offset), units in rows.items()
    ]
    rollups.store_page(db, page, 0, lambda _app: UTC)


def label_of(day, grain, period):
    return {
        Grain.DAY: day,
        Grain.WEEK: day - timedelta(days=day.weekday()),
        Grain.MONTH: day.replace(day=1),
        Grain.WHOLE: period.start,
    }[grain].isoformat()


def shown(answer):
    """Minor units by currency, key and label, without zeros."""
    return {
        (line.unit, line.key, label): value
        for line in answer.series
        for label, value in zip(answer.labels, line.values, strict=True)
        if value
    }


def totals(answer):
    return {line.unit: line.total for line in answer.totals if line.total}


def by_currency(answer):
    sums = defaultdict(int)
    for line in answer.series:
        sums[line.unit] += line.total
    return {unit: minor for unit, minor in sums.items() if minor}


def added(one, other):
    both = {unit: one.get(unit, 0) + other.get(unit, 0) for unit in one.keys() | other.keys()}
    return {unit: minor for unit, minor in both.items() if minor}


@given(st.integers(-(10**6), 10**12), st.lists(st.integers(0, 10**15), min_size=1, max_size=9))
def test_parts_of_an_amount_add_up_and_are_off_by_less_than_one(amount, weights):
    parts = split_by_weight(amount, weights)
    assert sum(parts) == amount
    total = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        if total:
            assert abs(part - Fraction(amount * weight, total)) < 1


def test_amounts_are_in_major_units_of_their_currency(database, service):
    database.execute("BEGIN")
    store(database, {("cus_2", "end_b", 3): 3})
    month = DateRange(SPRING, date(2026, 4, 1))
    answer = service.ask(no_report, Question(month, Measure.REVENUE, APP, Grain.MONTH), 0)
    database.execute("ROLLBACK")
    (line,) = answer.series
    assert (line.unit, line.scale, line.amount(line.values[0])) == ("EUR", 2, Decimal("0.3"))


@pytest.mark.parametrize("change", ["usage", "price", "plan", "merge", "edit"])
def test_kept_months_are_forgotten_when_something_changes(database, service, change):
    question = Question(DateRange(SPRING, date(2026, 5, 1)), Measure.REVENUE, APP, Grain.MONTH,
                        Dimension.RULE)  # fmt: skip

    def kept():
        return database.execute("SELECT count(*) FROM revenue_months").fetchone()[0]

    database.execute("BEGIN")
    try:
        rows = {("cus_2", "end_a", 3): 30, ("cus_1", "end_a", 20): 4, ("cus_3", "end_b", 40): 5}
        store(database, rows)
        assert kept() == 0
        first = service.ask(no_report, question, 0)
        # Two marks, and the rules of each month.
        assert kept() == 2 + 3
        assert service.ask(no_report, question, 0) == first
        CHANGES[change](database)
        assert kept() == (2 if change == "usage" else 0)
        again = service.ask(no_report, question, 0)
        assert (again == first) is (change == "edit")
    finally:
        database.execute("ROLLBACK")


def more_usage(db):
    rows = [CustomerDay(APP, "cus_2", "end_a", "units", (SPRING - date(1970, 1, 1)).days + 3,
                        MICRO * 90, 1, MICRO * 90, 2)]  # fmt: skip
    rollups.store_page(db, rows, 0, lambda _app: UTC)


def another_price(db):
    db.execute(
        """
        UPDATE configuration SET body = replace(body, '0.25', '0.5')
        WHERE entity_id = 'rule_all_1'
        """
    )


def no_plan(db):
    db.execute("DELETE FROM configuration WHERE entity = 'customer_plan'")


def merged(db):
    body = {"application_id": APP, "merged": {"into": "cus_2", "bills_from": "2026-01-01"}}
    configuration.put(db, RowKey("customer", "cus_1"), StoredRow(json.dumps(body), 1, 0))


def deletion_that_waits(db):
    body = {"application_id": APP, "name": "rule_all", "effective_from": "2020-01-01"}
    db.execute(
        "INSERT INTO outbox (idempotency_key, entity, entity_id, base_revision, base, rejected, "
        "created_at_us) VALUES ('k', 'pricing_rule', 'rule_gone', 1, ?, 1, 0)",
        (json.dumps(body),),
    )


CHANGES = {
    "usage": more_usage,
    "price": another_price,
    "plan": no_plan,
    "merge": merged,
    "edit": deletion_that_waits,
}


def test_vault_without_room_for_kept_months_still_answers(database, service):
    class Full(MemoryVault):
        def transaction(self):
            raise DiskFull("full")

    full = UsageQuestionService(Full(database), lambda: Stamp(NOW, online=True), lambda: NOW)
    database.execute("BEGIN")
    store(database, {("cus_2", "end_b", 3): 3})
    month = DateRange(SPRING, date(2026, 4, 1))
    answer = full.ask(no_report, Question(month, Measure.REVENUE, APP, Grain.MONTH), 0)
    kept = database.execute("SELECT count(*) FROM revenue_months").fetchone()
    database.execute("ROLLBACK")
    assert answer.totals[0].total == 30
    assert kept == (0,)
