"""Another server that behaves as Stripe, written by others: reading, refusals, signed webhooks."""

import os
import queue
import signal
import socket
import subprocess
import time

import httpx
import pytest

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.errors import ProviderProblem, ProviderRefused
from desktop.services.billing.stripe.api import StripeApi
from desktop.services.billing.stripe.gateway import StripeGateway
from desktop.services.billing.stripe.transport import Patience
from hosted.webhooks.signatures import NotSigned, verify
from tests.hosted.environments import python_of
from tests.loopback import Loopback

KEY = "sk_test_" + "l" * 24
SECRET = "whsec_" + "s" * 24
START_LIMIT_S = 20
HEARD_LIMIT_S = 10

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """The server's address; it may have to be installed first."""
    command = python_of("localstripe").parent / "localstripe"
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
    place = tmp_path_factory.mktemp("localstripe")
    with (place / "log").open("wb") as log:
        process = subprocess.Popen(
            [str(command), "--port", str(port), "--from-scratch"],
            cwd=place, env={**os.environ, "TMPDIR": str(place)}, stdout=log, stderr=log,
        )  # fmt: skip
    url, ends = f"http://127.0.0.1:{port}", time.monotonic() + START_LIMIT_S
    while not _is_up(port):
        assert process.poll() is None, (place / "log").read_text()
        assert time.monotonic() < ends
    yield url
    process.send_signal(signal.SIGTERM)
    process.wait(10)


def _is_up(port):
    try:
        socket.create_connection(("127.0.0.1", port), 0.2).close()
    except OSError:
        return False
    return True


@pytest.fixture
def api(server):
    addresses = {"api": server, "meter_events": server}
    made = StripeApi(KEY, lambda _url: httpx.HTTPTransport(), addresses, Patience(attempts=2))
    yield made
    made.close()


@pytest.fixture
def gateway(api):
    return StripeGateway(KEY, lambda _key: api)


def test_customers_and_subscriptions_are_read_page_by_page(server, api, gateway):
    with httpx.Client(base_url=server, auth=(KEY, ""), trust_env=False) as owner:
        plan = {"amount": "900", "currency": "jpy", "interval": "month", "product[name]": "Calls"}
        assert owner.post("/v1/plans", data={"id": "plan_1", **plan}).is_success
        card = {"type": "card", "card[number]": "4242424242424242", "card[exp_month]": "12",
                "card[exp_year]": "2040", "card[cvc]": "123"}  # fmt: skip
        for number in range(3):
            method = owner.post("/v1/payment_methods", data=card).json()["id"]
            asked = {"name": f"Payer {number}", "metadata[caller]": f"cus_{number}"}
            customer = owner.post("/v1/customers", data=asked).json()["id"]
            owner.post(f"/v1/payment_methods/{method}/attach", data={"customer": customer})
            default = {"invoice_settings[default_payment_method]": method}
            assert owner.post(f"/v1/customers/{customer}", data=default).is_success
            items = {"customer": customer, "items[0][plan]": "plan_1"}
            assert owner.post("/v1/subscriptions", data=items).is_success
    found = gateway.page(ObjectKind.CUSTOMER, "")
    assert {one.name for one in found.objects} == {"Payer 0", "Payer 1", "Payer 2"}
    first = found.objects[0]
    assert first.body["metadata"]["caller"].replace("cus_", "Payer ") == first.name
    assert gateway.page(ObjectKind.CUSTOMER, first.object_id).objects == found.objects[1:]
    subscriptions = gateway.page(ObjectKind.SUBSCRIPTION, "").objects
    assert {one.customer_id for one in subscriptions} == {
        one.object_id for one in found.objects
    }  # fmt: skip
    assert api.v1.customers.retrieve(first.object_id).name == first.name


def test_what_it_does_not_have_is_told_in_words(server, gateway):
    with pytest.raises(ProviderProblem, match="Stripe"):
        gateway.page(ObjectKind.METER, "")


def test_a_restricted_key_that_it_refuses_is_told_in_words(server):
    addresses = {"api": server, "meter_events": server}

    def make(key):
        return StripeApi(key, lambda _url: httpx.HTTPTransport(), addresses, Patience(attempts=1))

    refused = StripeGateway("rk_test_" + "r" * 24, make)
    with pytest.raises(ProviderRefused, match="does not accept the key"):
        refused.page(ObjectKind.CUSTOMER, "")
    refused.close()


def test_its_webhooks_are_signed_as_the_service_expects(server):
    heard = queue.Queue()

    def hear(request):
        heard.put((request.headers["stripe-signature"], request.content))
        return httpx.Response(200, content=b"")

    receiver = Loopback(hear)
    try:
        with httpx.Client(base_url=server, auth=(KEY, ""), trust_env=False) as owner:
            hook = {"url": receiver.url, "secret": SECRET, "events[]": "product.created"}
            assert owner.post("/_config/webhooks/one", data=hook).is_success
            owner.post("/v1/products", data={"name": "Heard", "type": "service"})
        header, body = heard.get(timeout=HEARD_LIMIT_S)
    finally:
        receiver.close()
    now_us = time.time_ns() // 1000
    verify(BillingProvider.STRIPE, header, body, [SECRET], now_us)
    with pytest.raises(NotSigned):
        verify(BillingProvider.STRIPE, header, body + b" ", [SECRET], now_us)
    with pytest.raises(NotSigned):
        verify(BillingProvider.STRIPE, header, body, ["whsec_" + "x" * 24], now_us)
