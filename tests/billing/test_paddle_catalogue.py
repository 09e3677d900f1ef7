"""A rule at Paddle: planned, published, found again, drifted; archived and never deleted."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from contract.pricing.parsing import rule_from
from contract.terms import BillingProvider
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.billing.providers import Account, Mode
from desktop.domain.billing.publication import PlanAction, Publication, PublishQuestion
from desktop.domain.errors import ProviderUnreachable
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.money import Money
from desktop.domain.pricing.published import PricingRule
from desktop.services.billing.gateway import PricedRule
from desktop.services.billing.paddle.client import PaddleClient
from desktop.services.billing.paddle.gateway import PaddleGateway
from desktop.services.billing.paddle.keys import SANDBOX_URL
from tests.billing.paddle_stand_in import KEY, PaddleStandIn

FLAT = {"model": "flat", "currency": "USD", "amount": "49"}
PER_UNIT = {"model": "per_unit", "currency": "USD", "unit_amount": "0.25"}
QUESTION = PublishQuestion(
    Account(BillingProvider.PADDLE, Mode.TEST), ApplicationId("app_1"), RuleId("rule_1")
)


@pytest.fixture
def paddle():
    return PaddleStandIn(page=3)


@pytest.fixture
def gateway(paddle):
    return PaddleGateway(KEY, PaddleClient(SANDBOX_URL, KEY, paddle.transport()))


def priced(price=None, **fields):
    """A rule with a price."""
    price = PER_UNIT if price is None else price
    rule = PricingRule(
        application_id=QUESTION.application_id,
        rule_id=QUESTION.rule_id,
        price=price,
        effective_from=date(2026, 1, 1),
        **{"name": "Images", "method": "GET", "url": "/images", **fields},
    )
    return PricedRule(QUESTION, rule, rule_from(price))


def published(applied):
    return Publication(
        QUESTION.account, QUESTION.application_id, QUESTION.rule_id, 1, applied.product_id,
        applied.price_id, "", "", 0, datetime(2026, 11, 23, tzinfo=UTC),
    )  # fmt: skip


def actions(steps):
    return [step.action for step in steps]


def test_a_flat_rule_becomes_a_monthly_price(paddle, gateway):
    applied = gateway.apply(priced(FLAT), None)
    (price,) = paddle.all("prices")
    assert price["unit_price"] == {"amount": "4900", "currency_code": "USD"}
    assert price["billing_cycle"] == {"interval": "month", "frequency": 1}
    assert (applied.price_id, len(applied.request_ids)) == (price["id"], 2)


def test_a_price_by_units_becomes_one_that_is_charged_once(paddle, gateway):
    gateway.apply(priced(PER_UNIT), None)
    (price,) = paddle.all("prices")
    assert (price["unit_price"]["amount"], price["billing_cycle"]) == ("25", None)


@pytest.mark.parametrize(
    "price",
    [
        {**PER_UNIT, "unit_amount": "0.001"},
        {**PER_UNIT, "free_units": "5"},
        {"model": "graduated", "currency": "USD", "tiers": [{"unit_amount": "1"}]},
    ],
)
def test_a_price_paddle_does_not_have_is_published_as_its_product(paddle, gateway, price):
    compared = gateway.compare(priced(price), None)
    assert actions(compared.steps) == [PlanAction.CREATE_PRODUCT]
    assert any("amount of each month's invoice" in note for note in compared.notes)
    assert gateway.apply(priced(price), None).price_id == ""
    assert not paddle.all("prices")


def test_a_currency_paddle_does_not_take_is_refused_before_anything_is_asked(paddle, gateway):
    compared = gateway.compare(priced({**FLAT, "currency": "ISK"}), None)
    assert compared.steps == ()
    assert "ISK" in compared.refusals[0]
    assert paddle.requests == []


def test_comparing_changes_nothing(paddle, gateway):
    compared = gateway.compare(priced(), None)
    assert actions(compared.steps) == [PlanAction.CREATE_PRODUCT, PlanAction.CREATE_PRICE]
    assert {method for method, _ in paddle.requests} == {"GET"}


def test_publishing_twice_changes_nothing_more(paddle, gateway):
    first = gateway.apply(priced(), None)
    assert gateway.compare(priced(), published(first)).steps == ()
    again = gateway.apply(priced(), published(first))
    assert (again.product_id, again.price_id) == (first.product_id, first.price_id)
    assert (len(paddle.all("products")), len(paddle.all("prices"))) == (1, 1)


@pytest.mark.parametrize("lost", [0, 1])
def test_what_was_made_before_the_answer_was_lost_is_found_again(paddle, gateway, lost):
    """Requests: the products are listed, a product and a price are made."""
    paddle.trouble = [None] * (1 + lost) + ["lost"]
    with pytest.raises(ProviderUnreachable):
        gateway.apply(priced(), None)
    gateway.apply(priced(), None)
    assert (len(paddle.all("products")), len(paddle.all("prices"))) == (1, 1)


def test_a_changed_price_is_a_new_one_and_the_old_one_is_archived(paddle, gateway):
    first = published(gateway.apply(priced(), None))
    dearer = priced({**PER_UNIT, "unit_amount": "0.30"})
    compared = gateway.compare(dearer, first)
    assert actions(compared.steps) == [PlanAction.CREATE_PRICE, PlanAction.ARCHIVE_PRICE]
    gateway.apply(dearer, first)
    old, new = paddle.all("prices")
    assert (old["status"], new["status"]) == ("archived", "active")
    assert new["unit_price"]["amount"] == "30"


def test_drift_is_told_field_by_field(paddle, gateway):
    known = published(gateway.apply(priced(), None))
    assert gateway.drift(priced(), known) == []
    paddle.change("products", known.product_id, name="Pictures")
    paddle.change("prices", known.price_id, unit_price={"amount": "26", "currency_code": "USD"})
    drift = {one.field: (one.local, one.remote) for one in gateway.drift(priced(), known)}
    assert drift["name"] == ("Images", "Pictures")
    assert drift["unit_price"] == ("25 USD in minor units", "26 USD in minor units")


def test_an_archived_product_has_drifted_and_comes_back(paddle, gateway):
    known = published(gateway.apply(priced(), None))
    paddle.change("products", known.product_id, status="archived")
    (drift,) = gateway.drift(priced(), known)
    assert (drift.field, drift.remote) == ("status", "archived")
    gateway.apply(priced(), known)
    assert paddle.kept["products"][known.product_id]["status"] == "active"


def test_an_archived_price_has_drifted(paddle, gateway):
    known = published(gateway.apply(priced(), None))
    paddle.change("prices", known.price_id, status="archived")
    (drift,) = gateway.drift(priced(), known)
    assert (drift.field, drift.remote) == ("price", "")


def test_what_others_noted_at_the_product_stays(paddle, gateway):
    known = published(gateway.apply(priced(), None))
    mark = paddle.kept["products"][known.product_id]["custom_data"]
    paddle.change("products", known.product_id, custom_data={**mark, "team": "blue"})
    gateway.apply(priced(name="Pictures"), known)
    product = paddle.kept["products"][known.product_id]
    assert (product["name"], product["custom_data"]["team"]) == ("Pictures", "blue")


def test_rules_of_other_applications_are_left_alone(paddle, gateway):
    gateway.apply(priced(), None)
    other = replace(QUESTION, application_id=ApplicationId("app_2"))
    gateway.apply(replace(priced(), question=other), None)
    assert len(paddle.all("products")) == 2
    assert all(one["status"] == "active" for one in paddle.all("prices"))


def test_everything_is_read_page_after_page(paddle, gateway):
    product = paddle.add("products", name="Images")
    for amount in range(5):
        unit = {"amount": str(amount), "currency_code": "JPY"}
        paddle.add("prices", product_id=product["id"], unit_price=unit, status="archived")
    rows, cursor = [], ""
    while True:
        page = gateway.page(ObjectKind.PRICE, cursor)
        rows += page.objects
        cursor = page.next_cursor
        if not cursor:
            break
    assert [row.amount for row in rows] == [Money(amount, "JPY") for amount in range(5)]
    assert {row.parent_id for row in rows} == {product["id"]}


def test_each_kind_says_what_people_know_it_by(paddle, gateway):
    customer = paddle.add("customers", name=None)
    paddle.add("subscriptions", customer_id=customer["id"])
    paddle.add("adjustments", customer_id=customer["id"], transaction_id="txn_1")
    (shown,) = gateway.page(ObjectKind.CUSTOMER, "").objects
    assert (shown.name, shown.customer_id) == ("ann@corp.example", customer["id"])
    (refund,) = gateway.page(ObjectKind.REFUND, "").objects
    assert (refund.amount, refund.parent_id) == (Money(100, "USD"), "txn_1")
    assert gateway.page(ObjectKind.SUBSCRIPTION, "").objects[0].customer_id == customer["id"]


def test_news_tell_the_last_state_of_what_changed(paddle, gateway):
    product = paddle.add("products")
    cursor = gateway.news_from()
    for name in ("A", "B", "C", "D"):
        paddle.change("products", product["id"], name=name)
    names, has_more = [], True
    while has_more:
        page = gateway.news(cursor)
        names += [one.name for one in page.changed]
        cursor, has_more = page.next_cursor, page.has_more
    assert names == ["C", "D"]
    assert gateway.news(cursor).changed == ()


def test_a_fresh_account_has_no_news(gateway):
    assert gateway.news_from() == ""
    assert gateway.news("").changed == ()


def test_introducing_tells_the_side_of_the_key(gateway):
    introduced = gateway.introduce()
    assert (introduced.mode, introduced.is_restricted) == (Mode.TEST, True)


def test_a_price_in_yen_has_no_decimals(paddle, gateway):
    gateway.apply(priced({"model": "flat", "currency": "JPY", "amount": "1200"}), None)
    (price,) = paddle.all("prices")
    assert Decimal(price["unit_price"]["amount"]) == 1200


def test_lists_that_the_key_may_not_read_are_named(paddle, gateway):
    paddle.closed = {"customers", "adjustments"}
    missing = gateway.missing_permissions()
    assert [one.name for one in missing] == ["customers.read", "adjustments.read"]
    assert missing[0].needed_for == "Showing customers"
