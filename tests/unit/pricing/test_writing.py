"""A price has one spelling, and reads as the rule it was written from."""

import json

import pytest
from hypothesis import given

from contract.pricing.errors import InvalidField
from contract.pricing.parsing import rule_from
from contract.pricing.writing import canonical_price, canonical_text
from tests.unit.pricing.strategies import EVENT_MODELS, QUANTITY_MODELS, rules


@given(rules(QUANTITY_MODELS + EVENT_MODELS))
def test_every_rule_reads_as_it_was_written(rule):
    written = canonical_price(rule)
    assert rule_from(written) == rule_from(rule)
    assert canonical_text(canonical_price(written)) == canonical_text(written)


@given(rules(QUANTITY_MODELS + EVENT_MODELS))
def test_every_number_travels_as_text(rule):
    def refuse(number):
        raise AssertionError(number)

    text = canonical_text(canonical_price(rule))
    assert json.loads(text, parse_float=refuse, parse_int=refuse) == canonical_price(rule)


def test_two_spellings_of_a_rule_are_one():
    tiers = [{"up_to": 10, "unit_amount": "0.0020", "flat_amount": None}, {"unit_amount": "1e-3"}]
    loose = {"tiers": tiers, "model": "graduated", "currency": "USD", "min": None, "amount": "0"}
    exact = {
        "model": "graduated",
        "currency": "USD",
        "tiers": [{"up_to": "10", "unit_amount": "0.002"}, {"unit_amount": "0.001"}],
    }
    assert canonical_price(loose) == exact


def test_what_a_model_needs_is_written_even_as_zero():
    free = canonical_price({"model": "per_unit", "currency": "USD", "unit_amount": "0.00"})
    assert free == {"model": "per_unit", "currency": "USD", "unit_amount": "0"}


def test_an_open_limit_of_a_capacity_stays_open():
    tiers = [{"limits": {"seats": None, "calls": "5"}, "price": "1"}, {"limits": {}, "price": "2"}]
    written = canonical_price({"model": "capacity", "currency": "USD", "tiers": tiers})
    assert written["tiers"][0] == {"limits": {"calls": "5", "seats": None}, "price": "1"}


def test_a_currency_of_the_owners_own_keeps_its_digits():
    price = {"model": "flat", "currency": "TOKEN", "currency_digits": 8, "amount": "1"}
    assert canonical_price(price)["currency_digits"] == "8"


def test_what_is_no_price_is_refused_with_its_field():
    with pytest.raises(InvalidField) as caught:
        canonical_price({"model": "graduated", "currency": "USD", "tiers": []})
    assert caught.value.field == "tiers"
