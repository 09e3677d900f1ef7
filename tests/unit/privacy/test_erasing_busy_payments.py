"""Payment providers that are busy in the middle of an erasure or correction are asked later."""

from contextlib import contextmanager
from datetime import timedelta

import httpx
import pytest

from contract.terms import BillingProvider
from desktop.domain.privacy.erasure import ErasureState, Step, StepState
from desktop.domain.privacy.kinds import RequestKind
from desktop.services.billing.paddle.client import PaddleClient
from desktop.services.billing.paddle.gateway import PaddleGateway
from desktop.services.billing.paddle.keys import SANDBOX_URL
from tests.billing import paddle_stand_in, stripe_stand_in
from tests.billing.scene import gateways_to
from tests.erasing.scene import certificate
from tests.fakes import APPLICATION, NOON
from tests.unit.privacy.test_erasing import (
    JANE,
    MATCH,
    ask,
    dump,
    erase,
    erasure_of,
    full,  # noqa: F401 - a fixture
)

HOUR = 3600
TROUBLES = [(500, None), (500, str(HOUR)), (429, None), (429, "3"), (429, str(HOUR))]
TARGETS = [(name, number) for name in ("stripe", "paddle") for number in range(2)]


class Providers:
    """Stripe and Paddle behind one wire; Jane has a payer in each mode of both."""

    def __init__(self):
        self.stripe = stripe_stand_in.StripeStandIn(now=int(NOON.timestamp()))
        self.paddle = paddle_stand_in.PaddleStandIn()
        for number in range(2):
            self.stripe.put("customer", id=f"cus_S{number}", name="Jane Doe")
        self.payers = {
            "stripe": ["cus_S0", "cus_S1"],
            "paddle": [self.paddle.add("customers")["id"] for _ in range(2)],
        }
        self.asked = []
        self.trouble = None
        """The payer about whom every request fails, status, `Retry-After`."""

    def handle(self, request):
        """Answer one request, or fail."""
        self.asked.append(request.url.path.rpartition("/")[2])
        if self.trouble is not None and self.asked[-1] == self.trouble[0]:
            _, status, pause = self.trouble
            headers = {} if pause is None else {"Retry-After": pause}
            return httpx.Response(status, json={"error": {"type": "api_error"}}, headers=headers)
        is_paddle = request.url.host == httpx.URL(SANDBOX_URL).host
        return (self.paddle if is_paddle else self.stripe).handle(request)

    @contextmanager
    def opened(self, account):
        transport = httpx.MockTransport(self.handle)
        if account.provider is BillingProvider.STRIPE:
            gateway = gateways_to(transport)[account.provider](stripe_stand_in.KEY)
        else:
            key = paddle_stand_in.KEY
            gateway = PaddleGateway(key, PaddleClient(SANDBOX_URL, key, transport))
        try:
            yield gateway
        finally:
            gateway.close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def providers(full, monkeypatch):  # noqa: F811
    found = Providers()
    monkeypatch.setattr(full.services.billing.gateways, "opened", found.opened)
    with full.services.vault.transaction() as db:
        for provider, payers in found.payers.items():
            for mode, payer in zip(("test", "live"), payers, strict=True):
                db.execute(
                    "INSERT INTO billing_connections VALUES (?, ?, 'a', '', 's', 0, '[]', 1)",
                    (provider, mode),
                )
                db.execute(
                    "INSERT INTO billing_links VALUES (?, ?, ?, ?, ?, 'hand')",
                    (provider, mode, APPLICATION, JANE, payer),
                )
    return found


def step_of(progress):
    return progress.steps[list(Step).index(Step.PROCESSORS)]


def told(device, request_id, tmp_path):
    erasure_of(device).write_certificate(request_id, str(tmp_path / "erasure.json"))
    return certificate((tmp_path / "erasure.json").read_text())


def require_forgotten(providers):
    assert providers.stripe.objects["customer"] == {}
    assert {one["status"] for one in providers.paddle.all("customers")} == {"archived"}
    assert providers.stripe.misfits == []


PROCESSORS_TOLD = [
    ("Stripe", "2 customers deleted. Stripe keeps invoices and tax records."),
    (
        "Paddle",
        "2 customers archived; it is never deleted there. Paddle keeps invoices and tax records.",
    ),
]
"""What the certificate of an erasure that nothing troubles says of both."""


def require_whole(found):
    assert found["is_complete"]
    lines = [(one["name"], one["detail"]) for one in found["processors"]]
    assert lines[:2] == PROCESSORS_TOLD


@pytest.mark.parametrize(("status", "pause"), TROUBLES)
@pytest.mark.parametrize(("name", "number"), TARGETS)
def test_busy_provider_keeps_the_erasure_open_until_it_did_its_part(  # noqa: PLR0913, PLR0917 - a table
    full,  # noqa: F811
    providers,
    tmp_path,
    name,
    number,
    status,
    pause,
):
    request_id = ask(full)
    providers.trouble = (providers.payers[name][number], status, pause)
    waiting = erase(full, request_id)
    assert (waiting.state, waiting.has_certificate) == (ErasureState.RUNNING, False)
    assert step_of(waiting).state is StepState.FAILED
    assert f"{name}: {name.title()} " in step_of(waiting).detail
    assert JANE in dump(full)
    providers.trouble = None
    if pause is not None:
        require_patience(full, providers, request_id, int(pause))
    assert go_on(full, request_id).state is ErasureState.DONE
    require_forgotten(providers)
    require_whole(told(full, request_id, tmp_path))
    assert JANE not in dump(full)


def go_on(device, request_id):
    erasure_of(device).go_on_with_all()
    return erasure_of(device).progress_of(request_id)


def require_patience(device, providers, request_id, pause_s):
    """Nobody is asked before the end of the pause, which is told."""
    before = len(providers.asked)
    end = device.clock() + timedelta(seconds=pause_s)
    device.clock.forward(seconds=pause_s - 1)
    early = go_on(device, request_id)
    assert early.state is ErasureState.RUNNING
    assert f"left alone until {end:%Y-%m-%d %H:%M:%S} UTC" in step_of(early).detail
    assert len(providers.asked) == before
    device.clock.forward(seconds=1)


def test_erasure_without_trouble_says_the_same(full, providers, tmp_path):  # noqa: F811
    request_id = ask(full)
    assert erase(full, request_id).state is ErasureState.DONE
    require_forgotten(providers)
    require_whole(told(full, request_id, tmp_path))


def test_correction_waits_as_long_as_it_was_asked_to(full, providers):  # noqa: F811
    request_id = ask(full, RequestKind.CORRECTION)
    correction = full.services.erasing.correction
    providers.trouble = ("cus_S1", 429, str(HOUR))
    assert not correction.correct(request_id, (MATCH,), "name", "Jane Roe").is_settled
    providers.trouble, before = None, len(providers.asked)
    correction.go_on_with_all()
    assert len(providers.asked) == before
    full.clock.forward(seconds=HOUR)
    correction.go_on_with_all()
    (done,) = correction.of_request(request_id)
    assert done.is_settled
    assert {one["name"] for one in providers.stripe.objects["customer"].values()} == {"Jane Roe"}
