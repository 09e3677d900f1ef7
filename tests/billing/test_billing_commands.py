"""`usageflow billing`: a plan before anything that counts, JSON for scripts."""

import json

import pytest

from desktop.services.door import Door
from tests.billing.ledger import LedgerInMemory, LedgerRoutes
from tests.billing.paddle_stand_in import KEY, PaddleStandIn
from tests.fakes import NOON, PASSPHRASE
from tests.unit.test_cli import made, run  # noqa: F401 (fixtures)
from tests.unit.test_invoicing import put_rule
from tests.unit.test_usage import endpoint, hour_of

MAY = ("--from", "2026-05-01", "--to", "2026-06-01")


@pytest.fixture
def paddle():
    return PaddleStandIn()


@pytest.fixture
def shop(made, hosted, paddle, monkeypatch):  # noqa: F811
    """A workspace with a rule and usage of May, connected to Paddle."""
    monkeypatch.setattr(Door, "transport", lambda _door, _url, _purpose: paddle.transport())
    LedgerRoutes(LedgerInMemory(), lambda: NOON).install(hosted)
    endpoint(hosted, "end_1", "GET", "/items")
    price = {"model": "per_unit", "currency": "USD", "unit_amount": "0.25"}
    put_rule(hosted, "rule_1", price, "Calls")
    hosted.count("end_1", "cus_a", hour_of(NOON.date().replace(month=5)), requests=10)
    made("sync")
    status, out, err = made("billing", "connect", "paddle", stdin=f"{PASSPHRASE}\n{KEY}\n")
    assert (status, err) == (0, ""), out
    return made


def answer(shop, *arguments):
    status, out, err = shop("billing", *arguments, "--json")
    assert err == ""
    return status, json.loads(out)


def test_status_says_what_is_connected_and_how_new_it_is(shop, paddle):
    paddle.add("customers")
    assert shop("billing", "sync")[0] == 0
    status, (row,) = answer(shop, "status")
    assert status == 0
    assert row["connection"]["account"] == {"provider": "paddle", "mode": "test"}
    customers = next(one for one in row["lists"] if one["kind"] == "customer")
    assert customers["objects"] == 1
    asked = len(paddle.requests)
    _, out, _ = shop("billing", "status")
    assert "paddle, test" in out
    assert KEY not in out
    assert len(paddle.requests) == asked


def test_a_rule_is_published_only_as_it_was_planned(shop, paddle):
    _, plan = answer(shop, "plan", "rule_1")
    assert [step["action"] for step in plan["steps"]] == ["create_product", "create_price"]
    status, _, err = shop("billing", "apply", "rule_1", "--digest", "of another plan")
    assert (status, paddle.all("products")) == (1, [])
    assert "Plan again" in err
    status, done = answer(shop, "apply", "rule_1", "--digest", plan["digest"])
    assert (status, done["publication"]["version"]) == (0, 1)
    assert answer(shop, "drift")[0] == 0
    paddle.change("products", done["publication"]["product_id"], name="Another")
    status, out, _ = shop("billing", "drift")
    assert (status, out) == (1, "Calls  name: Calls here, Another there\n")


def test_a_month_is_planned_sent_and_listed(shop, paddle):
    _, out, _ = shop("billing", "report", *MAY, "--dry-run")
    assert "refused  cus_a -> nobody  2026-05  2.5 USD" in out
    assert "Nobody pays" in out
    assert not paddle.all("transactions")
    _, (run_made,) = answer(shop, "runs")
    assert run_made["question"]["is_dry"] is True
    _, sent = answer(shop, "report", *MAY)
    assert sent["run"]["counts"] == {"refused": 1}


def test_without_a_connection_that_fits_nothing_is_done(shop):
    status, _, err = shop("billing", "sync", "--provider", "stripe")
    assert status == 1
    assert err.startswith("Connections that fit: none. Nothing was done.")
