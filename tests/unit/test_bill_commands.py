"""`usageflow simulate`, `invoice` and `revenue`."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.pricing.parsing import rule_from
from desktop.domain.pricing.scaling import scaled_price
from tests.fakes import APPLICATION
from tests.prices import per_unit, rule_body
from tests.unit.pricing.strategies import EVENT_MODELS, QUANTITY_MODELS, rules
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)
from tests.unit.test_usage import endpoint, hour_of
from tests.unit.test_what_if import MARCH, publish

SPRING = ("--from", "2026-03-01", "--to", "2026-05-01")


@pytest.fixture
def shop(made, hosted):  # noqa: F811
    endpoint(hosted, "end_1", "GET", "/items")
    body = rule_body(APPLICATION, "0.01", "Items")
    hosted.put("pricing_rule", "rule_1", body)
    publish(hosted, "rule_1", body)
    hosted.count("end_1", "cus_a", hour_of(MARCH.start), requests=150)
    made("sync")
    return made


@pytest.fixture
def draft(shop, tmp_path):
    """A file as `rules export` writes it, with another price."""
    path = tmp_path / "dearer.yaml"
    shop("rules", "export", "--file", str(path))
    text = path.read_text()
    assert '"0.01"' in text or "'0.01'" in text
    path.write_text(text.replace("0.01", "0.02"))
    return path


def test_file_of_rules_is_tried_on_real_usage(shop, draft, tmp_path):
    lines = tmp_path / "lines.csv"
    tried = ("simulate", *SPRING, "--draft", str(draft))
    status, out, err = shop(*tried, "--json", "--lines", str(lines))
    assert (status, err) == (0, "")
    (found,) = json.loads(out)["drafts"]
    assert found["name"] == "dearer"
    (usd,) = found["currencies"]
    assert (usd["live"]["amount_minor"], usd["draft"]["amount_minor"]) == (150, 300)
    assert len(lines.read_text().splitlines()) == 3
    _, out, _ = shop(*tried)
    assert out == (
        "dearer\n  live 1.50 USD  draft 3.00 USD\n"
        "  1 up by 1.50 USD, 0 down by 0.00 USD, 0 unchanged\n"
        "  Raises the bill of 1 of 1 customers by more than 20 %.\n"
    )


def test_file_with_a_mistake_names_its_line(shop, draft):
    draft.write_text(draft.read_text().replace("0.02", "-1"))
    status, _, err = shop("simulate", *SPRING, "--draft", str(draft))
    assert status == 1
    assert err.startswith("Line ")


def test_invoice_is_printed_for_people_scripts_and_spreadsheets(shop):
    asked = ("invoice", "--customer", "cus_a", "--month", "2026-03", "--tax", "10")
    status, out, _ = shop(*asked, "--json")
    assert status == 0
    (part,) = json.loads(out)["parts"]
    assert part["total"]["amount_minor"] == 165
    assert part["lines"][0]["explanation"][0]["units"] == "150"
    _, out, _ = shop(*asked, "--csv")
    assert [line.split(",")[0] for line in out.splitlines()] == ["kind", "line", "tax", "total"]
    _, out, _ = shop(*asked)
    assert out.splitlines()[0] == "Customer cus_a  2026-03-01 to 2026-04-01"
    assert out.splitlines()[-2:] == ["tax  0.15 USD", "total  1.65 USD"]


def test_number_that_is_none_is_refused(shop):
    asked = ("invoice", "--customer", "cus_a", "--month", "2026-03")
    for wrong in ("abc", "nan"):
        status, _, err = shop(*asked, "--tax", wrong)
        assert status == 1
        assert "not a number" in err


def test_revenue_is_printed_three_ways(shop):
    _, out, _ = shop("revenue", *SPRING)
    assert out.splitlines() == [
        "total  1.50 USD", "rule  Items  1.50 USD", "plan  no plan  1.50 USD",
        "customer  Customer cus_a  1.50 USD",
    ]  # fmt: skip
    _, out, _ = shop("revenue", *SPRING, "--json")
    assert json.loads(out)["total"] == [
        {"amount_minor": 150, "currency": "USD", "own_digits": None}
    ]


@given(data=st.data(), percent=st.decimals(-50, 50, places=2))
def test_every_price_can_be_scaled_and_stays_a_price(data, percent):
    price = data.draw(rules(QUANTITY_MODELS + EVENT_MODELS))
    scaled = rule_from(scaled_price(price, percent))
    before = rule_from(price)
    assert scaled.model is before.model
    assert scaled.unit_amount == before.unit_amount * (1 + percent / 100)
    assert [tier.up_to for tier in scaled.tiers] == [tier.up_to for tier in before.tiers]


def test_scaled_price_keeps_every_digit():
    scaled = scaled_price(per_unit("0.000000000001"), Decimal("12.5"))
    assert scaled["unit_amount"] == "0.000000000001125"
    dearer = {"model": "percentage", "currency": "USD", "rate": "95"}
    assert scaled_price(dearer, Decimal(10))["rate"] == "100"
