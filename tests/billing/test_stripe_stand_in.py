"""The stand-in is as strict as Stripe: what it lets pass would pass there."""

import pytest
import stripe

from desktop.services.billing.stripe.api import StripeApi
from desktop.services.billing.stripe.transport import Patience
from tests.billing.scene import ADDRESSES
from tests.billing.stripe_stand_in import DAY_S, KEY, StripeStandIn

METER = {"display_name": "Calls", "event_name": "calls",
         "default_aggregation": {"formula": "sum"}}  # fmt: skip
METERED = {"currency": "usd", "unit_amount": 5, "product": "prod_1"}


@pytest.fixture
def stand_in():
    made = StripeStandIn()
    made.put("customer", id="pay_a")
    return made


@pytest.fixture
def v1(stand_in):
    api = StripeApi(KEY, lambda _url: stand_in.transport, ADDRESSES, Patience(attempts=1))
    yield api.v1
    api.close()


def event(stand_in, **fields):
    return {
        "event_name": "calls", "identifier": "one", "timestamp": stand_in.now - 60,
        "payload": {"stripe_customer_id": "pay_a", "value": "2"}, **fields,
    }  # fmt: skip


@pytest.mark.parametrize(
    "asked",
    [
        {**METERED, "recurring": {"interval": "month", "aggregate_usage": "sum"}},
        {**METERED, "unit_amount": "five"},
        {"unit_amount": 5, "product": "prod_1"},
        {**METERED, "tiers": [{"unit_amount": 5}]},
    ],
)
def test_what_the_library_does_not_know_is_refused(stand_in, v1, asked):
    with pytest.raises(stripe.InvalidRequestError):
        v1.prices.create(asked)
    assert stand_in.misfits


def test_a_price_does_not_change(v1):
    price = v1.prices.create(METERED)
    with pytest.raises(stripe.InvalidRequestError, match="unknown parameter: unit_amount"):
        v1.prices.update(price.id, {"unit_amount": 6})
    assert v1.prices.update(price.id, {"active": False}).active is False


def test_a_key_brings_one_answer_and_belongs_to_one_request(stand_in, v1):
    options = {"idempotency_key": "once"}
    made = [v1.customers.create({"name": "A"}, options).id for _ in range(2)]
    assert made[0] == made[1]
    with pytest.raises(stripe.IdempotencyError):
        v1.customers.create({"name": "B"}, options)


def test_an_identifier_is_known_for_a_day_and_no_longer(stand_in, v1):
    v1.billing.meters.create(METER)
    v1.billing.meter_events.create(event(stand_in))
    with pytest.raises(stripe.InvalidRequestError, match="already exists"):
        v1.billing.meter_events.create(event(stand_in))
    stand_in.now += DAY_S
    v1.billing.meter_events.create(event(stand_in))
    assert stand_in.total() == 4


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"timestamp": 1_795_424_400 - 36 * DAY_S}, "35 calendar days"),
        ({"timestamp": 1_795_424_400 + 600}, "35 calendar days"),
        ({"event_name": "others"}, "No active meter"),
        ({"payload": {"stripe_customer_id": "pay_x", "value": "1"}}, "No such customer"),
        ({"payload": {"stripe_customer_id": "pay_a", "value": "1.5"}}, "whole number"),
    ],
)
def test_an_event_that_cannot_be_counted_is_refused(stand_in, v1, fields, said):
    v1.billing.meters.create(METER)
    with pytest.raises(stripe.InvalidRequestError, match=said):
        v1.billing.meter_events.create(event(stand_in, **fields))
    assert stand_in.counted == []


def test_lists_are_paged_in_both_directions(stand_in, v1):
    for number in range(7):
        stand_in.put("customer", id=f"pay_{number}")
    ids = [one.id for one in v1.customers.list({"limit": 2}).auto_paging_iter()]
    assert ids == [*(f"pay_{number}" for number in range(6, -1, -1)), "pay_a"]
    newer = v1.customers.list({"limit": 2, "ending_before": "pay_2"})
    assert ([one.id for one in newer.data], newer.has_more) == (["pay_4", "pay_3"], True)


def test_a_session_ends(stand_in):
    api = StripeApi(KEY, lambda _url: stand_in.transport, ADDRESSES, Patience(attempts=1))
    api.v1.billing.meters.create(METER)
    stamped = event(stand_in, timestamp="2026-11-23T08:00:00Z")
    api.stream([stamped])
    assert stand_in.total() == 2
    stand_in._sessions = dict.fromkeys(stand_in._sessions, 0)
    with pytest.raises(stripe.StripeError):
        api._with_key(next(iter(stand_in._sessions))).v2.billing.meter_event_stream.create(
            {"events": [stamped]}
        )
    api.close()
