"""Allocation, proration, true-up, coupons, credits, tax and rounding, against their definitions."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.domain.pricing.requests import Requests
from tests.unit.pricing.oracle import to_minor_unit
from tests.unit.pricing.strategies import currencies, decimals, percents

amounts = decimals(10**9, 4)
signed = st.builds(lambda sign, text: sign + text, st.sampled_from(["", "-"]), amounts)
days = decimals(400, 2)


def result(model, currency, **members):
    rule = {"model": model, **currency, **members}
    return Fraction(Requests().rated({"rule": rule}).amount), rule


@given(currencies, signed)
def test_round_is_half_away_from_zero(currency, amount):
    found, rule = result("round", currency, amount=amount)
    assert found == to_minor_unit(Fraction(amount), rule)


@pytest.mark.parametrize(
    ("currency", "amount", "rounded"),
    [
        ("USD", "1.005", "1.01"),
        ("USD", "-1.005", "-1.01"),
        ("USD", "1.00499999999999999999", "1.00"),
        ("JPY", "0.5", "1"),
        ("JPY", "0.49", "0"),
        ("KWD", "0.0005", "0.001"),
        ("CLF", "0.00005", "0.0001"),
        ("USD", "-0.004", "0.00"),
        ("USD", "123456789012345678901234567890.005", "123456789012345678901234567890.01"),
    ],
)
def test_amount_has_the_digits_of_its_currency(currency, amount, rounded):
    rule = {"model": "round", "currency": currency, "amount": amount}
    assert Requests().rated({"rule": rule}).amount == rounded


@pytest.mark.parametrize(
    ("digits", "text"), [(0, "7"), (1, "6.7"), (5, "6.66667"), (8, "6.66666667")]
)
def test_currency_of_ones_own_has_its_own_digits(digits, text):
    rule = {"model": "round", "currency": "POINTS", "currency_digits": digits}
    rated = Requests().rated({"rule": rule | {"amount": "6.6666666666"}})
    assert (rated.amount, rated.currency.code) == (text, "POINTS")


@given(currencies, amounts, days, days.filter(lambda d: Fraction(d) > 0))
def test_proration_is_the_share_of_days(currency, amount, billed, period):
    members = {"amount": amount, "billed_days": billed, "period_days": period}
    found, rule = result("prorated_flat", currency, **members)
    share = Fraction(billed) / Fraction(period)
    assert found == to_minor_unit(Fraction(amount) * share, rule)
    full, _ = result("prorated_flat", currency, zero_means_full=True, **members)
    is_part = 0 < share <= 1
    assert full == (found if is_part else to_minor_unit(Fraction(amount), rule))


@given(currencies, amounts, amounts, days)
def test_true_up_brings_a_charge_to_its_minimum(currency, minimum, used, billed):
    members = {"amount": minimum, "billed_days": billed, "period_days": "31"}
    found, rule = result("prorated_minimum_true_up", currency, used_amount=used, **members)
    due = to_minor_unit(Fraction(minimum) * Fraction(billed) / 31, rule)
    assert found == max(due - to_minor_unit(Fraction(used), rule), 0)


@given(currencies, amounts, amounts, signed)
def test_fixed_coupon_is_worth_what_is_left_of_it(currency, amount, used, base):
    members = {"kind": "fixed", "amount": amount, "already_used": used, "base_amount": base}
    found, rule = result("coupon", currency, **members)
    worth = min(Fraction(amount) - Fraction(used), Fraction(base))
    assert found == to_minor_unit(max(worth, Fraction(0)), rule)


@given(currencies, percents, signed)
def test_percent_coupon_is_never_more_than_its_base(currency, percent, base):
    members = {"kind": "percent", "percent": percent, "base_amount": base}
    found, rule = result("coupon", currency, **members)
    positive = max(Fraction(base), Fraction(0))
    assert found == to_minor_unit(positive * Fraction(percent) / 100, rule)
    assert found <= to_minor_unit(positive, rule)


@given(currencies, signed, percents)
def test_gross_is_net_and_tax_each_rounded(currency, net, percent):
    found, rule = result("tax", currency, net=net, percent=percent)
    tax = to_minor_unit(Fraction(net) * Fraction(percent) / 100, rule)
    assert found == to_minor_unit(Fraction(net), rule) + tax


@given(currencies, signed, amounts)
def test_credits_are_worth_their_rate(currency, credit, rate):
    found, rule = result("credits_to_money", currency, credits=credit, rate=rate)
    assert found == to_minor_unit(Fraction(credit) * Fraction(rate), rule)


@given(st.integers(0, 10**6), st.lists(st.integers(1, 50), min_size=2, max_size=8), st.data())
def test_shares_do_not_depend_on_the_order_when_keys_decide(cents, weights, data):
    keys = [f"k{n}" for n in range(len(weights))]
    order = data.draw(st.permutations(range(len(weights))))

    def shares(indexes):
        members = {
            "amount": f"{cents / 100:.2f}",
            "weights": [str(weights[i]) for i in indexes],
            "keys": [keys[i] for i in indexes],
        }
        return {
            keys[index]: result("allocate", {"currency": "USD"}, index=place, **members)[0]
            for place, index in enumerate(indexes)
        }

    straight = shares(range(len(weights)))
    assert shares(order) == straight
    assert sum(straight.values()) == Fraction(cents, 100)


def test_remainders_decide_before_keys():
    members = {"amount": "0.10", "weights": ["1", "2", "4"], "keys": ["a", "b", "c"]}
    found = [result("allocate", {"currency": "USD"}, index=n, **members)[0] for n in range(3)]
    assert found == [Fraction("0.01"), Fraction("0.03"), Fraction("0.06")]


def test_weight_of_zero_gets_nothing():
    members = {"amount": "1", "weights": ["0", "1"]}
    found = [result("allocate", {"currency": "USD"}, index=n, **members)[0] for n in range(2)]
    assert found == [0, 1]


def test_members_of_a_calculation_may_stand_in_the_usage():
    rule = {"model": "tax", "currency": "USD", "percent": "20"}
    assert Requests().rated({"rule": rule, "usage": {"net": "10"}}).amount == "12.00"
