"""What a line tells about its step: tier, units, price, exact amount, rounding."""

import pytest

from desktop.domain.pricing.explanation import as_json
from desktop.domain.pricing.requests import Requests

USD = {"currency": "USD"}
TIERS = [
    {"up_to": "10", "unit_amount": "0.333"},
    {"unit_amount": "0.1", "flat_amount": "5"},
]


def lines(rule, usage):
    return as_json(Requests().rated({"rule": USD | rule, "usage": usage}))["lines"]


def steps(rule, usage):
    return [(line["step"], line["amount"]) for line in lines(rule, usage)]


def test_graduated_lines_name_tier_units_price_and_rounding():
    assert lines({"model": "graduated", "tiers": TIERS}, {"quantity": "12.5"}) == [
        {
            "step": "units", "tier": 1, "units": "10", "price": "0.333", "exact": "3.33",
            "amount": "3.33",
        },
        {
            "step": "units", "tier": 2, "units": "2.5", "price": "0.1", "exact": "0.25",
            "amount": "0.25",
        },
        {"step": "flat", "tier": 2, "price": "5", "exact": "5", "amount": "5.00"},
    ]  # fmt: skip


def test_quantity_line_shows_conversion_and_what_is_free():
    rule = {
        "model": "package",
        "package_size": "10",
        "package_amount": "1.5",
        "free_units": "2",
        "unit_conversion": {"operation": "divide", "factor": "1000", "rounding": "ceiling"},
    }
    quantity, packages = lines(rule, {"quantity": "30100"})
    assert quantity == {
        "step": "quantity",
        "metered": "30100",
        "converted": "30.1",
        "unit_rounding": "ceiling",
        "free_units": "2",
        "priced": "29",
        "amount": "0.00",
    }
    assert (packages["packages"], packages["package_size"]) == ("3", "10")
    assert packages["amount"] == "4.50"


def test_every_adjustment_has_its_line_in_order():
    rule = {
        "model": "graduated",
        "tiers": TIERS,
        "discount_percent": "10",
        "max": "6",
        "min": "5.5",
    }
    usage = {"quantity": "12", "previous_billed": "1", "position": "last", "credits": ["2", "0.5"]}
    assert steps(rule, usage) == [
        ("units", "3.33"),
        ("units", "0.20"),
        ("flat", "5.00"),
        ("percent_discount", "-0.33"),
        ("percent_discount", "-0.02"),
        ("percent_discount", "-0.50"),
        ("maximum", "-1.68"),
        ("previously_billed", "-1.00"),
        ("credit", "-2.00"),
        ("credit", "-0.50"),
    ]


def test_minimum_tops_up_with_the_last_part_only():
    rule = {"model": "per_unit", "unit_amount": "1", "min": "10"}
    assert steps(rule, {"quantity": "4"})[-1] == ("minimum", "6.00")
    assert steps(rule, {"quantity": "4", "position": "middle"}) == [("units", "4.00")]


def test_part_that_bills_nothing_says_so():
    rule = {"model": "per_unit", "unit_amount": "1", "bill_only_at_end": True}
    assert steps(rule, {"quantity": "4", "position": "first"}) == [("not_yet_billed", "0.00")]


def test_discount_is_rounded_on_each_component():
    """0.05 less half is 0.02: the discount of 0.025 is rounded, as OpenMeter does."""
    rule = {"model": "per_unit", "unit_amount": "0.05", "discount_percent": "50"}
    assert [line["amount"] for line in lines(rule, {"quantity": "1"})] == ["0.05", "-0.03"]


@pytest.mark.parametrize(
    ("rounding", "amount"), [("currency", "0.00"), ("charge", "0.01"), ("none", "0.012")]
)
def test_tier_components_are_rounded_by_themselves(rounding, amount):
    """Three parts of 0.004 are nothing when each is rounded, a cent when their sum is."""
    tiers = [{"up_to": str(n) if n < 3 else None, "unit_amount": "0.004"} for n in range(1, 4)]
    rule = {"model": "graduated", "tiers": tiers, "rounding": rounding, **USD}
    assert Requests().rated({"rule": rule, "usage": {"quantity": "3"}}).amount == amount


def test_charge_that_is_rounded_once_says_so():
    tiers = [{"up_to": "1", "unit_amount": "0.004"}, {"unit_amount": "0.004"}]
    rule = {"model": "graduated", "tiers": tiers, "rounding": "charge", "max": "0.5"}
    assert steps(rule, {"quantity": "2"}) == [
        ("units", "0.004"),
        ("units", "0.004"),
        ("rounding", "0.002"),
    ]


def test_package_can_be_due_without_usage():
    """As Chargebee has it."""
    rule = {"model": "package", "package_size": "10", "package_amount": "3", "minimum_packages": 1}
    assert [lines(rule, {"quantity": q})[0]["amount"] for q in ("0", "10", "11")] == [
        "3.00", "3.00", "6.00",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("allowances", "alone", "together"), [("first", "6.00", "10.00"), ("both", "2.00", "3.00")]
)
def test_owner_can_say_when_allowances_end(allowances, alone, together):
    """Two free events or 100 free: the third event is the first to pay, or the fifth."""
    rule = {"model": "percentage", "rate": "10", "free_events": 2, "free_amount": "100"}
    rule["allowances"] = allowances
    usage = {"events": ["10", "20", "30", "30", "40"]}
    assert steps(rule | {"per_event_max": "2"}, usage)[0][1] == alone
    assert steps(rule, usage)[0][1] == together


def test_separate_events_are_told_one_by_one():
    rule = {"model": "percentage", "rate": "10", "fixed_amount": "1", "per_event_max": "5"}
    (line,) = lines(rule | {"free_events": 1}, {"events": ["7", "20", "-3", "90"]})
    assert line["priced"] == [
        {"event": "1", "units": "7", "free": "7", "amount": "0"},
        {"event": "2", "units": "20", "amount": "3"},
        {"event": "3", "units": "-3", "amount": "0"},
        {"event": "4", "units": "90", "amount": "5"},
    ]
    assert line["amount"] == "8.00"


def test_dimensions_are_told_within_their_tier():
    rule = {
        "model": "graduated_by_dimension",
        "tiers": [{"up_to": "10", "rates": {"eu": "1"}}, {"rates": {"eu": "2", "us": "3"}}],
    }
    events = [{"units": "9", "dimension": "us"}, {"units": "3", "dimension": "eu"}]
    first, second = lines(rule, {"events": events})
    assert first["dimensions"] == [
        {"dimension": "us", "units": "9", "price": "0"},
        {"dimension": "eu", "units": "1", "price": "1"},
    ]
    assert (first["amount"], second["amount"]) == ("1.00", "4.00")


def test_conversion_rate_is_told_where_it_counts():
    rule = {"model": "flat", "amount": "100", "conversion_rate": "0.5"}
    (line,) = lines(rule, {})
    assert (line["price"], line["conversion_rate"], line["amount"]) == ("100", "0.5", "50.00")


def test_endless_quotient_is_exact_until_it_is_written():
    third = {"operation": "divide", "factor": "3"}
    rule = {"model": "per_unit", "unit_amount": "3", "rounding": "none", "unit_conversion": third}
    assert lines(rule, {"quantity": "1"})[0]["converted"] == "0." + "3" * 40
    assert lines(rule, {"quantity": "1"})[1]["amount"] == "1"


def test_tax_is_taken_from_the_unrounded_net():
    """Source: Lago. Net 10.005 becomes 10.01, its tax of 2.001 becomes 2.00."""
    rule = {"model": "tax", "net": "10.005", "rate": "20"}
    assert steps(rule, {}) == [("net", "10.01"), ("tax", "2.00")]


def test_shares_are_all_told():
    rule = {"model": "allocate", "amount": "-0.05", "weights": ["1", "1", "1"], "index": 2}
    (line,) = lines(rule, {})
    assert [share["share"] for share in line["shares"]] == ["-0.02", "-0.02", "-0.01"]
    assert line["amount"] == "-0.01"


@pytest.mark.parametrize(("name", "priced"), [("ceil", "3"), ("round", "2"), ("half-up", "2")])
def test_other_names_of_unit_roundings_are_understood(name, priced):
    conversion = {"operation": "multiply", "factor": "1", "rounding": name}
    rule = {"model": "per_unit", "unit_amount": "1", "unit_conversion": conversion}
    assert lines(rule, {"quantity": "2.4"})[0]["priced"] == priced


def test_groups_are_rated_by_themselves_and_told():
    rule = {"model": "package", "package_size": "10", "package_amount": "1"}
    groups = {"eu": "1", "us": ["11", "1"], "asia": {"quantity": "10"}, "uk": {"events": ["2"]}}
    found = lines(rule, {"groups": groups})
    assert [(line["group"], line["amount"]) for line in found] == [
        ("eu", "1.00"), ("us", "2.00"), ("asia", "1.00"), ("uk", "1.00"),
    ]  # fmt: skip
