"""Every mistake in a rule or a usage is answered with the field it is in, and nothing is rated."""

import time

import pytest

from contract.pricing.currencies import MINOR_DIGITS
from contract.pricing.validation import MAX_TIERS
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.requests import Requests

TIERS = [{"up_to": "10", "unit_amount": "2"}, {"up_to": None, "unit_amount": "1"}]
USD = {"currency": "USD"}
PER_UNIT = {"model": "per_unit", "unit_amount": "1", **USD}
GRADUATED = {"model": "graduated", "tiers": TIERS, **USD}
PACKED = {"package_size": "10", "package_amount": "1"}


def refused(rule, usage):
    with pytest.raises(InvalidInput) as caught:
        Requests().rated({"rule": rule, "usage": usage})
    return caught.value


def graduated(*bounds):
    return GRADUATED | {"tiers": [{"up_to": bound, "unit_amount": "1"} for bound in bounds]}


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        ({}, "model"),
        ({"model": None}, "model"),
        ({"model": 3}, "rule.model"),
        ({"model": "per_units"}, "model"),
        ({"model": "per_unit", "unit_amount": "1"}, "currency"),
        (PER_UNIT | {"currency": "BTC"}, "currency"),
        (PER_UNIT | {"currency": "usd"}, "currency"),
        (PER_UNIT | {"currency": "XAU"}, "currency"),
        (PER_UNIT | {"currency": "", "currency_digits": 2}, "currency"),
        (PER_UNIT | {"currency": "X" * 33, "currency_digits": 2}, "currency"),
        (PER_UNIT | {"currency_digits": 3}, "currency_digits"),
        (PER_UNIT | {"currency": "COIN", "currency_digits": 31}, "currency_digits"),
        (PER_UNIT | {"currency": "COIN", "currency_digits": "1.5"}, "currency_digits"),
        (PER_UNIT | {"rounding": "up"}, "rounding"),
        (PER_UNIT | {"unit_amount": None}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "-0.01"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": 0.01}, "unit_amount"),
        (PER_UNIT | {"unit_amount": True}, "unit_amount"),
        (PER_UNIT | {"unit_amount": ["1"]}, "unit_amount"),
        (PER_UNIT | {"unit_amount": {}}, "unit_amount"),
        (PER_UNIT | {"unit_amount": ""}, "unit_amount"),
        (PER_UNIT | {"unit_amount": " 1"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "1,5"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "1_000"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "٣"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "NaN"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "Infinity"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": float("nan")}, "unit_amount"),
        (PER_UNIT | {"unit_amount": float("-inf")}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "1e500"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "1e-501"}, "unit_amount"),
        (PER_UNIT | {"unit_amount": "9" * 501}, "unit_amount"),
        (PER_UNIT | {"unit_price": "1"}, "unit_price"),
        (PER_UNIT | {"min": "5", "max": "4.99"}, "min"),
        (PER_UNIT | {"min": "-1"}, "min"),
        (PER_UNIT | {"discount_percent": "100.01"}, "discount_percent"),
        (PER_UNIT | {"discount_percent": "-1"}, "discount_percent"),
        (PER_UNIT | {"discount_units": "-1"}, "discount_units"),
        (PER_UNIT | {"free_units": "-1"}, "free_units"),
        (PER_UNIT | {"conversion_rate": "0"}, "conversion_rate"),
        (PER_UNIT | {"bill_only_at_end": "yes"}, "bill_only_at_end"),
        (PER_UNIT | {"tiers": TIERS}, "tiers"),
        (PER_UNIT | {"package_amount": "3"}, "package_amount"),
        (PER_UNIT | {"variant": "single_event_estimate"}, "variant"),
        (PER_UNIT | {"unit_conversion": "x"}, "unit_conversion"),
        (PER_UNIT | {"unit_conversion": {"factor": "2"}}, "unit_conversion.operation"),
        (PER_UNIT | {"unit_conversion": {"operation": "add"}}, "unit_conversion.operation"),
        (PER_UNIT | {"unit_conversion": {"operation": "divide"}}, "unit_conversion.factor"),
        (
            PER_UNIT | {"unit_conversion": {"operation": "divide", "factor": "0"}},
            "unit_conversion.factor",
        ),
        (
            PER_UNIT | {"unit_conversion": {"operation": "divide", "factor": "1", "digits": 1}},
            "unit_conversion.digits",
        ),
        ({"model": "flat", **USD}, "amount"),
        ({"model": "flat", "amount": "1", "payment_term": "later", **USD}, "payment_term"),
        ({"model": "package", "package_amount": "1", **USD}, "package_size"),
        ({"model": "package", "package_size": "0", "package_amount": "1", **USD}, "package_size"),
        ({"model": "package", "package_size": "10", **USD}, "package_amount"),
        ({"model": "percentage", **USD}, "rate"),
        ({"model": "percentage", "rate": "101", **USD}, "rate"),
        ({"model": "percentage", "rate": "1", "free_events": "1.5", **USD}, "free_events"),
        ({"model": "percentage", "rate": "1", "free_events": -1, **USD}, "free_events"),
        (
            {"model": "percentage", "rate": "1", "per_event_min": "2", "per_event_max": "1", **USD},
            "per_event_min",
        ),
        ({"model": "graduated", **USD}, "tiers"),
        (GRADUATED | {"tiers": []}, "tiers"),
        (GRADUATED | {"tiers": {}}, "tiers"),
        (GRADUATED | {"tiers": ["x"]}, "tiers[0]"),
        (GRADUATED | {"unit_amount": "1"}, "unit_amount"),
        (graduated("10", "10", None), "tiers[1].up_to"),
        (graduated("10", "20", "5", None), "tiers[2].up_to"),
        (graduated("10", None, "20"), "tiers[1].up_to"),
        (graduated("10", "20"), "tiers[1].up_to"),
        (graduated("0", None), "tiers[0].up_to"),
        (graduated("-1", None), "tiers[0].up_to"),
        (graduated("NaN", None), "tiers[0].up_to"),
        (GRADUATED | {"tiers": [{"up_to": "10"}, *TIERS[1:]]}, "tiers[0].unit_amount"),
        (GRADUATED | {"tiers": [*TIERS[:1], {"unit_amount": "-1"}]}, "tiers[1].unit_amount"),
        (GRADUATED | {"tiers": [{"unit_amount": "1", "flat": "1"}]}, "tiers[0].flat"),
        (GRADUATED | {"tiers": [{"unit_amount": "1", "rate": "1"}]}, "tiers[0].rate"),
        ({"model": "graduated_percentage", "tiers": [{}], **USD}, "tiers[0].rate"),
        (
            {"model": "graduated_percentage", "tiers": [{"rate": "100.1"}], **USD},
            "tiers[0].rate",
        ),
        (
            {"model": "volume_package", "tiers": [{"package_size": "1"}], **USD},
            "tiers[0].package_amount",
        ),
        (
            {"model": "graduated_package", "tiers": [PACKED | {"package_size": "-1"}], **USD},
            "tiers[0].package_size",
        ),
        ({"model": "graduated_by_dimension", "tiers": [{}], **USD}, "tiers[0].rates"),
        (
            {"model": "graduated_by_dimension", "tiers": [{"rates": {"eu": "-1"}}], **USD},
            "tiers[0].rates.eu",
        ),
        ({"model": "capacity", "tiers": [{"limits": {}}], **USD}, "tiers[0].price"),
        (
            {"model": "capacity", "tiers": [{"limits": {"a": "x"}, "price": "1"}], **USD},
            "tiers[0].limits.a",
        ),
    ],
)
def test_mistake_in_a_rule_names_its_field(rule, field):
    assert refused(rule, {"quantity": "1"}).field == field


@pytest.mark.parametrize(
    ("usage", "field"),
    [
        ({}, "quantity"),
        (None, "quantity"),
        ([], "usage"),
        ({"quantity": None}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": "one"}, "quantity"),
        ({"quantity": "1", "qty": "1"}, "qty"),
        ({"quantity": "3", "events": ["1", "1"]}, "quantity"),
        ({"events": "1"}, "events"),
        ({"events": ["1", None]}, "events[1]"),
        ({"events": [{"dimension": "eu"}]}, "events[0].units"),
        ({"events": [{"units": "1", "dimension": 1}]}, "events[0].dimension"),
        ({"events": [{"units": "1", "prorated_units": "x"}]}, "events[0].prorated_units"),
        ({"quantity": "1", "position": "end"}, "position"),
        ({"quantity": "1", "previous_billed": []}, "previous_billed"),
        ({"quantity": "1", "previous_quantity": "x"}, "previous_quantity"),
        ({"quantity": "1", "credits": "1"}, "credits"),
        ({"quantity": "1", "credits": ["-1"]}, "credits[0]"),
        ({"quantity": "1", "credits": ["1.01"]}, "credits"),
        ({"quantity": "1", "tier_quantity": "1"}, "tier_quantity"),
        ({"quantity": "1", "units": {"a": "1"}}, "units"),
        ({"groups": ["1"], "quantity": "1"}, "quantity"),
        ({"groups": ["1"], "events": ["1"]}, "events"),
        ({"groups": "1"}, "groups"),
        ({"groups": ["1"], "previous_quantity": "1"}, "previous_quantity"),
    ],
)
def test_mistake_in_a_usage_names_its_field(usage, field):
    assert refused(PER_UNIT, usage).field == field


@pytest.mark.parametrize(
    ("model", "own", "usage", "field"),
    [
        ("capacity", {"tiers": [{"price": "1"}]}, {}, "units"),
        ("capacity", {"tiers": [{"limits": {"a": "1"}, "price": "1"}]}, {"units": {"b": "1"}},
         "units.b"),
        ("capacity", {"tiers": [{"limits": {"a": "1"}, "price": "1"}]}, {"units": {"a": "2"}},
         "units"),
        ("graduated_by_dimension", {"tiers": [{"rates": {"eu": "1"}}]}, {"quantity": "1"},
         "events"),
        ("graduated_by_dimension", {"tiers": [{"rates": {"eu": "1"}}]},
         {"events": [{"units": "1", "dimension": "us"}]}, "events[0].dimension"),
        ("event_priced", {}, {"groups": [["1", "x"]]}, "groups[0][1]"),
        ("event_priced", {}, {"groups": {"eu": [{"units": None}]}}, "groups.eu[0].units"),
        ("event_priced", {}, {}, "quantity"),
        ("event_priced", {}, {"groups": [{"events": "1"}]}, "groups[0].events"),
        ("event_priced", {}, {"groups": [{"dimension": "eu"}]}, "groups[0].quantity"),
        ("event_priced", {}, {"groups": [{"name": "eu"}]}, "groups[0].name"),
        ("percentage", {"rate": "1"}, {"groups": ["1"]}, "groups"),
        ("percentage", {"rate": "1"}, {"events": ["5", "6"], "previous_quantity": "5"},
         "previous_quantity"),
        ("capacity", {"tiers": [{"price": "1"}]},
         {"units": {"a": "1"}, "previous_quantity": "5"}, "previous_quantity"),
    ],
)  # fmt: skip
def test_usage_that_a_model_cannot_rate_names_its_field(model, own, usage, field):
    assert refused({"model": model, **USD, **own}, usage).field == field


@pytest.mark.parametrize(
    ("model", "members", "field"),
    [
        ("round", {}, "amount"),
        ("round", {"amount": "x"}, "amount"),
        ("round", {"amount": "1", "quantity": "1"}, "quantity"),
        ("tax", {"percent": "20"}, "net"),
        ("tax", {"net": "1"}, "rate"),
        ("tax", {"net": "1", "percent": "1", "rate": "1"}, "rate"),
        ("tax", {"net": "1", "percent": "101"}, "percent"),
        ("coupon", {"base_amount": "1"}, "kind"),
        ("coupon", {"kind": "half", "base_amount": "1"}, "kind"),
        ("coupon", {"kind": "percent", "base_amount": "1"}, "percent"),
        ("coupon", {"kind": "percent", "base_amount": "1", "percent": "100.5"}, "percent"),
        ("coupon", {"kind": "fixed", "base_amount": "1"}, "amount"),
        ("coupon", {"kind": "fixed", "amount": "1"}, "base_amount"),
        ("prorated_flat", {"amount": "1", "billed_days": "1"}, "period_days"),
        ("prorated_flat", {"amount": "1", "billed_days": "1", "period_days": "0"}, "period_days"),
        ("prorated_flat", {"amount": "1", "billed_days": "-1", "period_days": "3"}, "billed_days"),
        (
            "prorated_minimum_true_up",
            {"amount": "1", "billed_days": "1", "period_days": "3"},
            "used_amount",
        ),
        ("credits_to_money", {"credits": "1"}, "rate"),
        ("allocate", {"amount": "1", "index": 0}, "weights"),
        ("allocate", {"amount": "1", "weights": [], "index": 0}, "weights"),
        ("allocate", {"amount": "1", "weights": ["-1"], "index": 0}, "weights[0]"),
        ("allocate", {"amount": "1", "weights": ["0", "0"], "index": 0}, "weights"),
        ("allocate", {"amount": "1", "weights": ["1"]}, "index"),
        ("allocate", {"amount": "1", "weights": ["1"], "index": 1}, "index"),
        ("allocate", {"amount": "0.001", "weights": ["1"], "index": 0}, "amount"),
        ("allocate", {"amount": "1", "weights": ["1"], "index": 0, "keys": ["a", "b"]}, "keys"),
        ("allocate", {"amount": "1", "weights": ["1"], "index": 0, "keys": [1]}, "keys[0]"),
    ],
)
def test_mistake_in_a_calculation_names_its_field(model, members, field):
    assert refused({"model": model, **USD, **members}, None).field == field


def test_member_that_stands_in_rule_and_usage_is_refused():
    assert refused({"model": "tax", "net": "1", "rate": "1", **USD}, {"net": "2"}).field == "net"


def test_ten_thousand_tiers_are_refused_at_once():
    rule = graduated(*(str(bound) for bound in range(1, 10_001)), None)
    begun = time.perf_counter()
    error = refused(rule, {"quantity": "1"})
    assert error.field == "tiers"
    assert "10,001" in str(error)
    assert time.perf_counter() - begun < 1


def test_largest_table_of_tiers_is_rated():
    rule = graduated(*(str(bound) for bound in range(1, MAX_TIERS)), None)
    rated = Requests().rated({"rule": rule, "usage": {"quantity": "1000000"}})
    assert rated.amount == "1000000.00"
    assert len(rated.lines) == MAX_TIERS


def test_zero_of_another_model_does_no_harm():
    rule = PER_UNIT | {"package_amount": "0.00", "free_events": 0, "tiers": [], "variant": None}
    rule |= {"package_size": "0", "rate": "0.0"}
    assert Requests().rated({"rule": rule, "usage": {"quantity": "2"}}).amount == "2.00"


def test_whole_json_numbers_are_taken_as_they_are_exact():
    rated = Requests().rated({"rule": PER_UNIT | {"unit_amount": 2}, "usage": {"quantity": 10**30}})
    assert rated.amount == f"{2 * 10**30}.00"


def test_messages_do_not_repeat_long_input():
    error = refused(PER_UNIT | {"unit_amount": "z" * 10_000}, {"quantity": "1"})
    assert len(str(error)) < 300


def test_currency_table_has_what_iso_4217_lists():
    expected = {"USD": 2, "JPY": 0, "KWD": 3, "CLF": 4, "UYI": 0, "BIF": 0, "MGA": 2, "XCG": 2}
    assert {code: MINOR_DIGITS[code] for code in expected} == expected
    assert "XXX" not in MINOR_DIGITS
    assert len(MINOR_DIGITS) == 171
