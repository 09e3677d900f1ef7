"""Money through Paddle: exact, once, and found again after a lost answer."""

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.domain.errors import ProviderRefused, ProviderUnreachable
from desktop.services.billing.paddle.charges import Charge, ChargeDesk, ChargeLine
from desktop.services.billing.paddle.client import PaddleClient
from desktop.services.billing.paddle.keys import SANDBOX_URL
from tests.billing.paddle_stand_in import KEY, PaddleStandIn


@pytest.fixture
def paddle():
    return PaddleStandIn(page=2)


@pytest.fixture
def desk(paddle):
    return ChargeDesk(PaddleClient(SANDBOX_URL, KEY, paddle.transport()))


@pytest.fixture
def payer(paddle):
    """A customer with an address, whose subscription was cancelled."""
    customer_id = paddle.add("customers")["id"]
    paddle.add("addresses", customer_id=customer_id)
    paddle.add("subscriptions", customer_id=customer_id, status="canceled")
    return customer_id


@pytest.fixture
def charge(paddle, payer):
    product_id = paddle.add("products")["id"]
    lines = (
        ChargeLine("Images · 12,345 units", product_id, 12_345),
        ChargeLine("Words · 3 units", "", 1),
        ChargeLine("Nothing", product_id, 0),
    )
    return Charge("clm_1", payer, "USD", date(2026, 10, 1), lines)


def test_an_amount_is_billed_to_the_minor_unit(paddle, desk, charge):
    sent = desk.send(charge)
    (transaction,) = paddle.all("transactions")
    assert (sent.object_id, sent.was_there) == (transaction["id"], False)
    assert sent.request_id.startswith("req-")
    amounts = [item["price"]["unit_price"]["amount"] for item in transaction["items"]]
    assert amounts == ["12345", "1"]
    assert (transaction["collection_mode"], transaction["status"]) == ("manual", "billed")
    assert paddle.billed("USD") == charge.total_minor == 12_346


def test_a_subscription_is_charged_where_there_is_one(paddle, desk, charge, payer):
    paddle.add("subscriptions", customer_id=payer, currency_code="EUR")
    subscription = paddle.add("subscriptions", customer_id=payer)
    assert desk.send(charge).object_id == subscription["id"]
    (transaction,) = paddle.all("transactions")
    assert transaction["subscription_id"] == subscription["id"]
    assert paddle.billed("USD") == 12_346


@pytest.mark.parametrize("has_subscription", [False, True])
def test_a_lost_answer_is_found_again_and_nothing_is_billed_twice(
    paddle, desk, charge, payer, has_subscription
):
    if has_subscription:
        paddle.add("subscriptions", customer_id=payer)
    # Before it come the search, the subscriptions, and for an invoice the address.
    paddle.trouble = [None] * (2 if has_subscription else 3) + ["lost"]
    with pytest.raises(ProviderUnreachable):
        desk.send(charge)
    assert paddle.billed("USD") == 12_346
    for _ in range(2):
        assert desk.send(charge).was_there
    assert paddle.billed("USD") == 12_346


def test_the_charge_is_found_among_many_others(paddle, desk, charge):
    for number in range(5):
        desk.send(replace(charge, claim_id=f"clm_other_{number}"))
    mine = desk.send(charge)
    for number in range(5):
        desk.send(replace(charge, claim_id=f"clm_later_{number}"))
    assert desk.find(charge).object_id == mine.object_id
    assert desk.find(replace(charge, claim_id="clm_never")) is None


@pytest.mark.parametrize("amounts", [(0,), (5, -1), (-5,)])
def test_nothing_and_less_than_nothing_is_not_billed(paddle, desk, charge, amounts):
    lines = tuple(ChargeLine("Images", "", amount) for amount in amounts)
    with pytest.raises(ProviderRefused, match="Nothing was billed"):
        desk.send(replace(charge, lines=lines))
    assert paddle.all("transactions") == []


def test_a_customer_without_an_address_is_told(paddle, desk, charge):
    stranger = paddle.add("customers")["id"]
    with pytest.raises(ProviderRefused, match="Add an address"):
        desk.send(replace(charge, payer=stranger))
    assert paddle.all("transactions") == []


def test_more_lines_than_paddle_takes_are_told(desk, charge):
    with pytest.raises(ProviderRefused, match="100 lines"):
        desk.send(replace(charge, lines=charge.lines * 50))


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["USD", "EUR", "JPY", "GBP"]),
            st.lists(st.integers(0, 10**9), min_size=1, max_size=6).filter(any),
        ),
        max_size=8,
    )
)
def test_what_paddle_has_billed_is_what_was_charged_in_every_currency(bills):
    paddle = PaddleStandIn()
    desk = ChargeDesk(PaddleClient(SANDBOX_URL, KEY, paddle.transport()))
    customer_id = paddle.add("customers")["id"]
    paddle.add("addresses", customer_id=customer_id)
    paddle.add("subscriptions", customer_id=customer_id, currency_code="EUR")
    charged = Counter()
    for number, (currency, amounts) in enumerate(bills):
        lines = tuple(ChargeLine(f"Rule {place}", "", one) for place, one in enumerate(amounts))
        charge = Charge(f"clm_{number}", customer_id, currency, date(2026, 9, 1), lines)
        for _ in range(2):
            desk.send(charge)
        charged[currency] += charge.total_minor
    assert {currency: paddle.billed(currency) for currency in charged} == charged
