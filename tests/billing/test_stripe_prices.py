"""Which rules Stripe can have, what they become there, and that they cost the same."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.pricing.parsing import rule_from
from contract.terms import Meter
from desktop.domain.money import Money, minor_digits
from desktop.domain.pricing.cell_usage import usage_of_cell
from desktop.domain.pricing.engine import RatingEngine
from desktop.services.billing.stripe.currencies import digits_of, minor_amount, money
from desktop.services.billing.stripe.price_form import form_in, form_of, refusals
from tests.billing.stripe_stand_in import StripeStandIn, amounts

CURRENCIES = ["USD", "JPY", "KWD", "CHF", "MGA"]
amount = st.decimals("0", "50", places=4).map(str)
bounds = st.lists(st.integers(1, 5000), min_size=1, max_size=4, unique=True).map(sorted)


@st.composite
def tiered(draw, model):
    limits = draw(bounds)
    tiers = [{"up_to": str(limit), "unit_amount": draw(amount)} for limit in limits]
    for tier in tiers[1:]:
        if draw(st.booleans()):
            tier["flat_amount"] = draw(amount)
    return {"model": model, "tiers": [*tiers, {"unit_amount": draw(amount)}]}


@st.composite
def prices(draw):
    price = draw(
        st.one_of(
            st.fixed_dictionaries({"model": st.just("per_unit"), "unit_amount": amount}),
            st.fixed_dictionaries(
                {
                    "model": st.just("per_unit"), "unit_amount": amount,
                    "free_units": st.integers(1, 900).map(str),
                }
            ),
            st.fixed_dictionaries(
                {
                    "model": st.just("package"), "package_amount": amount,
                    "package_size": st.integers(1, 900).map(str),
                }
            ),
            tiered("graduated"),
            tiered("volume"),
        )
    )  # fmt: skip
    return {**price, "currency": draw(st.sampled_from(CURRENCIES))}


@settings(max_examples=150, deadline=None)
@given(prices(), st.integers(0, 20_000), st.sampled_from([0, 3]))
def test_what_is_published_costs_what_the_rule_says(price, units, digits):
    rule = rule_from(price)
    assert refusals(rule, Meter.UNITS, digits) == ()
    body = as_stripe(form_of(rule, digits))
    theirs = sum(amounts(body, units * 10**digits))
    ours = RatingEngine(rule).rate(usage_of_cell(rule, units * 10**6, units, 10**6))
    currency = price["currency"]
    shift = digits_of(currency) - minor_digits(currency)
    if shift < 0:
        return  # the ariary has no hundredths there: amounts are rounded to whole ones
    assert money(theirs, currency) == Money(ours.minor.numerator, currency)


@given(prices(), st.sampled_from([0, 2]))
def test_a_form_is_read_back_as_it_was_made(price, digits):
    form = form_of(rule_from(price), digits)
    assert form_in(as_stripe(form)) == form


def as_stripe(form):
    """The price as Stripe has it after it was created."""
    params = form.params()
    recurring = {**params["recurring"], "meter": "mtr_1"}
    meters = {"billing.meter": {"mtr_1": {}}}
    price = StripeStandIn(objects=meters)._price({**params, "recurring": recurring})
    return {**price, "currency": params["currency"]}


@pytest.mark.parametrize(
    ("price", "said"),
    [
        ({"model": "percentage", "rate": "2"}, "no prices of the model percentage"),
        ({"model": "per_unit", "unit_amount": "1", "min": "5"}, "a minimum"),
        ({"model": "per_unit", "unit_amount": "1", "discount_percent": "5"}, "a discount"),
        ({"model": "flat", "amount": "9", "payment_term": "in_arrears"}, "in advance"),
        (
            {"model": "package", "package_amount": "1", "package_size": "10",
             "minimum_packages": 1}, "least number of packages",
        ),
        ({"model": "package", "package_amount": "1", "package_size": "0.5"}, "whole numbers"),
        ({"model": "per_unit", "unit_amount": "0.000000000000001"}, "more than 12 decimals"),
        (
            {"model": "graduated", "rounding": "charge",
             "tiers": [{"up_to": "5", "unit_amount": "1"}, {"unit_amount": "2"}]},
            "rounds each tier",
        ),
        ({"model": "graduated", "free_units": "3", "tiers": [{"unit_amount": "2"}]}, "free units"),
    ],
)  # fmt: skip
def test_what_stripe_cannot_have_is_said(price, said):
    rule = rule_from({"currency": "USD", **price})
    assert said in " ".join(refusals(rule, Meter.UNITS, 0))


def test_more_digits_of_a_unit_make_room_for_fractions():
    rule = rule_from(
        {"model": "package", "currency": "USD", "package_amount": "1", "package_size": "0.5"}
    )
    assert refusals(rule, Meter.UNITS, 1) == ()
    assert form_of(rule, 1).divide_by == 5


def test_what_single_calls_tell_is_not_reported():
    rule = rule_from({"model": "per_unit", "currency": "USD", "unit_amount": "1"})
    assert "counts something else" in refusals(rule, Meter.RESPONSE_FIELD, 0)[0]


def test_a_currency_of_the_owner_is_unknown_there():
    rule = rule_from({"model": "per_unit", "currency": "GEMS", "unit_amount": "1",
                      "currency_digits": 2})  # fmt: skip
    assert "no currency GEMS" in refusals(rule, Meter.UNITS, 0)[0]


@pytest.mark.parametrize(
    ("minor", "currency", "expected"),
    [
        (1999, "usd", Money(1999, "USD")), (500, "jpy", Money(500, "JPY")),
        (5120, "kwd", Money(5120, "KWD")), (5, "mga", Money(500, "MGA")),
        (500, "isk", Money(5, "ISK")), (550, "isk", Money(550, "ISK", 2)),
    ],
)  # fmt: skip
def test_amounts_are_read_in_the_units_of_iso(minor, currency, expected):
    found = money(minor, currency)
    assert found == expected
    assert minor_amount(found.amount, found.currency) == minor
    assert found.amount == Decimal(minor).scaleb(-digits_of(found.currency))
