"""What other systems publish comes out of the engine to the last digit."""

from decimal import Decimal

import pytest

from contract.pricing.rule import Model
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.calculations import Calculation
from desktop.domain.pricing.requests import Requests
from tests.unit.pricing.published import EVERY, Published


def outcome(vector):
    """The amount, or the field of the error."""
    try:
        return Requests().rated({"rule": vector.rule, "usage": vector.usage}).amount
    except InvalidInput as error:
        return error.field


@pytest.mark.parametrize("vector", EVERY, ids=lambda v: f"{v.rule['model']}: {v.source}")
def test_published_result(vector: Published):
    found = outcome(vector)
    is_amount = vector.amount[-1].isdigit()
    assert (Decimal(found) == Decimal(vector.amount)) if is_amount else found == vector.amount


def test_every_model_has_a_published_result():
    assert {v.rule["model"] for v in EVERY} >= {*Model, *Calculation} - {"tax", "round"}
