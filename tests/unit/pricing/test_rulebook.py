"""Which rule prices what, on which day: customer, plan, endpoint, application, in this order."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.pricing.published import CustomerPlan, Plan, PlanTerm, RuleVersion
from desktop.domain.pricing.rulebook import RuleBook
from tests.prices import per_unit

JANUARY, FEBRUARY, MARCH = (date(2026, month, 1) for month in (1, 2, 3))
FLAT = {"model": "flat", "currency": "USD", "amount": "49"}


def version(rule_id, method="*", url="*", number=1, since=JANUARY, **terms):
    price = {"price": per_unit("1")}
    return RuleVersion(
        version_id=f"{rule_id}-{number}",
        rule_id=rule_id,
        application_id="app",
        name=rule_id,
        method=method,
        url=url,
        version=number,
        effective_from=since,
        published_at=None,
        **(price | terms),
    )


def on_plan(customer_id, *terms):
    return CustomerPlan(f"sub_{customer_id}", "app", customer_id, terms)


def winner(book, customer_id="cus", day=MARCH, method="GET", url="/items"):
    found = book.on(day).version_for(customer_id, method, url)
    return found and found.rule_id


@pytest.mark.parametrize(
    ("rules", "chosen"),
    [
        ([("r1", "*", "*")], "r1"),
        ([("r1", "*", "*"), ("r2", "GET", "*")], "r2"),
        ([("r1", "GET", "*"), ("r2", "*", "/items")], "r2"),
        ([("r1", "*", "/items"), ("r2", "GET", "/items")], "r2"),
        ([("r2", "GET", "/items"), ("r1", "GET", "/items")], "r1"),
        ([("r1", "POST", "*"), ("r2", "*", "/other")], None),
    ],
)
def test_most_specific_rule_prices_an_endpoint(rules, chosen):
    assert winner(RuleBook([version(*rule) for rule in rules])) == chosen


def test_customer_comes_before_plan_before_endpoint_before_application():
    rules = [
        version("own", customer_id="cus"),
        version("override"),
        version("plan"),
        version("endpoint", "GET", "/items"),
        version("application"),
    ]
    term = PlanTerm(JANUARY, plan_id="p", override_ids=("override",))
    chosen = []
    for left in range(5):
        names = {rule.rule_id for rule in rules[left:]}
        plans = [Plan("p", "app", "P", rule_ids=("plan",))]
        chosen.append(winner(RuleBook(rules[left:], plans, [on_plan("cus", term)])))
        assert chosen[-1] in names
    assert chosen == ["override", "override", "plan", "endpoint", "application"]


def test_among_the_customers_own_rules_the_smaller_id_counts():
    rules = [version("b", customer_id="cus"), version("a", customer_id="cus")]
    assert winner(RuleBook(rules)) == "a"
    assert winner(RuleBook(rules), "other") is None


def test_rule_of_a_plan_prices_nobody_else():
    book = RuleBook(
        [version("in_plan", "GET", "/items"), version("all")],
        [Plan("p", "app", "P", rule_ids=("in_plan",))],
        [on_plan("cus", PlanTerm(JANUARY, plan_id="p"))],
    )
    assert (winner(book), winner(book, "other")) == ("in_plan", "all")
    assert book.on(MARCH).special_customers == {"cus"}


def test_plan_holds_from_its_start_to_before_its_end():
    book = RuleBook(
        [version("in_plan")],
        [Plan("p", "app", "P", rule_ids=("in_plan",))],
        [on_plan("cus", PlanTerm(FEBRUARY, MARCH, "p"))],
    )
    day = timedelta(days=1)
    days = (FEBRUARY - day, FEBRUARY, MARCH - day, MARCH)
    assert [winner(book, day=one) for one in days] == [None, "in_plan", "in_plan", None]


def test_later_version_replaces_every_earlier_one_from_its_own_date_on():
    book = RuleBook([
        version("r", number=1, since=JANUARY),
        version("r", number=2, since=MARCH),
        version("r", number=3, since=FEBRUARY),
    ])  # fmt: skip
    held = [book.on(day).version_for("cus", "GET", "/x") for day in (JANUARY, FEBRUARY, MARCH)]
    assert [one.version for one in held] == [1, 3, 3]
    assert book.on(JANUARY - timedelta(days=1)).version_for("cus", "GET", "/x") is None


def test_ended_rule_prices_nothing_until_it_is_published_again():
    book = RuleBook([
        version("r", number=1, since=JANUARY),
        version("r", number=2, since=FEBRUARY, price=None),
        version("r", number=3, since=MARCH),
    ])  # fmt: skip
    assert [winner(book, day=day) for day in (JANUARY, FEBRUARY, MARCH)] == ["r", None, "r"]


def test_flat_price_prices_no_usage_and_is_due_once():
    book = RuleBook([version("base", price=FLAT), version("use")])
    assert winner(book) == "use"
    due = book.on(MARCH).fees("cus", [("GET", "/items"), ("POST", "/items")])
    assert [one.rule_id for one in due] == ["base"]
    assert book.on(MARCH).fees("cus", []) == ()


def test_fee_of_a_plan_is_due_without_usage_and_replaced_by_the_customers_own():
    rules = [version("base", price=FLAT), version("support", price=FLAT)]
    plans = [Plan("p", "app", "P", rule_ids=("base", "support"))]
    on_it = RuleBook(rules, plans, [on_plan("cus", PlanTerm(JANUARY, plan_id="p"))])
    assert [one.rule_id for one in on_it.on(MARCH).fees("cus", [])] == ["base", "support"]
    assert on_it.on(MARCH).fees("other", [("GET", "/items")]) == ()
    own = RuleBook(
        [*rules, version("negotiated", price=FLAT)],
        plans,
        [on_plan("cus", PlanTerm(JANUARY, plan_id="p", override_ids=("negotiated",)))],
    )
    assert [one.rule_id for one in own.on(MARCH).fees("cus", [])] == ["negotiated"]


def test_stretches_are_cut_at_months_and_changes():
    book = RuleBook([version("r"), version("r", number=2, since=date(2026, 2, 10))])
    assert list(book.stretches(date(2026, 1, 20), date(2026, 3, 5))) == [
        (date(2026, 1, 20), FEBRUARY),
        (FEBRUARY, date(2026, 2, 10)),
        (date(2026, 2, 10), MARCH),
        (MARCH, date(2026, 3, 5)),
    ]
    assert list(book.stretches(MARCH, MARCH)) == []


def test_a_draft_is_tried_without_being_published():
    book = RuleBook([version("r")])
    tried = book.with_version(version("r", number=2, since=FEBRUARY, price=per_unit("2")))
    assert tried.on(MARCH).version_for("cus", "GET", "/x").price == per_unit("2")
    assert book.on(MARCH).version_for("cus", "GET", "/x").price == per_unit("1")
    again = tried.with_version(version("r", number=2, since=FEBRUARY, price=per_unit("3")))
    assert again.on(MARCH).version_for("cus", "GET", "/x").price == per_unit("3")


days = st.integers(0, 90).map(lambda number: JANUARY + timedelta(days=number))
numbered = st.lists(st.tuples(st.sampled_from("ab"), days), max_size=8).map(
    lambda drawn: [version(rule, number=n, since=day) for n, (rule, day) in enumerate(drawn, 1)]
)


@given(numbered, days, days)
def test_within_a_stretch_every_day_has_the_same_rules(versions, first, end):
    book = RuleBook(versions)
    covered = []
    for start, stop in book.stretches(first, end):
        inside = [start + timedelta(days=n) for n in range((stop - start).days)]
        assert len({id(book.on(day)) for day in inside}) == 1
        assert start.month == inside[-1].month
        covered += inside
    assert covered == [first + timedelta(days=n) for n in range((end - first).days)]


@given(numbered, st.sampled_from("ab"), days)
def test_version_of_a_day_is_the_last_that_has_come(versions, rule_id, day):
    come = [v for v in versions if v.rule_id == rule_id and v.effective_from <= day]
    assert RuleBook(versions).version_on(rule_id, day) == (come[-1] if come else None)
