"""Rating by columns gives what the engine gives, on every cell."""

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from contract.pricing.parsing import rule_from
from contract.pricing.rounding import half_away
from desktop.domain.pricing.columns import CHUNK, ColumnEngine, is_columnar, rounded_product
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.usage import Usage
from tests.unit.pricing.strategies import EVENT_MODELS, QUANTITY_MODELS, rules
from tests.unit.pricing.test_properties import examples

MOST = 2**63 - 1
USD = {"currency": "USD"}


def by_cell(rule, quantities):
    engine = RatingEngine(rule)
    return [engine.rate(Usage(Decimal(int(q)).scaleb(-6))).minor for q in quantities]


@st.composite
def columns(draw, rule):
    """Millionths: small, enormous, negative, and at the bounds of the rule."""
    edges = [int(t.up_to * 10**6) for t in rule.tiers if t.up_to is not None] or [0]
    beside = st.builds(
        lambda edge, by: edge + by, st.sampled_from(edges), st.sampled_from([0, 1, -1, 10**6])
    )
    cell = st.one_of(
        st.integers(-5, 10**9),
        st.integers(0, 300).map(lambda units: units * 10**6),
        st.integers(0, 10**15),
        beside,
    )
    return np.array(draw(st.lists(cell, max_size=40)), dtype=np.int64)


@pytest.mark.parametrize("model", QUANTITY_MODELS)
@examples
@given(data=st.data())
def test_columns_are_equal_to_the_engine(model, data):
    written = data.draw(rules([model])) | {"rounding": "currency"}
    note(str(written))
    rule = rule_from(written)
    quantities = data.draw(columns(rule))
    expected = by_cell(rule, quantities)
    if max(expected, default=0) > MOST:
        with pytest.raises(OverflowError):
            ColumnEngine(rule).rate(quantities)
        return
    assert ColumnEngine(rule).rate(quantities).tolist() == expected


@given(
    units=st.integers(0, 2**61),
    price=st.integers(0, 2**61),
    bottom=st.integers(1, 2**61),
    nudge=st.integers(-2, 2),
)
def test_products_of_more_than_64_bits_are_rounded_exactly(units, price, bottom, nudge):
    if price:
        units = min(units, 2**49 * bottom // price)
        half = (units * price // bottom) * bottom + bottom // 2  # quotients next to a half
        units = max(half // price + nudge, 0)
    if units * price >= 2**49 * bottom or units >= 2**62:
        return
    ratio = np.float64(price / bottom)
    found = rounded_product(np.array([units, 0]), np.int64(price), ratio, bottom)
    assert found.tolist() == [half_away(units * price, bottom), 0]


@pytest.mark.parametrize("price", ["0.0009", "123.456789", "0.000123456789"])
def test_usual_prices_need_no_engine_up_to_a_billion_units(price):
    rule = rule_from({"model": "graduated", "tiers": [{"unit_amount": price}], **USD})
    columns_ = ColumnEngine(rule)
    columns_._engine = None
    quantities = np.array([10**15, 10**15 - 1, 1, 0], dtype=np.int64)
    assert columns_.rate(quantities).tolist() == by_cell(rule, quantities)


def test_cells_that_need_more_than_64_bits_are_rated_by_the_engine():
    rule = rule_from({"model": "per_unit", "unit_amount": "0.001", **USD})
    quantities = np.array([MOST, 333 * 10**6, MOST - 1], dtype=np.int64)
    assert ColumnEngine(rule).rate(quantities).tolist() == by_cell(rule, quantities)


def test_rule_beyond_64_bits_is_rated_by_the_engine():
    rule = rule_from({"model": "per_unit", "unit_amount": "0.00000000000000000001", **USD})
    quantities = np.array([0, -1, MOST, 10**18], dtype=np.int64)
    assert ColumnEngine(rule).rate(quantities).tolist() == by_cell(rule, quantities)


def test_charge_beyond_64_bits_is_an_error_not_a_wrong_number():
    rule = rule_from({"model": "per_unit", "unit_amount": "99999999999", **USD})
    with pytest.raises(OverflowError):
        ColumnEngine(rule).rate(np.array([MOST]))


def test_more_cells_than_a_chunk_keep_their_order():
    rule = rule_from({"model": "per_unit", "unit_amount": "1", **USD})
    quantities = np.arange(3 * CHUNK + 7, dtype=np.int64) * 10**6
    assert (ColumnEngine(rule).rate(quantities) == 100 * np.arange(len(quantities))).all()


def test_many_tiers_are_searched():
    tiers = [{"up_to": str(n), "unit_amount": f"0.{n}", "flat_amount": "1"} for n in range(1, 60)]
    tiers.append({"unit_amount": "2"})
    for model in ("graduated", "volume"):
        rule = rule_from({"model": model, "tiers": tiers, **USD})
        quantities = np.arange(0, 70 * 10**6, 333_333, dtype=np.int64)
        assert ColumnEngine(rule).rate(quantities).tolist() == by_cell(rule, quantities)


def test_no_cells_are_no_charges():
    rule = rule_from({"model": "per_unit", "unit_amount": "1", **USD})
    assert ColumnEngine(rule).rate(np.array([], dtype=np.int64)).tolist() == []


def test_rules_that_need_events_or_fractions_are_refused():
    flat = rule_from({"model": "flat", "amount": "1", **USD})
    precise = rule_from({"model": "per_unit", "unit_amount": "1", "rounding": "none", **USD})
    assert [is_columnar(flat), is_columnar(precise)] == [False, False]
    assert "flat" in EVENT_MODELS
    with pytest.raises(ValueError, match="by columns"):
        ColumnEngine(precise)
