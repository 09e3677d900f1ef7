"""What-if: drafts on real usage, equal to bills made one by one."""

import csv
import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contract.identifiers import version_id
from contract.terms import Meter
from desktop.domain import calendar
from desktop.domain.errors import Cancelled, InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.money import Money
from desktop.domain.pricing.drafts import RuleDraft
from desktop.domain.traces import TraceState
from desktop.domain.usage import DateRange
from desktop.domain.what_if import (
    BreakEvenQuestion,
    DraftedRule,
    PriceDraft,
    WhatIfQuestion,
)
from desktop.services.storage import kept
from desktop.services.storage.kept import KeptTrace
from tests.fakes import APPLICATION, NOON, no_report
from tests.prices import per_unit, rule_body
from tests.unit.pricing import oracle
from tests.unit.pricing.strategies import QUANTITY_MODELS, rules
from tests.unit.test_usage import endpoint, hour_of

APP = ApplicationId(APPLICATION)
MARCH, APRIL, MAY = (DateRange(date(2026, n, 1), date(2026, n + 1, 1)) for n in (3, 4, 5))
SPRING = DateRange(MARCH.start, MAY.end)
TIERS = [{"up_to": "100", "unit_amount": "0.02"}, {"unit_amount": "0.01"}]
GRADUATED = {"model": "graduated", "currency": "USD", "tiers": TIERS}


def drafted(price, rule_id="rule_1", name="Images", **fields):
    draft = RuleDraft(APP, name, price=price, **fields)
    return PriceDraft("Dearer", (DraftedRule(draft, RuleId(rule_id) if rule_id else None),))


def question(*drafts, period=SPRING, **options):
    return WhatIfQuestion(APP, period, drafts, **options)


@pytest.fixture
def shop(device, hosted):
    """Two endpoints, one price for all; three customers over two months."""
    endpoint(hosted, "end_1", "GET", "/items")
    endpoint(hosted, "end_2", "POST", "/images")
    hosted.put("customer", "cus_a", {"application_id": APPLICATION, "name": "Aurora"})
    hosted.put("pricing_rule", "rule_1", rule_body(APPLICATION, "0.01", "Images"))
    publish(hosted, "rule_1", rule_body(APPLICATION, "0.01", "Images"))
    hosted.count("end_1", "cus_a", hour_of(date(2026, 3, 5)), requests=100)
    hosted.count("end_2", "cus_a", hour_of(date(2026, 3, 6)), requests=1, units=50)
    hosted.count("end_1", "cus_b", hour_of(date(2026, 3, 7)), requests=10)
    hosted.count("end_1", "cus_b", hour_of(date(2026, 4, 7)), requests=300)
    hosted.count("end_1", "cus_c", hour_of(date(2026, 4, 9)), requests=1)
    device.sync()
    return device


def publish(hosted, rule_id, body, version=1):
    published = {"published_at": "2026-01-01T00:00:00Z", "rule_id": rule_id, "version": version}
    hosted.put("rule_version", version_id(rule_id, version), body | published)


def outcome(device, *drafts, **options):
    answer = device.services.what_if.simulate(no_report, question(*drafts, **options))
    return answer.drafts[0].currencies[0]


def test_draft_is_held_against_the_live_price_customer_by_customer(shop):
    found = outcome(shop, drafted(GRADUATED))
    # cus_a: 150 units in March; cus_b: 10 in March, 300 in April; cus_c: 1 in April.
    assert found.live == Money(150 + 10 + 300 + 1, "USD")
    assert found.draft == Money((200 + 50) + 20 + (200 + 200) + 2, "USD")
    assert (found.up.customers, found.down.customers, found.unchanged) == (3, 0, 0)
    assert [(m.label, m.difference.amount_minor) for m in found.movers] == [
        ("Customer cus_b", 110), ("Aurora", 100), ("Customer cus_c", 1),
    ]  # fmt: skip
    assert found.much_dearer == 3


def test_distribution_counts_customers_by_how_much_their_bill_moves(shop):
    half = outcome(shop, drafted(per_unit("0.005")))
    # 150 to 75, 310 to 155: both by -50 %; 1 cent to 0.5, which is rounded up to 1.
    assert half.distribution == (2, 0, 0, 0, 0, 0, 0, 0)
    assert half.unchanged == 1


def test_threshold_of_the_warning_is_chosen(shop):
    assert outcome(shop, drafted(per_unit("0.011"))).much_dearer == 0
    assert outcome(shop, drafted(per_unit("0.011")), much_percent=9).much_dearer == 2


def test_one_currency_is_not_added_to_another(shop):
    yen = {"model": "per_unit", "currency": "JPY", "unit_amount": "1"}
    answer = shop.services.what_if.simulate(no_report, question(drafted(yen)))
    assert [(c.live, c.draft) for c in answer.drafts[0].currencies] == [
        (Money(0, "JPY"), Money(461, "JPY")), (Money(461, "USD"), Money(0, "USD")),
    ]  # fmt: skip
    assert answer.drafts[0].currencies[1].no_longer_billed == 3


def test_several_drafts_are_compared_in_one_pass(shop):
    drafts = (drafted(per_unit("0.02")), drafted(per_unit("0.03")))
    answer = shop.services.what_if.simulate(no_report, question(*drafts))
    assert [d.currencies[0].draft.amount_minor for d in answer.drafts] == [922, 1383]


def test_new_rule_of_a_draft_prices_before_the_live_one_where_it_is_more_specific(shop):
    images = drafted(per_unit("1"), None, method="POST", url="/images")
    answer = shop.services.what_if.simulate(no_report, question(images))
    assert answer.drafts[0].currencies[0].draft == Money(461 - 50 + 5000, "USD")
    assert [(r.name, r.live, r.draft) for r in answer.drafts[0].rules] == [
        ("Images", (), (Money(5000, "USD"),)),
        ("Images", (Money(461, "USD"),), (Money(411, "USD"),)),
    ]  # fmt: skip


def test_rule_that_a_draft_ends_prices_nothing_and_the_answer_says_so(shop):
    ended = shop.services.what_if.simulate(no_report, question(drafted(None)))
    (found,) = ended.drafts
    assert found.currencies[0].draft == Money(0, "USD")
    assert found.requests_without_price == 412


def test_parts_of_months_are_billed_for_their_days(shop):
    part = DateRange(date(2026, 3, 6), date(2026, 4, 8))
    found = outcome(shop, drafted(GRADUATED), period=part)
    assert found.live == Money(50 + 10 + 300, "USD")
    assert found.draft == Money(100 + 20 + 400, "USD")


def test_only_the_chosen_customers_count(shop):
    found = outcome(shop, drafted(GRADUATED), customer_ids=(CustomerId("cus_c"),))
    assert (found.live, found.customers) == (Money(1, "USD"), 1)


def test_flat_prices_are_due_from_those_who_call_and_in_each_month(shop):
    fee = {"model": "flat", "currency": "USD", "amount": "5"}
    found = outcome(shop, drafted(fee, None, name="Fee", method="GET", url="/items"))
    assert found.draft == Money(461 + 4 * 500, "USD")


def test_plan_prices_its_customers_also_in_months_without_usage(shop, hosted):
    fee = {"model": "flat", "currency": "USD", "amount": "9.99"}
    for rule_id, price in (("rule_plan", per_unit("0.05")), ("rule_fee", fee)):
        body = rule_body(APPLICATION, price, rule_id)
        hosted.put("pricing_rule", rule_id, body)
        publish(hosted, rule_id, body)
    plan = {"application_id": APPLICATION, "name": "Pro", "rule_ids": ["rule_plan", "rule_fee"]}
    hosted.put("plan", "plan_1", {**plan, "description": ""})
    terms = {"starts_on": "2026-01-01", "ends_before": None, "plan_id": "plan_1"}
    body = {"application_id": APPLICATION, "customer_id": "cus_a"}
    hosted.put("customer_plan", "cpl_1", {**body, "terms": [terms | {"override_ids": []}]})
    shop.sync()
    found = outcome(shop, drafted(per_unit("0.02")))
    assert found.live == Money(150 * 5 + 3 * 999 + 311, "USD")
    assert found.draft == Money(150 * 5 + 3 * 999 + 2 * 311, "USD")


def test_mistake_in_a_draft_names_its_field(shop):
    wrong = {"model": "graduated", "currency": "USD", "tiers": [{"up_to": "5", "unit_amount": "1"}]}
    with pytest.raises(InvalidInput) as found:
        outcome(shop, drafted(wrong))
    assert found.value.field == "price.tiers[0].up_to"


def test_empty_period_is_refused(shop):
    with pytest.raises(InvalidInput, match="empty"):
        outcome(shop, drafted(GRADUATED), period=DateRange(MAY.end, MARCH.start))


def test_progress_is_told_and_a_cancel_lands(shop):
    told = []
    shop.services.what_if.simulate(
        lambda done, total=None: told.append((done, total)), question(drafted(GRADUATED))
    )
    assert told == [(n, 6) for n in range(6)]

    def cancel(done, total=None):
        raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        shop.services.what_if.simulate(cancel, question(drafted(GRADUATED)))


def test_every_line_is_written_and_no_name_runs_as_a_formula(shop, hosted, tmp_path):
    hosted.put("customer", "cus_b", {"application_id": APPLICATION, "name": "=HYPERLINK(1)"})
    shop.sync()
    path = tmp_path / "lines.csv"
    receipt = shop.services.what_if.export(no_report, question(drafted(GRADUATED)), str(path))
    lines = list(csv.DictReader(path.read_text().splitlines()))
    assert receipt.rows == len(lines) == 8
    assert {line["customer"] for line in lines} == {"Aurora", "'=HYPERLINK(1)", "Customer cus_c"}
    live = [line for line in lines if line["prices"] == "live"]
    assert sum(Decimal(line["amount"]) for line in live) == Decimal("4.61")
    assert live[0] == {
        "prices": "live", "from": "2026-03-01", "to": "2026-04-01", "customer_id": "cus_a",
        "customer": "Aurora", "rule_id": "rule_1", "rule": "Images", "version": "1",
        "meter": "units", "quantity": "150", "requests": "101", "amount": "1.50",
        "currency": "USD", "from_single_calls": "",
    }  # fmt: skip


def test_scenario_comes_back_as_it_was_saved(shop):
    service = shop.services.what_if
    asked = question(drafted(GRADUATED), customer_ids=(CustomerId("cus_a"),), much_percent=5)
    service.save_scenario("Autumn", question())
    saved = service.save_scenario(" Autumn ", asked)
    assert [s.question for s in service.scenarios(APP)] == [asked]
    shop.reopen()
    service = shop.services.what_if
    (kept_one,) = service.scenarios(APP)
    assert (kept_one.name, kept_one.question, kept_one.saved_at) == ("Autumn", asked, NOON)
    service.delete_scenario(kept_one.scenario_id)
    assert service.scenarios(APP) == ()
    with pytest.raises(InvalidInput, match="name"):
        service.save_scenario("  ", asked)
    assert saved.name == "Autumn"


# --- break-even


def broken_even(device, price, field, places=6, most="1", **options):
    asked = BreakEvenQuestion(
        question(drafted(price), **options), 0, 0, field, places, Decimal(most)
    )
    return device.services.what_if.break_even(no_report, asked)


def test_break_even_is_the_first_price_that_brings_the_live_revenue(shop):
    found = broken_even(shop, per_unit("0.5"), "unit_amount", places=4)
    assert found.target == Money(461, "USD")
    assert (found.value, found.brings) == (Decimal("0.0100"), Money(461, "USD"))
    assert found.below == Decimal("0.0099")
    assert found.below_brings.amount_minor < 461


def test_break_even_of_a_tier(shop):
    found = broken_even(shop, GRADUATED, "tiers[0].unit_amount")
    assert found.brings.amount_minor >= 461 > found.below_brings.amount_minor
    price = {**GRADUATED, "tiers": [{"up_to": "100", "unit_amount": str(found.value)}, TIERS[1]]}
    assert outcome(shop, drafted(price)).draft == found.brings


def test_break_even_of_a_bound_keeps_the_tiers_in_order(shop):
    tiers = [{"up_to": "50", "unit_amount": "0.005"}, {"unit_amount": "0.02"}]
    price = {"model": "graduated", "currency": "USD", "tiers": tiers}
    found = broken_even(shop, price, "tiers[0].up_to", places=0, most="1000")
    assert found.brings.amount_minor >= 461 > found.below_brings.amount_minor
    assert found.value < found.below  # the dearer tier has to begin earlier


def test_break_even_beyond_the_range_is_an_error_in_words(shop):
    with pytest.raises(InvalidInput, match="wider range") as found:
        broken_even(shop, per_unit("0.5"), "unit_amount", most="0.001")
    assert found.value.field == "field"
    with pytest.raises(InvalidInput, match="no number"):
        broken_even(shop, per_unit("0.5"), "tiers[3].unit_amount")


# --- single calls


def hold(device, number, *, day=date(2026, 3, 5), customer="cus_a", end="end_1", **fields):
    at = datetime.combine(day, datetime.min.time(), NOON.tzinfo) + timedelta(hours=number)
    method, url = ("GET", "/items") if end == "end_1" else ("POST", "/images")
    known = {
        "trace_id": f"tr_{number}", "application_id": APPLICATION, "endpoint_id": end,
        "customer_id": customer, "method": method, "url": url, "at": at.isoformat(),
        "state": TraceState.SETTLED.value, "units": "1", "status": 200, "duration_ms": 5,
        "late": False, "odd_amount": False, "detail": {}, "functions": [],
    }  # fmt: skip

    body = json.dumps(known | fields)
    with device.services.vault.transaction() as db:
        kept.keep_trace(db, KeptTrace(f"tr_{number}", APPLICATION, at, body, None), at)


def test_prices_of_single_events_are_tried_on_the_calls_that_are_held(shop):
    for number, units in enumerate(["10", "400", "0.5"]):
        hold(shop, number, units=units)
    hold(shop, 5, customer="cus_b", units="3")
    clamped = {"model": "percentage", "currency": "USD", "rate": "10", "per_event_max": "2"}
    answer = shop.services.what_if.simulate(no_report, question(drafted(clamped)))
    (found,) = answer.drafts
    # 1.00 + 2.00 + 0.05 of cus_a, 0.30 of cus_b; nothing of the 408 calls that nobody opened.
    assert found.currencies[0].draft == Money(335, "USD")
    (covered,) = found.covered
    assert (covered.calls, covered.of_calls, covered.is_draft) == (4, 412, True)
    assert (covered.first, covered.last) == (date(2026, 3, 5), date(2026, 3, 5))


def test_fields_that_are_not_metered_are_read_from_the_calls_that_are_held(shop):
    hold(shop, 1, detail={"event": {"metadata": {"output": {"usage": {"total": 1200}}}}})
    hold(shop, 2, detail={"event": {"metadata": {"totalTokens": 40}}, "sizes": {"output": 512}})
    hold(shop, 3, state=TraceState.DENIED.value, detail={"sizes": {"output": 9000}})
    tried = {}
    for meter, measure in (
        (Meter.RESPONSE_FIELD, "usage.total"), (Meter.BYTES, ""), (Meter.EXPRESSION, "tokens * 2"),
    ):  # fmt: skip
        draft = drafted(per_unit("0.01"), meter=meter, measure=measure)
        answer = shop.services.what_if.simulate(no_report, question(draft))
        (covered,) = answer.drafts[0].covered
        tried[meter] = (answer.drafts[0].currencies[0].draft.amount_minor, covered.calls)
    assert tried == {
        Meter.RESPONSE_FIELD: (1200, 1), Meter.BYTES: (512, 1), Meter.EXPRESSION: (80, 1),
    }  # fmt: skip


def test_dimensions_and_prorated_units_are_tried_on_the_calls_that_are_held(shop):
    hold(shop, 1, day=date(2026, 3, 17), units="31")
    by_method = {"model": "graduated_by_dimension", "currency": "USD",
                 "tiers": [{"rates": {"GET": "0.10"}}]}  # fmt: skip
    assert outcome(shop, drafted(by_method)).draft == Money(310, "USD")
    prorated = {"model": "prorated_graduated", "currency": "USD", "tiers": [{"unit_amount": "1"}]}
    assert outcome(shop, drafted(prorated)).draft == Money(1500, "USD")  # 15 of 31 days are left


def test_limits_that_nothing_meters_are_never_guessed(shop):
    seats = {"model": "capacity", "currency": "USD",
             "tiers": [{"limits": {"seats": "5"}, "price": "10"}, {"price": "20"}]}  # fmt: skip
    hold(shop, 1)
    answer = shop.services.what_if.simulate(no_report, question(drafted(seats)))
    assert answer.drafts[0].covered[0].calls == 0
    assert answer.drafts[0].currencies[0].draft == Money(0, "USD")


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_bills_over_single_calls_are_those_that_exact_rationals_make(shop, data):
    price = data.draw(rules(["percentage"])) | {"currency": "USD", "per_event_min": "0.5"}
    price |= {"currency_digits": None, "per_event_max": None, "rounding": "currency"}
    units = data.draw(st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=5))
    with shop.services.vault.transaction() as db:
        db.execute("DELETE FROM kept_traces")
    for number, amount in enumerate(units):
        hold(shop, number, units=str(amount))
    expected = oracle.charge(price, {"events": [str(amount) for amount in units]})
    try:
        found = outcome(shop, drafted(price))
    except InvalidInput:
        assert expected * 100 > 2**60  # refused in words, never wrapped around
        return
    assert Fraction(found.draft.amount_minor, 100) == expected


def test_customers_with_prices_of_their_own_are_billed_by_them(shop, hosted):
    """Also many of them, each by itself, beside those who pay the usual price."""
    for number, price in enumerate(("0.03", "0.05")):
        customer = f"cus_{'ab'[number]}"
        body = rule_body(APPLICATION, price, f"Own {number}", customer_id=customer)
        hosted.put("pricing_rule", f"rule_own_{number}", body)
        publish(hosted, f"rule_own_{number}", body)
    shop.sync()
    found = outcome(shop, drafted(per_unit("0.02")))
    assert found.live == Money(150 * 3 + 310 * 5 + 1, "USD")
    assert found.draft == Money(150 * 3 + 310 * 5 + 2, "USD")


# --- against bills that are made one by one


def bills_one_by_one(device, price, meter, period):
    """What each customer pays for one price on every endpoint, in exact rationals, by hand."""
    rows = device.query(
        "SELECT customer_id, day, quantity, events FROM customer_days WHERE meter = 'units'"
    )
    used = {}
    for customer, day, quantity, events in rows:
        on = calendar.day_of_number(day)
        if period.start <= on < period.end:
            units = Fraction(quantity, 10**6) if meter is Meter.UNITS else Fraction(events)
            key = customer, on.year, on.month
            used[key] = used.get(key, Fraction(0)) + units
    paid = {}
    for (customer, *_), units in used.items():
        charge = oracle.to_minor_unit(oracle.charge(price, {"quantity": units}), price | ROUNDED)
        paid[customer] = paid.get(customer, Fraction(0)) + charge
    return {customer: amount for customer, amount in paid.items() if amount}


ROUNDED = {"rounding": "currency"}


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_simulated_bills_are_those_that_exact_rationals_make(shop, data):
    price = data.draw(rules(QUANTITY_MODELS)) | {"currency": "USD", "currency_digits": None}
    meter = data.draw(st.sampled_from([Meter.UNITS, Meter.REQUESTS]))
    start = data.draw(st.dates(date(2026, 3, 1), date(2026, 4, 5)))
    period = DateRange(start, start + timedelta(days=data.draw(st.integers(1, 60))))
    new = DraftedRule(RuleDraft(APP, "New", price=price, meter=meter))
    old = DraftedRule(RuleDraft(APP, "Old", price=None), RuleId("rule_1"))
    asked = question(PriceDraft("Other", (new, old)), period=period)
    expected = bills_one_by_one(shop, price, meter, period)
    try:
        answer = shop.services.what_if.simulate(no_report, asked)
    except InvalidInput:
        assert sum(expected.values()) * 100 > 2**60  # refused in words, never wrapped around
        return
    by_currency = [c for c in answer.drafts[0].currencies if c.draft.amount_minor]
    found = {
        mover.customer_id: Fraction(mover.draft.amount_minor, 100)
        for currency in by_currency
        for mover in currency.movers
        if mover.draft.amount_minor
    }
    same = {c: a for c, a in expected.items() if c not in found}
    total = sum(expected.values(), Fraction(0))
    assert sum((Fraction(c.draft.amount_minor, 100) for c in by_currency), Fraction(0)) == total
    assert {c: a for c, a in expected.items() if c in found} == found
    assert all(a in unchanged_bills(shop, period) for a in same.values())


def unchanged_bills(device, period):
    """Amounts that the live price bills."""
    return set(bills_one_by_one(device, per_unit("0.01"), Meter.UNITS, period).values())


def test_amount_too_large_for_a_bill_is_refused_in_words(shop):
    hold(shop, 1, units="999999999")
    huge = {"model": "percentage", "currency": "USD", "rate": "100", "per_event_min": "1",
            "conversion_rate": "99999999999"}  # fmt: skip
    for price in (huge, per_unit("99999999999999999")):
        with pytest.raises(InvalidInput, match="larger than can be billed") as found:
            outcome(shop, drafted(price))
        assert found.value.field == "price"
