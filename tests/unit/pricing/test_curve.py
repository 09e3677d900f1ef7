"""Curves are the engine's own amounts; templates are whole prices."""

from decimal import Decimal

import pytest
from hypothesis import given, settings

from contract.pricing.rule import Model
from contract.pricing.writing import canonical_price
from desktop.domain.pricing.curve import FEWEST_POINTS, curve_of, engine_of, explained, reach
from desktop.domain.pricing.templates import Template, price_of_template
from tests.prices import per_unit
from tests.unit.pricing.strategies import QUANTITY_MODELS, rules

TIERS = [{"up_to": "100", "unit_amount": "1"}, {"unit_amount": "0.5", "flat_amount": "10"}]
GRADUATED = {"model": "graduated", "currency": "USD", "tiers": TIERS}


def test_curve_shows_bounds_and_jumps():
    engine = engine_of(GRADUATED)
    assert reach(engine) == 150
    curve = curve_of(engine, Decimal(150))
    points = dict(zip(curve.quantities, curve.amounts, strict=True))
    assert (points[0], points[100], points[150]) == (0, 100, 135)
    assert min(amount for place, amount in points.items() if place > 100) == 110
    assert curve.at(50) == pytest.approx(50, abs=0.01)
    assert curve.at(10_000) == 135


@settings(deadline=None, max_examples=30)
@given(rules(QUANTITY_MODELS))
def test_every_price_of_a_quantity_has_a_curve_in_rising_order(rule):
    engine = engine_of(rule)
    curve = curve_of(engine, max(reach(engine), Decimal(1)))
    assert list(curve.quantities) == sorted(set(curve.quantities))
    assert len(curve.quantities) == len(curve.amounts)
    assert curve.quantities[0] == 0


def test_prices_of_single_events_have_no_curve():
    events = engine_of({"model": "event_priced", "currency": "USD"})
    assert curve_of(events, Decimal(10)) is None
    assert explained(events, Decimal(10)) is None


def test_flat_price_is_a_level_line():
    curve = curve_of(engine_of({"model": "flat", "currency": "USD", "amount": "49"}), Decimal(9))
    assert set(curve.amounts) == {49}


def test_what_is_no_price_yet_has_no_engine():
    assert engine_of(None) is None
    assert engine_of({"model": "graduated", "tiers": []}) is None
    assert reach(None, used=Decimal(10)) == 15
    assert reach(None) == 1000


def test_a_thousand_tiers_get_fewer_points():
    tiers = [{"up_to": str(n), "unit_amount": "1"} for n in range(1, 1000)] + [{"unit_amount": "1"}]
    engine = engine_of({"model": "graduated", "currency": "USD", "tiers": tiers})
    assert len(curve_of(engine, Decimal(1500)).quantities) == FEWEST_POINTS + 1


def test_amount_is_told_in_its_steps():
    told = explained(engine_of(GRADUATED), Decimal(102))
    assert told.steps == ("100.00", "1.00", "10.00")
    assert (told.amount, told.currency) == ("111.00", "USD")
    assert explained(engine_of(per_unit("2")), Decimal(3)).steps == ("6.00",)


@pytest.mark.parametrize("template", Template)
def test_every_template_is_a_whole_price(template):
    price = price_of_template(template, "EUR")
    assert canonical_price(price)["currency"] == "EUR"
    assert Model(price["model"])
    if "tiers" in price:
        price["tiers"].clear()
        assert price_of_template(template, "EUR")["tiers"]
