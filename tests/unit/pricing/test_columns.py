"""Rating by columns gives what the engine gives, on every cell."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from contract.pricing.parsing import rule_from
from contract.pricing.rounding import half_away
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.cell_columns import CellColumns
from desktop.domain.pricing.cell_usage import usage_of_cell
from desktop.domain.pricing.column_products import Over, rounded_product, rounded_sum, wrapped
from desktop.domain.pricing.columns import CHUNK, ColumnEngine, is_columnar
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.usage import Usage
from tests.unit.pricing import oracle
from tests.unit.pricing.strategies import QUANTITY_MODELS, rules
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
    return np.array(draw(st.lists(cell, max_size=20)), dtype=np.int64)


MODELS_OF_SUMS = (*QUANTITY_MODELS, "flat", "percentage", "event_priced", "capacity")


@st.composite
def sums_only(draw, model):
    """A rule of a model whose charge follows from a month's sums."""
    rule = draw(rules([model])) | {"rounding": draw(st.sampled_from(["currency", "charge"]))}
    if model == "percentage":
        for name in ("per_event_min", "per_event_max", "variant", "allowances", "free_events"):
            rule[name] = None
        rule["fixed_amount" if draw(st.booleans()) else "free_amount"] = None
    if model == "capacity":
        for tier in rule["tiers"]:
            peaks = dict(tier["limits"])
            tier["limits"] = {"units": peaks.get("calls"), "requests": peaks.get("seats")}
    return rule


def told_to_the_oracle(rule, quantity, events, peak):
    """The usage of a cell, as the published definitions take it."""
    amount = Fraction(quantity, 10**6)
    match rule["model"]:
        case "percentage":
            return {"events": [amount, *[0] * (events - 1)]}
        case "capacity":
            return {"units": {"units": Fraction(peak, 10**6), "requests": events}}
        case "event_priced":
            return {"groups": [[amount]]}
    return {"quantity": amount}


@pytest.mark.parametrize("model", MODELS_OF_SUMS)
@examples
@given(data=st.data())
def test_columns_engine_and_exact_rationals_agree_on_every_cell(model, data):
    written = data.draw(sums_only(model))
    note(str(written))
    rule = rule_from(written)
    assert is_columnar(rule)
    quantity = data.draw(columns(rule))
    numbers = st.lists(
        st.one_of(st.integers(0, 5), st.integers(0, 2000)),
        min_size=len(quantity), max_size=len(quantity),
    )  # fmt: skip
    events = np.array(data.draw(numbers), dtype=np.int64)
    cells = list(zip(quantity.tolist(), events.tolist(), strict=True))
    engine = RatingEngine(rule)
    by_engine = [engine.rate(usage_of_cell(rule, q, n, q)).minor for q, n in cells]
    scale = 10**rule.currency.digits
    by_oracle = [
        oracle.charge(written, told_to_the_oracle(written, q, n, q)) * scale for q, n in cells
    ]
    assert by_engine == by_oracle
    if max(by_engine, default=0) > MOST:
        with pytest.raises(OverflowError):
            ColumnEngine(rule).rate(CellColumns(quantity, events, quantity))
        return
    assert ColumnEngine(rule).rate(CellColumns(quantity, events, quantity)).tolist() == by_engine


@given(
    units=st.integers(0, 2**61),
    price=st.integers(0, 2**61),
    extra=st.integers(0, 2**100),
    bottom=st.integers(1, 2**61),
)
def test_sums_of_more_than_64_bits_are_rounded_exactly(units, price, extra, bottom):
    if price:
        units = min(units, 2**46 * bottom // price)
    extra %= 2**46 * bottom
    found = rounded_sum(
        np.array([units, 0]),
        Over(np.int64(price), np.float64(price / bottom)),
        Over(wrapped(extra), np.float64(extra / bottom)),
        bottom,
    )
    assert found.tolist() == [half_away(units * price + extra, bottom), half_away(extra, bottom)]


def test_packages_that_are_due_without_usage_may_be_many():
    rule = rule_from({"model": "package", "package_size": "3", "package_amount": "0.001",
                      "minimum_packages": str(10**17), **USD})  # fmt: skip
    cells = np.array([0, 7 * 10**6], dtype=np.int64)
    assert ColumnEngine(rule).rate(cells).tolist() == by_cell(rule, cells)


def test_capacity_without_a_tier_that_is_large_enough_is_an_error():
    tiers = [{"limits": {"requests": "10"}, "price": "5"}]
    rule = rule_from({"model": "capacity", "tiers": tiers, **USD})
    one = np.array([10**6], dtype=np.int64)
    assert ColumnEngine(rule).rate(CellColumns(one, np.array([10]), one)).tolist() == [500]
    with pytest.raises(InvalidInput, match="large enough"):
        ColumnEngine(rule).rate(CellColumns(one, np.array([11]), one))


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
    prorated = {"model": "prorated_graduated", "tiers": [{"unit_amount": "1"}], **USD}
    clamped = {"model": "percentage", "rate": "1", "per_event_min": "1", **USD}
    counted = {"model": "percentage", "rate": "1", "free_events": "3", **USD}
    seats = {"model": "capacity", "tiers": [{"limits": {"seats": "1"}, "price": "1"}], **USD}
    precise = rule_from({"model": "per_unit", "unit_amount": "1", "rounding": "none", **USD})
    by_event = [rule_from(rule) for rule in (prorated, clamped, counted, seats)]
    assert not any(map(is_columnar, [*by_event, precise]))
    with pytest.raises(ValueError, match="by columns"):
        ColumnEngine(precise)
