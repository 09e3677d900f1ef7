"""Requests of the library: one way out, one key for all tries, nothing about this computer."""

from types import SimpleNamespace

import httpx
import pytest

from contract.terms import BillingProvider
from desktop.domain.errors import ProviderBusy, ProviderRefused, ProviderUnreachable
from desktop.domain.network import Purpose
from desktop.services.billing.build import _providers
from desktop.services.billing.stripe.api import StripeApi
from desktop.services.billing.stripe.faults import translated
from desktop.services.billing.stripe.transport import Patience
from desktop.services.door import Door
from tests.billing.scene import ADDRESSES
from tests.billing.stripe_stand_in import KEY

DONE = {"id": "cus_1", "object": "customer"}


class Answers:
    """Answers in turn; what was asked is kept."""

    def __init__(self, *answers):
        self.answers, self.asked = list(answers), []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def told(status, body=None, **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    error = {"error": {"message": "no", "type": "api_error"}}
    return httpx.Response(status, json=body or error, headers=named)


def create(answers, attempts=4):
    transport = httpx.MockTransport(answers)
    api = StripeApi(KEY, lambda _url: transport, ADDRESSES, Patience(attempts=attempts))
    try:
        with translated("make a customer"):
            return api.v1.customers.create({"name": "A"})
    finally:
        api.close()


@pytest.mark.parametrize("status", [409, 429, 500, 502, 503])
def test_it_is_tried_again_under_the_same_key(status):
    answers = Answers(told(status, retry_after="3"), httpx.ReadTimeout(""), told(200, DONE))
    assert create(answers).id == "cus_1"
    assert len({one.headers["idempotency-key"] for one in answers.asked}) == 1
    assert len({one.content for one in answers.asked}) == 1


def test_what_stripe_says_about_another_try_goes_first():
    answers = Answers(told(500, stripe_should_retry="false", request_id="req_9"))
    with pytest.raises(ProviderBusy, match="req_9"):
        create(answers)
    assert len(answers.asked) == 1
    answers = Answers(told(400, stripe_should_retry="true"), told(200, DONE))
    assert create(answers).id == "cus_1"


def test_patience_ends_in_words():
    with pytest.raises(ProviderBusy, match="too much to do"):
        create(Answers(*[told(429)] * 4))
    with pytest.raises(ProviderUnreachable, match="cannot be reached"):
        create(Answers(*[httpx.ConnectError("")] * 4))


def test_a_refusal_is_not_repeated():
    answers = Answers(told(400, {"error": {"message": "No such thing", "code": "x"}}))
    with pytest.raises(ProviderRefused, match="No such thing"):
        create(answers)
    assert len(answers.asked) == 1


def test_what_is_no_json_is_told_in_words():
    with pytest.raises(ProviderRefused):
        create(Answers(httpx.Response(404, content=b"<html>")))


def test_nothing_tells_of_this_computer():
    answers = Answers(told(200, DONE))
    create(answers)
    names = set(answers.asked[0].headers)
    assert not names & {"x-stripe-client-user-agent", "x-stripe-client-telemetry"}


def test_the_real_gateway_goes_through_the_door(monkeypatch):
    opened = []

    def transport(_door, url, purpose):
        opened.append((url, purpose))
        return httpx.MockTransport(lambda _request: told(200, {"data": [], "has_more": False}))

    monkeypatch.setattr(Door, "transport", transport)
    ground = SimpleNamespace(vault=None, contacts=None)
    gateway = _providers(ground)[BillingProvider.STRIPE](KEY)
    assert gateway.news_from() == ""
    gateway.close()
    assert opened == [("https://api.stripe.com", Purpose.BILLING)]
