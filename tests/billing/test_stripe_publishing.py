"""A rule is published after a plan, found again after a crash, and compared field by field."""

import pytest

from desktop.domain.billing.publication import FieldDifference, PlanAction
from desktop.domain.errors import InvalidInput, ProviderProblem
from tests.billing.scene import ACCOUNT, APP, RULE
from tests.fakes import no_report
from tests.unit.test_invoicing import put_rule

CHEAPER = {"model": "per_unit", "currency": "USD", "unit_amount": "0.01"}


def actions(plan):
    return [step.action for step in plan.steps]


def drift(shop):
    return shop.billing.publishing.drift(no_report, ACCOUNT, APP).drifts


def test_product_meter_and_price_are_made_as_planned(empty_shop):
    shop = empty_shop.open()
    (price,) = shop.stripe.objects["price"].values()
    (meter,) = shop.stripe.objects["billing.meter"].values()
    assert price["unit_amount_decimal"] == "1.5"
    assert price["recurring"]["meter"] == meter["id"]
    assert (meter["event_name"], meter["default_aggregation"]) == (
        "uf_rule_1_e0", {"formula": "sum"},
    )  # fmt: skip
    assert shop.stripe.objects["product"]["uf_rule_1"]["name"] == "Calls"
    (known,) = shop.billing.publishing.publications(ACCOUNT, APP)
    assert (known.price_id, known.version) == (price["id"], 1)


def test_a_plan_changes_nothing_and_what_is_there_needs_none(shop):
    before = len(shop.stripe.objects["event"])
    assert shop.plan().steps == ()
    assert len(shop.stripe.objects["event"]) == before


def test_a_new_price_replaces_the_old_one_and_takes_its_subscriptions_along(shop):
    (old,) = shop.stripe.objects["price"]
    shop.stripe.put("subscription", id="sub_1", **shop.stripe._subscription(
        {"customer": "pay_a", "items": [{"price": old}]}))  # fmt: skip
    put_rule(shop.hosted, "rule_1", CHEAPER, "Calls", version=2)
    shop.device.sync()
    plan = shop.plan()
    assert actions(plan) == [
        PlanAction.CREATE_PRICE, PlanAction.MIGRATE_SUBSCRIPTION, PlanAction.ARCHIVE_PRICE,
    ]  # fmt: skip
    assert plan.steps[0].fields == (FieldDifference("price unit_amount", "1", "1.5"),)
    receipt = shop.billing.publishing.apply(no_report, plan)
    assert len(receipt.request_ids) == 3
    prices = shop.stripe.objects["price"]
    assert [price["active"] for price in prices.values()] == [False, True]
    (item,) = shop.stripe.objects["subscription"]["sub_1"]["items"]["data"]
    assert item["price"]["id"] == receipt.publication.price_id
    assert shop.plan().steps == ()


def test_drift_is_told_field_by_field(shop):
    assert drift(shop)[0].fields == ()
    stripe = shop.stripe
    stripe.objects["product"]["uf_rule_1"]["name"] = "Renamed"
    next(iter(stripe.objects["billing.meter"].values()))["status"] = "inactive"
    next(iter(stripe.objects["price"].values()))["active"] = False
    assert drift(shop)[0].fields == (
        FieldDifference("product name", "Calls", "Renamed"),
        FieldDifference("price active", "yes", "no"),
        FieldDifference("meter status", "active", "inactive"),
    )
    plan = shop.plan()
    assert actions(plan) == [
        PlanAction.UPDATE_PRODUCT, PlanAction.UPDATE_METER, PlanAction.CREATE_PRICE,
    ]  # fmt: skip
    shop.billing.publishing.apply(no_report, plan)
    assert drift(shop)[0].fields == ()


def test_a_changed_rule_is_drift_too(shop):
    put_rule(shop.hosted, "rule_1", CHEAPER, "Calls", version=2)
    shop.device.sync()
    assert FieldDifference("price unit_amount", "1", "1.5") in drift(shop)[0].fields
    titles = {entry.title for entry in shop.device.services.attention.entries(APP)}
    assert "The provider has an older price of Calls." in titles


def test_a_plan_that_no_longer_fits_is_not_applied(shop):
    put_rule(shop.hosted, "rule_1", CHEAPER, "Calls", version=2)
    shop.device.sync()
    plan = shop.plan()
    shop.stripe.objects["product"]["uf_rule_1"]["name"] = "Meanwhile"
    with pytest.raises(InvalidInput, match="changed since this plan"):
        shop.billing.publishing.apply(no_report, plan)


@pytest.mark.parametrize("broken_after", [0, 1, 2])
def test_what_was_broken_off_goes_on_and_makes_nothing_twice(empty_shop, broken_after):
    shop = empty_shop
    shop.stripe.put("customer", id="pay_a", metadata={"caller": "cus_a"})
    put_rule(shop.hosted, "rule_1", CHEAPER, "Calls")
    shop.connect()
    plan = shop.plan()
    looks = 2 * 2  # what is there is looked at twice: for the digest, and for the steps
    shop.stripe.storm.extend(["ok"] * (looks + broken_after) + ["lost"] * 8)
    with pytest.raises(ProviderProblem):
        shop.billing.publishing.apply(no_report, plan)
    shop.stripe.storm.clear()
    shop.forward(hours=48)
    shop.publish()
    for kind in ("product", "price", "billing.meter"):
        assert len(shop.stripe.objects[kind]) == 1


def test_what_cannot_be_had_is_refused_before_anything_is_made(empty_shop):
    shop = empty_shop
    put_rule(shop.hosted, "rule_1", {"model": "percentage", "currency": "USD", "rate": "2"})
    shop.connect()
    plan = shop.plan()
    assert plan.steps == ()
    assert "no prices of the model percentage" in plan.refusals[0]
    with pytest.raises(InvalidInput, match="Nothing was changed"):
        shop.billing.publishing.apply(no_report, plan)
    assert shop.stripe.objects.get("product") is None


def test_a_flat_price_needs_no_meter(empty_shop):
    shop = empty_shop
    put_rule(shop.hosted, "rule_1", {"model": "flat", "currency": "JPY", "amount": "900"})
    shop.connect()
    published = shop.publish().publication
    assert (published.meter_id, published.event_name) == ("", "")
    (price,) = shop.stripe.objects["price"].values()
    assert (price["unit_amount_decimal"], price["recurring"]["usage_type"]) == ("900", "licensed")


@pytest.mark.parametrize("digits", [-1, 7])
def test_digits_that_cannot_be_reported_are_refused(shop, digits):
    with pytest.raises(InvalidInput, match="Up to 6 digits"):
        shop.plan(digits)


def test_a_rule_that_is_gone_is_refused(shop):
    shop.hosted.put("pricing_rule", RULE, None)
    shop.device.sync()
    with pytest.raises(InvalidInput, match="no longer in the vault"):
        shop.plan()
