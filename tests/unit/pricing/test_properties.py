"""The engine is equal to exact rationals, for every model with every modifier.

`USAGEFLOW_RATING_EXAMPLES=5000` tries more than the hundred examples of a usual run.
"""

import os
from fractions import Fraction

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from contract.pricing.errors import InvalidField
from contract.pricing.parsing import rule_from
from contract.pricing.rule import Model
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.allocation import shares
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.explanation import as_json
from desktop.domain.pricing.usage import Position
from desktop.domain.pricing.usage_parsing import usage_from
from tests.unit.pricing import oracle
from tests.unit.pricing.strategies import (
    EVENT_MODELS,
    QUANTITY_MODELS,
    quantity_near,
    rules,
    usages,
)

examples = settings(
    max_examples=int(os.environ.get("USAGEFLOW_RATING_EXAMPLES", "100")), deadline=None
)


def rated(rule, usage):
    engine = RatingEngine(rule_from(rule))
    return engine.rate(usage_from(usage, engine.rule))


def major(result):
    return Fraction(result.minor) / 10**result.currency.digits


def expected(rule, usage):
    try:
        return oracle.charge(rule, usage)
    except oracle.Refused:
        return None


def found(rule, usage):
    try:
        return major(rated(rule, usage))
    except (InvalidInput, InvalidField):
        return None


def test_every_model_is_tried():
    assert set(QUANTITY_MODELS + EVENT_MODELS) == set(Model)


@pytest.mark.parametrize("model", QUANTITY_MODELS + EVENT_MODELS)
@examples
@given(data=st.data())
def test_charge_is_equal_to_exact_rationals(model, data):
    rule = data.draw(rules([model]))
    usage = data.draw(usages(rule))
    note(f"{rule} {usage}")
    assert found(rule, usage) == expected(rule, usage)


@examples
@given(data=st.data())
def test_lines_add_up_to_the_charge(data):
    rule = data.draw(rules(QUANTITY_MODELS + EVENT_MODELS))
    usage = data.draw(usages(rule)) | {"credits": None}
    result = rated(rule, usage)
    assert sum((line.amount for line in result.lines), Fraction(0)) == result.minor
    if rule["rounding"] == "currency":
        told = as_json(result)
        written = sum((Fraction(line["amount"]) for line in told["lines"]), Fraction(0))
        assert written == Fraction(told["amount"]) == major(result)


@examples
@given(data=st.data())
def test_exact_amount_and_rounding_make_the_amount_of_a_line(data):
    rule = data.draw(rules(QUANTITY_MODELS)) | {"rounding": "currency", "conversion_rate": None}
    rule["unit_conversion"] = None
    for line in as_json(rated(rule, {"quantity": data.draw(quantity_near(rule))}))["lines"]:
        if "exact" in line:
            rounded = Fraction(line["exact"]) + Fraction(line.get("rounding", 0))
            assert rounded == Fraction(line["amount"])


@examples
@given(data=st.data(), parts=st.integers(1, 5))
def test_parts_of_a_period_add_up_to_the_whole(data, parts):
    """However the period is cut, and even where late corrections lower the quantity."""
    rule = data.draw(rules(QUANTITY_MODELS))
    engine = RatingEngine(rule_from(rule))
    billed = Fraction(0)
    positions = [Position.ONLY] if parts == 1 else [Position.FIRST, Position.LAST]
    positions[1:1] = [Position.MIDDLE] * max(parts - 2, 0)
    for position in positions:
        quantity = data.draw(quantity_near(rule))
        usage = {"quantity": quantity, "position": position.value}
        if rule["rounding"] != "none" or not billed:
            usage["previous_billed"] = str(engine_text(billed, engine))
            billed += major(engine.rate(usage_from(usage, engine.rule)))
        else:
            return  # an endless quotient cannot be handed over as a decimal
    assert billed == major(engine.rate(usage_from({"quantity": quantity}, engine.rule)))


def engine_text(amount, engine):
    return engine.rate(usage_from({"quantity": "0"}, engine.rule)).money.text(
        int(amount * 10**engine.rule.currency.digits)
    )


@examples
@given(data=st.data(), earlier=st.integers(0, 400), more=st.integers(0, 400))
def test_earlier_quantity_stands_for_what_it_was_billed(data, earlier, more):
    rule = data.draw(rules(QUANTITY_MODELS)) | {"bill_only_at_end": False}
    whole = {"quantity": str(earlier + more), "position": "last"}
    first = rated(rule, {"quantity": str(earlier), "position": "first"})
    second = rated(rule, whole | {"previous_quantity": str(earlier)})
    both = major(first) + major(second)
    assert both == major(rated(rule, whole | {"position": "only"}))


@examples
@given(
    minor=st.integers(-(10**20), 10**20),
    weights=st.lists(st.decimals(0, 10**9, places=3), min_size=1, max_size=12).filter(any),
)
def test_shares_add_up_and_are_off_by_less_than_a_unit(minor, weights):
    found_shares = shares(minor, weights)
    assert sum(found_shares) == minor
    whole = sum(map(Fraction, weights))
    for share, weight in zip(found_shares, weights, strict=True):
        assert abs(share - minor * Fraction(weight) / whole) < 1
