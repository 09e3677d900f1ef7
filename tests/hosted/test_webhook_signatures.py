"""A signature is good when the provider's own library says so, and in no other case."""

import logging
import time
from types import SimpleNamespace

import pytest
import stripe
import time_machine
from hypothesis import given, settings
from hypothesis import strategies as st
from paddle_billing.Notifications import Secret, Verifier

from contract.terms import BillingProvider
from hosted.webhooks.events import NotAnEvent, outline_of
from hosted.webhooks.signatures import TOLERANCE_S, NotSigned, verify
from tests.hosted.webhook_senders import (
    PADDLE_SECRET,
    STRIPE_SECRET,
    paddle_event,
    paddle_hash,
    paddle_signed,
    stripe_event,
    stripe_signed,
)

STRIPE, PADDLE = BillingProvider.STRIPE, BillingProvider.PADDLE
BODIES = st.text(max_size=80).map(lambda text: text.encode(errors="ignore"))
NOW_S = int(time.time())
OTHER = "another_secret_of_somebody"
logging.getLogger("paddle_billing").disabled = True  # it tells of each refusal


@pytest.fixture(autouse=True, scope="module")
def _time_stands_still():
    """The libraries look at the clock themselves, and this file may be read long before it runs."""
    with time_machine.travel(NOW_S, tick=False):
        yield


def is_good(provider, header, body, secrets, now_s=NOW_S):
    try:
        verify(provider, header, body, secrets, now_s * 1_000_000)
    except NotSigned:
        return False
    return True


def stripe_says(header, body, secrets):
    def one_says(secret):
        try:
            return stripe.WebhookSignature.verify_header(body, header, secret, TOLERANCE_S)
        except stripe.SignatureVerificationError:
            return False

    return any(one_says(secret) for secret in secrets)


def paddle_says(header, body, secrets):
    request = SimpleNamespace(headers={"Paddle-Signature": header}, body=body)
    try:
        return Verifier(TOLERANCE_S).verify(request, [Secret(secret) for secret in secrets])
    except (ConnectionRefusedError, ValueError):
        return False


@settings(max_examples=40, deadline=None)
@given(
    body=BODIES,
    signed_body=BODIES | st.none(),
    secret=st.sampled_from([STRIPE_SECRET, OTHER]),
    secrets=st.sampled_from([(STRIPE_SECRET,), (OTHER, STRIPE_SECRET), (OTHER,)]),
    late_s=st.sampled_from([0, 60, 200, 400, 100_000]),
)
def test_stripes_library_and_the_service_agree(body, signed_body, secret, secrets, late_s):
    signed = body if signed_body is None else signed_body
    header = stripe_signed(signed, secret, NOW_S - late_s)["Stripe-Signature"]
    agreed = stripe_says(header, body, secrets)
    assert is_good(STRIPE, header, body, secrets, int(time.time())) == agreed


@settings(max_examples=40, deadline=None)
@given(
    body=BODIES,
    signed_body=BODIES | st.none(),
    secret=st.sampled_from([PADDLE_SECRET, OTHER]),
    secrets=st.sampled_from([(PADDLE_SECRET,), (OTHER, PADDLE_SECRET), (OTHER,)]),
    late_s=st.sampled_from([-400, -200, 0, 200, 400]),
)
def test_paddles_library_and_the_service_agree(body, signed_body, secret, secrets, late_s):
    signed = body if signed_body is None else signed_body
    header = paddle_signed(signed, secret, NOW_S - late_s)["Paddle-Signature"]
    agreed = paddle_says(header, body, secrets)
    assert is_good(PADDLE, header, body, secrets, int(time.time())) == agreed


def test_a_header_with_old_and_new_signature_is_good_while_the_secret_is_rotated():
    body = paddle_event()
    hashes = [paddle_hash(body, secret, NOW_S) for secret in (OTHER, PADDLE_SECRET)]
    header = f"ts={NOW_S};h1={hashes[0]};h1={hashes[1]}"
    assert paddle_says(header, body, (PADDLE_SECRET,))
    assert is_good(PADDLE, header, body, (PADDLE_SECRET,))
    ours = stripe_signed(body, STRIPE_SECRET, NOW_S)["Stripe-Signature"]
    assert is_good(STRIPE, ours + ",v1=00ff,v0=1234", body, (STRIPE_SECRET,))


def test_a_signature_from_the_future_is_as_bad_as_an_old_one():
    body = stripe_event()
    header = stripe_signed(body, STRIPE_SECRET, NOW_S + TOLERANCE_S + 2)["Stripe-Signature"]
    assert not is_good(STRIPE, header, body, (STRIPE_SECRET,))


def odd_headers():
    good = stripe_signed(b"x", STRIPE_SECRET, NOW_S)["Stripe-Signature"]
    time_part, _, signature = good.partition(",")
    return {
        "empty": "",
        "no time": signature,
        "two times": f"{time_part},{good}",
        "no signature": time_part,
        "another scheme": good.replace("v1=", "v0="),
        "a time in other digits": good.replace(str(NOW_S), "١٢٣"),
        "a negative time": good.replace("t=", "t=-"),
        "endless": good + ",v1=" + "a" * 5000,
        "no ascii": good.replace("v1=", "v1=ü"),
    }


@pytest.mark.parametrize("header", odd_headers().values(), ids=odd_headers().keys())
def test_an_odd_header_signs_nothing(header):
    assert is_good(STRIPE, stripe_signed(b"x", at=NOW_S)["Stripe-Signature"], b"x", [STRIPE_SECRET])
    assert not is_good(STRIPE, header, b"x", [STRIPE_SECRET])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"[]", b"null", b"{}", b"\xff", b'{"a":' * 3000, stripe_event(event_id="x" * 300),
        stripe_event(created="soon"), stripe_event(created=-1), stripe_event(created=True),
        stripe_event(type=None), stripe_event(type="ü"), stripe_event(data=[]),
        stripe_event(livemode=True), stripe_event(data={"object": {"id": 7}}),
    ],
)  # fmt: skip
def test_what_is_signed_but_no_test_event_of_stripe_is_refused(body):
    with pytest.raises(NotAnEvent):
        outline_of(STRIPE, body, is_live=False)


@pytest.mark.parametrize(
    "body",
    [
        b"7", stripe_event(), paddle_event(occurred_at="today"), paddle_event(occurred_at=None),
        paddle_event(event_type=""), paddle_event(data=None),
    ],
)  # fmt: skip
def test_what_is_signed_but_no_event_of_paddle_is_refused(body):
    with pytest.raises(NotAnEvent):
        outline_of(PADDLE, body, is_live=True)


def test_an_event_tells_which_it_is_of_what_and_when():
    outline = outline_of(STRIPE, stripe_event("evt_1"), is_live=False)
    assert (outline.event_id, outline.type, outline.object_id) == (
        "evt_1", "customer.updated", "cus_1",
    )  # fmt: skip
    assert outline.occurred_us == 1_795_424_400_000_000
    assert outline_of(PADDLE, paddle_event(), is_live=True).occurred_us == 1_795_424_400_123_456


def test_a_thin_event_of_stripes_second_api_names_its_object():
    body = stripe_event(
        created="2026-11-23T09:00:00.500Z",
        data={},
        related_object={"id": "mtr_1", "type": "billing.meter"},
    )
    outline = outline_of(STRIPE, body, is_live=False)
    assert (outline.object_id, outline.occurred_us) == ("mtr_1", 1_795_424_400_500_000)
