"""Invoices before they are sent, revenue three ways, and the month's end."""

import csv
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.pricing.parsing import rule_from
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId
from desktop.domain.invoices import (
    Adjustment,
    InvoiceLine,
    InvoiceQuestion,
    InvoiceTerms,
    RevenueQuestion,
)
from desktop.domain.money import Money
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.other_systems import Difference, System, elsewhere
from desktop.domain.pricing.usage import Usage
from desktop.domain.usage import DateRange
from desktop.services.invoice_parts import parts_of, share_of
from tests.fakes import APPLICATION, NOON, no_report
from tests.prices import per_unit, rule_body
from tests.unit.test_usage import endpoint, hour_of
from tests.unit.test_what_if import APP, APRIL, MARCH, SPRING, publish

JUNE = DateRange(date(2026, 6, 1), date(2026, 7, 1))
TODAY = NOON.date()
AURORA = CustomerId("cus_a")


@pytest.fixture
def shop(device, hosted):
    endpoint(hosted, "end_1", "GET", "/items")
    endpoint(hosted, "end_2", "POST", "/images")
    hosted.put("customer", "cus_a", {"application_id": APPLICATION, "name": "Aurora"})
    tiers = [{"up_to": "100", "unit_amount": "0.015"}, {"unit_amount": "0.005"}]
    put_rule(hosted, "rule_1", {"model": "graduated", "currency": "USD", "tiers": tiers}, "Calls")
    hosted.count("end_1", "cus_a", hour_of(date(2026, 3, 5)), requests=101)
    hosted.count("end_2", "cus_a", hour_of(date(2026, 3, 20)), requests=1, units=50)
    hosted.count("end_1", "cus_b", hour_of(date(2026, 3, 7)), requests=10)
    device.sync()
    return device


def put_rule(hosted, rule_id, price, name="", version=1, **fields):
    body = rule_body(APPLICATION, price, name or rule_id, **fields)
    hosted.put("pricing_rule", rule_id, body)
    publish(hosted, rule_id, body, version)


def preview(device, period=MARCH, customer=AURORA, **terms):
    asked = InvoiceQuestion(APP, customer, period, InvoiceTerms(**terms))
    return device.services.invoices.preview(no_report, asked)


def test_line_is_explained_to_the_cent(shop):
    invoice = preview(shop)
    (part,) = invoice.parts
    (line,) = part.lines
    assert (invoice.customer, invoice.application) == ("Aurora", "My API")
    assert (line.rule, line.version, line.days) == ("Calls", 1, MARCH)
    assert line.endpoints == ("GET /items", "POST /images")
    assert (line.quantity, line.requests) == (Decimal(151), 102)
    assert line.amount == part.subtotal == part.total == Money(176, "USD")
    steps = [(s["step"], s.get("tier"), s["units"], s["amount"]) for s in line.explanation]
    assert steps == [("units", 1, "100", "1.50"), ("units", 2, "51", "0.26")]


def test_coupon_minimum_credits_and_tax_follow_in_this_order(shop):
    (part,) = preview(
        shop,
        coupon_percent=Decimal(50),
        minimum=Decimal(10),
        credits=Decimal(4),
        tax_percent=Decimal(19),
    ).parts
    assert part.adjustments == (
        (Adjustment.COUPON, Money(-88, "USD")),
        (Adjustment.MINIMUM, Money(1000 - 88, "USD")),
        (Adjustment.CREDITS, Money(-400, "USD")),
        (Adjustment.TAX, Money(114, "USD")),
    )
    assert part.total == Money(714, "USD")


def test_nothing_takes_off_more_than_there_is(shop):
    (part,) = preview(shop, coupon_amount=Decimal(5), credits=Decimal(9)).parts
    assert part.adjustments == ((Adjustment.COUPON, Money(-176, "USD")),)
    assert part.total == Money(0, "USD")


def test_minimum_of_part_of_a_month_is_prorated_by_days(shop):
    period = DateRange(date(2026, 3, 1), date(2026, 3, 16))
    (part,) = preview(shop, period, minimum=Decimal(10)).parts
    # 15 of 31 days: 4.84, of which 1.505 was used, which is rounded tier by tier to 1.50 and 0.01.
    assert part.subtotal == Money(151, "USD")
    assert part.total == Money(484, "USD")


@pytest.mark.parametrize(
    ("terms", "field"),
    [({"tax_percent": Decimal(101)}, "tax_percent"), ({"credits": Decimal(-1)}, "credits")],
)
def test_terms_that_cannot_be_are_refused_by_field(shop, terms, field):
    with pytest.raises(InvalidInput) as found:
        preview(shop, **terms)
    assert found.value.field == field


def test_change_of_price_within_a_month_prices_the_days_apart(shop, hosted):
    body = {"effective_from": "2026-03-16"}
    put_rule(hosted, "rule_1", per_unit("1"), "Calls", 2, **body)
    shop.sync()
    (part,) = preview(shop).parts
    assert [(line.version, line.days.end, line.amount.amount_minor) for line in part.lines] == [
        (1, date(2026, 3, 16), 151), (2, date(2026, 4, 1), 5000),
    ]  # fmt: skip


def test_flat_price_of_some_days_is_prorated_and_says_so(shop, hosted):
    fee = {"model": "flat", "currency": "USD", "amount": "31"}
    put_rule(hosted, "rule_fee", fee, "Fee", effective_from="2026-03-02")
    shop.sync()
    (part,) = preview(shop).parts
    (line,) = [line for line in part.lines if line.rule == "Fee"]
    assert line.amount == Money(3000, "USD")
    assert line.explanation[-1] == {
        "step": "amount", "billed_days": "30", "period_days": "31", "amount": "30.00",
    }  # fmt: skip


def test_customer_without_usage_has_an_empty_invoice(shop):
    assert preview(shop, APRIL).parts == ()
    assert preview(shop, customer=CustomerId("cus_unknown")).parts == ()


def test_invoice_is_written_as_csv_without_formulas(shop, hosted, tmp_path):
    hosted.put("customer", "cus_a", {"application_id": APPLICATION, "name": "@SUM(A1)"})
    shop.sync()
    path = tmp_path / "invoice.csv"
    asked = InvoiceQuestion(APP, AURORA, MARCH, InvoiceTerms(tax_percent=Decimal(10)))
    receipt = shop.services.invoices.export(no_report, asked, str(path))
    lines = list(csv.DictReader(path.read_text().splitlines()))
    assert receipt.rows == 3
    assert [(line["kind"], line["amount"]) for line in lines] == [
        ("line", "1.76"), ("tax", "0.18"), ("total", "1.94"),
    ]  # fmt: skip
    assert {line["customer"] for line in lines} == {"'@SUM(A1)"}


# --- other systems


def bills_elsewhere(rule, usage):
    found = {}
    for there in elsewhere(rule_from(rule)):
        minor = there.rule and RatingEngine(there.rule).rate(usage).minor
        found[there.system] = (minor, there.differences)
    return found


def test_system_that_rounds_a_charge_once_bills_another_cent():
    tiers = [{"up_to": str(n), "unit_amount": "0.004"} for n in (1, 2)] + [{"unit_amount": "0.004"}]
    rule = {"model": "graduated", "currency": "USD", "tiers": tiers}
    assert bills_elsewhere(rule, Usage(Decimal(3))) == {
        System.OPENMETER: (0, ()),
        System.LAGO: (1, (Difference.ROUNDS_ONCE,)),
        System.STRIPE: (0, ()),
    }


def test_models_and_modifiers_that_a_system_lacks_are_named():
    tiers = [{"package_size": "10", "package_amount": "1"}]
    packages = {"model": "graduated_package", "currency": "USD", "tiers": tiers}
    none = (None, (Difference.NO_MODEL,))
    assert set(bills_elsewhere(packages, Usage(Decimal(1))).values()) == {none}
    capped = per_unit("1") | {"max": "5"}
    assert bills_elsewhere(capped, Usage(Decimal(9))) == {
        System.OPENMETER: (500, ()),
        System.LAGO: (900, (Difference.ROUNDS_ONCE, Difference.NO_MAXIMUM)),
        System.STRIPE: (None, (Difference.NO_MODIFIER,)),
    }
    precise = per_unit("0.000000000000001")
    assert bills_elsewhere(precise, Usage(Decimal(9)))[System.STRIPE] == (
        None, (Difference.TOO_PRECISE,),
    )  # fmt: skip


def test_package_that_is_due_without_usage_is_due_nowhere_else():
    rule = {"model": "package", "currency": "USD", "package_size": "10", "package_amount": "5",
            "minimum_packages": 1}  # fmt: skip
    found = bills_elsewhere(rule, Usage(Decimal(0)))
    assert {minor for minor, _ in found.values()} == {0}
    assert Difference.NO_EMPTY_PACKAGE in found[System.OPENMETER][1]


def test_free_allowances_of_single_events_end_as_they_do_in_lago():
    rule = {"model": "percentage", "currency": "USD", "rate": "10", "per_event_min": "0.5",
            "free_events": 1, "free_amount": "100", "allowances": "first"}  # fmt: skip
    found = bills_elsewhere(rule, Usage(events=()))
    assert found[System.LAGO][1] == (Difference.ROUNDS_ONCE, Difference.ALLOWANCES)


def test_lines_of_the_invoice_say_what_others_would_bill(shop):
    (line,) = preview(shop).parts[0].lines
    by_system = {other.system: other for other in line.others}
    assert by_system[System.LAGO].amount == Money(176, "USD")
    assert by_system[System.OPENMETER].difference == Money(0, "USD")


# --- revenue


def revenue(device, period=SPRING):
    return device.services.invoices.revenue(no_report, RevenueQuestion(APP, period))


def test_revenue_by_rule_plan_and_customer_adds_up(shop, hosted):
    put_rule(hosted, "rule_pro", per_unit("0.10"), "Pro calls")
    plan = {"application_id": APPLICATION, "name": "Pro", "description": ""}
    hosted.put("plan", "plan_1", plan | {"rule_ids": ["rule_pro"]})
    term = {"starts_on": "2026-03-16", "ends_before": None, "plan_id": "plan_1", "override_ids": []}
    body = {"application_id": APPLICATION, "customer_id": "cus_a", "terms": [term]}
    hosted.put("customer_plan", "cpl_1", body)
    shop.sync()
    found = revenue(shop)
    usd = [(line.label, line.amounts[0].amount_minor) for line in found.by_rule]
    assert usd == [("Pro calls", 500), ("Calls", 151 + 15)]
    assert [(line.label, line.amounts[0].amount_minor, line.customers)
            for line in found.by_plan] == [("Pro", 500, 1), ("", 166, 2)]  # fmt: skip
    assert [(line.label, line.amounts[0].amount_minor) for line in found.by_customer] == [
        ("Aurora", 651), ("Customer cus_b", 15),
    ]  # fmt: skip
    assert found.total == (Money(666, "USD"),)
    assert found.forecast == ()


@pytest.fixture
def steady(shop, hosted):
    """A call for a dollar on each day of the last four weeks, two in the last of them."""
    put_rule(hosted, "rule_1", per_unit("1"), "Calls", 2, effective_from="2026-05-01")
    for back in range(29):
        day = TODAY - timedelta(days=back)
        hosted.count("end_1", "cus_a", hour_of(day), requests=2 if 1 <= back <= 7 else 1)
    shop.sync()
    return shop


def test_forecast_is_the_mean_of_the_weekdays_between_the_weakest_and_strongest_week(steady):
    found = revenue(steady, JUNE)
    (forecast,) = found.forecast
    # 15 June: 14 days with 21 calls and today's one. Left are 15 days of 1.25 calls.
    assert forecast.so_far == Money(2200, "USD")
    assert forecast.expected == Money(2200 + 1875, "USD")
    assert forecast.low == Money(2200 + 1500, "USD")
    assert forecast.high == Money(2200 + 3000, "USD")
    assert (found.weeks, found.as_of) == (4, TODAY)


def test_forecast_prices_a_change_that_is_scheduled(steady, hosted):
    put_rule(hosted, "rule_1", per_unit("2"), "Calls", 3, effective_from="2026-06-16")
    steady.sync()
    (forecast,) = revenue(steady, JUNE).forecast
    assert forecast.expected == Money(2200 + 2 * 1875, "USD")


def test_no_forecast_without_a_whole_week_to_go_by(device, hosted):
    endpoint(hosted, "end_1", "GET", "/items")
    put_rule(hosted, "rule_1", per_unit("1"))
    hosted.count("end_1", "cus_a", hour_of(TODAY - timedelta(days=2)), requests=1)
    device.sync()
    found = revenue(device, JUNE)
    assert (found.forecast, found.weeks, found.total) == ((), 0, (Money(100, "USD"),))


# --- arithmetic of the bill

amounts = st.integers(0, 10**9)
percents = st.decimals(0, 100, places=3)


@given(
    subtotal=amounts, coupon=percents, minimum=amounts, credits_=amounts, tax=percents,
)  # fmt: skip
def test_bill_adds_up_and_never_turns_against_the_owner(subtotal, coupon, minimum, credits_, tax):
    usd = rule_from(per_unit("1")).currency
    line = _line_of(subtotal)
    terms = InvoiceTerms(
        coupon_percent=coupon,
        minimum=Decimal(minimum).scaleb(-2),
        credits=Decimal(credits_).scaleb(-2),
        tax_percent=tax,
    )
    (part,) = parts_of([(usd, line)], terms, MARCH)
    assert (
        part.subtotal.amount_minor + sum(amount.amount_minor for _, amount in part.adjustments)
        == part.total.amount_minor
    )
    assert part.total.amount_minor >= 0
    net = max(subtotal - share_of(subtotal, coupon), minimum)
    due = max(net - credits_, 0)
    exact = due * (1 + Fraction(tax) / 100)
    assert abs(part.total.amount_minor - exact) <= Fraction(1, 2)


def _line_of(minor):
    return InvoiceLine(
        "rule", "Rule", 1, MARCH, (), "units", Decimal(1), 1, Money(minor, "USD"), (), ()
    )


def test_amounts_of_the_terms_are_in_the_first_currency(shop):
    usd, jpy = rule_from(per_unit("1")).currency, rule_from(per_unit("1", "JPY")).currency
    dollars, yen = _line_of(5000), replace(_line_of(700), amount=Money(700, "JPY"))
    terms = InvoiceTerms(credits=Decimal(1), tax_percent=Decimal(10))
    parts = parts_of([(jpy, yen), (usd, dollars)], terms, MARCH)
    assert [part.total for part in parts] == [Money(5390, "USD"), Money(770, "JPY")]
