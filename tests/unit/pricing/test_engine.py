"""Stories of the engine: bounds, parts of a period, allowances, peaks, and its caches."""

from decimal import Decimal

import pytest

from contract.pricing.parsing import rule_from
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing import quantity_charge
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.requests import Requests
from desktop.domain.pricing.usage import Usage

TIERS = [
    {"up_to": "10", "unit_amount": "2", "flat_amount": "1"},
    {"up_to": "20", "unit_amount": "1", "flat_amount": "5"},
    {"unit_amount": "0.5"},
]
PACKAGES = [
    {"up_to": "10", "package_size": "5", "package_amount": "4"},
    {"up_to": "20", "package_size": "3", "package_amount": "2"},
]


def amount(model, usage, **rule):
    rule = {"model": model, "currency": "USD", **rule}
    return Requests().rated({"rule": rule, "usage": usage}).amount


def amounts(model, quantities, **rule):
    return [amount(model, {"quantity": quantity}, **rule) for quantity in quantities]


def test_graduated_bound_belongs_to_the_tier_below():
    quantities = ("0", "9", "10", "10.000001", "11", "20", "21")
    assert amounts("graduated", quantities, tiers=TIERS) == [
        "1.00", "19.00", "21.00", "26.00", "27.00", "36.00", "36.50",
    ]  # fmt: skip


def test_volume_bound_belongs_to_the_tier_below():
    quantities = ("0", "10", "10.000001", "20", "20.000000000001", "30")
    assert amounts("volume", quantities, tiers=TIERS) == [
        "1.00", "21.00", "15.00", "25.00", "10.00", "15.00",
    ]  # fmt: skip


def test_percent_tiers_take_a_share_of_money():
    tiers = [{"up_to": "100", "rate": "10"}, {"rate": "2.5", "flat_amount": "3"}]
    quantities = ("100", "100.01", "300")
    assert amounts("graduated_percentage", quantities, tiers=tiers) == ["10.00", "13.00", "18.00"]


def test_packages_inside_tiers_are_rounded_up_by_tier():
    quantities = ("0", "1", "10", "11", "14", "20", "24")
    assert amounts("graduated_package", quantities, tiers=PACKAGES) == [
        "0.00", "4.00", "8.00", "10.00", "12.00", "16.00", "18.00",
    ]  # fmt: skip
    assert amounts("volume_package", quantities, tiers=PACKAGES) == [
        "0.00", "4.00", "8.00", "8.00", "10.00", "14.00", "16.00",
    ]  # fmt: skip


def test_quantity_below_zero_costs_what_no_quantity_costs():
    assert amounts("graduated", ("-5", "0"), tiers=TIERS) == ["1.00", "1.00"]
    assert amounts("per_unit", ("-5",), unit_amount="3") == ["0.00"]


def test_sub_cent_remainders_are_not_lost_between_parts():
    """Source: OpenMeter; 333 x 0.001 is 0.33, and the next 333 are 0.34."""
    first = amount("per_unit", {"quantity": "333", "position": "first"}, unit_amount="0.001")
    usage = {"quantity": "666", "previous_quantity": "333", "position": "last"}
    assert (first, amount("per_unit", usage, unit_amount="0.001")) == ("0.33", "0.34")


def test_what_was_billed_is_not_billed_again():
    """Source: Kill Bill's regression test of 55 x 0.067."""
    usage = {"quantity": "55", "previous_billed": "3.69", "position": "middle"}
    assert amount("per_unit", usage, unit_amount="0.067") == "0.00"


@pytest.mark.parametrize(
    ("model", "rule", "before", "after", "difference"),
    [
        ("per_unit", {"unit_amount": "10"}, "8", "5", "-30.00"),
        ("package", {"package_size": "10", "package_amount": "15"}, "11", "9", "-15.00"),
        ("package", {"package_size": "10", "package_amount": "15"}, "9", "1", "0.00"),
        (
            "graduated",
            {"tiers": [{"up_to": "5", "unit_amount": "2"}, {"unit_amount": "1"}]},
            "7",
            "3",
            "-6.00",
        ),
    ],
)
def test_late_correction_gives_money_back(model, rule, before, after, difference):
    """Source: OpenMeter's delta engine."""
    usage = {"quantity": after, "previous_quantity": before, "position": "middle"}
    assert amount(model, usage, **rule) == difference


@pytest.mark.parametrize(
    ("term", "billed"),
    [
        ("in_advance", {"only": "100.00", "first": "100.00", "middle": "0.00", "last": "0.00"}),
        ("in_arrears", {"only": "100.00", "first": "0.00", "middle": "0.00", "last": "100.00"}),
    ],
)
@pytest.mark.parametrize("previous", [None, "0"])
def test_flat_amount_is_billed_in_one_part(term, billed, previous):
    for position, expected in billed.items():
        usage = {"position": position, "previous_billed": previous}
        assert amount("flat", usage, amount="100", payment_term=term) == expected


def test_flat_amount_in_advance_is_topped_up_with_the_last_part():
    usage = {"position": "last", "previous_billed": "100"}
    assert amount("flat", usage, amount="100", min="120") == "20.00"


def test_deferred_charge_comes_whole_with_the_last_part():
    rule = {"unit_amount": "1", "bill_only_at_end": True}
    parts = [("5", "first"), ("9", "middle"), ("12", "last")]
    billed = [
        amount("per_unit", {"quantity": q, "previous_quantity": "4", "position": p}, **rule)
        for q, p in parts
    ]
    assert billed == ["0.00", "0.00", "12.00"]


def test_maximum_holds_over_all_parts():
    usage = {"quantity": "30", "previous_quantity": "12", "position": "middle"}
    assert amount("per_unit", usage, unit_amount="10", max="100") == "0.00"


def test_free_amount_that_is_used_up_exactly_leaves_the_fixed_fee():
    rule = {"rate": "10", "fixed_amount": "1", "free_amount": "15"}
    assert amount("percentage", {"events": ["10", "5"]}, **rule) == "1.00"
    assert amount("percentage", {"events": ["10", "4.99"]}, **rule) == "0.00"


def test_first_event_beyond_the_free_amount_is_not_free():
    rule = {"rate": "10", "fixed_amount": "1", "free_amount": "15", "free_events": 3}
    assert amount("percentage", {"events": ["20", "1"]}, **rule) == "2.60"


def test_no_amount_means_no_fixed_fee_but_an_estimate_charges_it():
    rule = {"rate": "10", "fixed_amount": "1"}
    assert amount("percentage", {"events": ["0", "0"]}, **rule) == "0.00"
    estimate = rule | {"variant": "single_event_estimate"}
    assert amount("percentage", {"events": ["0", "0"]}, **estimate) == "2.00"


def test_no_events_cost_nothing_even_with_a_minimum_per_event():
    rule = {"rate": "10", "per_event_min": "5"}
    assert amount("percentage", {"events": []}, **rule) == "0.00"


def test_refund_is_taken_off_the_sum_of_events():
    assert amount("percentage", {"events": ["100", "-40"]}, rate="10") == "6.00"


def test_group_below_zero_does_not_pay_for_another():
    assert amount("event_priced", {"groups": [["-5"], ["3"]]}) == "3.00"
    assert amount("event_priced", {"events": ["-5", "3"]}) == "0.00"


def test_unit_without_a_limit_is_not_limited():
    tiers = [{"limits": {"seats": "5"}, "price": "1"}, {"limits": {"seats": None}, "price": "2"}]
    assert amount("capacity", {"units": {"seats": "5"}}, tiers=tiers) == "1.00"
    assert amount("capacity", {"units": {"seats": "5.01"}}, tiers=tiers) == "2.00"
    assert amount("capacity", {"units": {}}, tiers=tiers) == "1.00"


def test_dimension_that_a_tier_does_not_name_is_free_there():
    tiers = [{"up_to": "10", "rates": {}}, {"rates": {"eu": "1"}, "flat_amount": "4"}]
    events = [{"units": "10", "dimension": "eu"}]
    assert amount("graduated_by_dimension", {"events": events}, tiers=tiers) == "0.00"
    more = [*events, {"units": "2", "dimension": "eu"}]
    assert amount("graduated_by_dimension", {"events": more}, tiers=tiers) == "6.00"


def test_removed_dimension_units_are_priced_where_they_lay():
    tiers = [{"up_to": "10", "rates": {"eu": "1"}}, {"rates": {"eu": "3"}, "flat_amount": "4"}]
    events = [{"units": "12", "dimension": "eu"}, {"units": "-5", "dimension": "eu"}]
    assert amount("graduated_by_dimension", {"events": events}, tiers=tiers) == "11.00"


def test_prorated_units_without_a_share_are_paid_whole():
    tiers = [{"up_to": "5", "unit_amount": "10"}, {"unit_amount": "1"}]
    assert amount("prorated_graduated", {"quantity": "7"}, tiers=tiers) == "52.00"
    assert amount("prorated_graduated", {"quantity": "0"}, tiers=tiers) == "0.00"


def test_conversion_rate_is_applied_before_the_only_rounding():
    rule = {"unit_amount": "0.004", "conversion_rate": "100"}
    assert amounts("per_unit", ("1",), **rule) == ["0.40"]


def test_conversion_to_finer_units_keeps_every_digit():
    third = {"operation": "divide", "factor": "3", "rounding": "half_up", "precision": 2}
    assert amounts("per_unit", ("1", "2"), unit_amount="1", unit_conversion=third) == [
        "0.33", "0.67",
    ]  # fmt: skip


def test_credits_larger_than_a_part_that_gives_money_back_are_refused():
    usage = {"quantity": "1", "previous_billed": "5", "position": "middle", "credits": ["0.01"]}
    with pytest.raises(InvalidInput) as caught:
        amount("per_unit", usage, unit_amount="1")
    assert caught.value.field == "credits"
    assert amount("per_unit", usage | {"credits": ["0"]}, unit_amount="1") == "-4.00"


def test_engine_remembers_few_of_many_fine_quantities(monkeypatch):
    monkeypatch.setattr(quantity_charge, "MAX_GRIDS", 3)
    engine = RatingEngine(rule_from({"model": "per_unit", "currency": "USD", "unit_amount": "1"}))
    fine = [Decimal(1).scaleb(-places) + 1 for places in range(20)]
    assert [engine.rate(Usage(quantity)).amount for quantity in fine] == [
        "2.00", "1.10", "1.01", *["1.00"] * 17,
    ]  # fmt: skip
    assert len(engine._charge._finer) <= 3


def test_engine_is_not_changed_by_what_it_rates():
    engine = RatingEngine(rule_from({"model": "graduated", "currency": "USD", "tiers": TIERS}))
    usages = [Usage(Decimal(n) / 7) if n % 3 else Usage(Decimal(n)) for n in range(40)]
    once = [engine.rate(usage).minor for usage in usages]
    assert [engine.rate(usage).minor for usage in reversed(usages)] == once[::-1]
