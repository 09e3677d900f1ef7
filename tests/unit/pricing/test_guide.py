"""Every example of the pricing guide gives the amount that stands under it."""

import io
import json
import re
from pathlib import Path

import pytest

from contract.pricing.rule import Model
from desktop import rate

GUIDE = (Path(__file__).parents[3] / "docs" / "pricing.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```json\n(.+)\n```\n\nAmount: \*\*([-0-9.]+)\*\*", GUIDE)


@pytest.mark.parametrize(("request_", "amount"), EXAMPLES)
def test_example_gives_its_amount(request_, amount):
    sink = io.BytesIO()
    rate.answer_all(io.BytesIO(request_.encode()), sink)
    assert json.loads(sink.getvalue()).get("amount") == amount


def test_every_model_and_every_block_is_an_example():
    assert {json.loads(request)["rule"]["model"] for request, _ in EXAMPLES} >= set(Model)
    assert len(EXAMPLES) == GUIDE.count("```json")
