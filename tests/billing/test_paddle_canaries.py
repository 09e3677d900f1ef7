"""No key, address or card number of Paddle's gets into a log at DEBUG, or into an error."""

import logging

import httpx

from contract.terms import BillingProvider
from desktop.domain.errors import AppError
from desktop.services.billing.paddle.client import PaddleClient
from desktop.services.billing.paddle.keys import SANDBOX_URL
from tests.billing.paddle_scene import ACCOUNT, PaddleShop
from tests.billing.paddle_stand_in import KEY
from tests.billing.test_stripe_canaries import log  # noqa: F401 (a fixture)
from tests.fakes import no_report

EMAIL = "canary.person@example.com"
CARD = "4242424242424242"
CANARIES = (EMAIL, CARD, KEY, "S" * 22)


def attempt(action):
    """What an action tells the owner when it fails, with what caused it."""
    try:
        action()
    except AppError as error:
        logging.getLogger("billing").warning("Shown to the owner", exc_info=error)
        return str(error)
    return ""


def test_what_paddle_is_told_and_tells_stays_out_of_logs_and_errors(tmp_path, hosted, log, caplog):  # noqa: F811
    shop = PaddleShop(tmp_path / "a", hosted).open()
    shop.paddle.add("customers", name=CARD, email=EMAIL)
    said = []
    for trouble in (None, 500, 401, 403, "lost", "unreachable"):
        shop.paddle.trouble = [trouble] * 5 if trouble else []
        said += [attempt(lambda: shop.billing.connections.connect(BillingProvider.PADDLE, KEY))]
        shop.paddle.trouble = [trouble] * 5 if trouble else []
        said += [attempt(lambda: shop.billing.mirror.read(no_report, ACCOUNT, True))]  # noqa: FBT003
    shop.paddle.trouble = []
    said += [attempt(shop.bill), attempt(refused)]
    shop.device.close()
    everything = "\n".join([log(), caplog.text, *said])
    assert sum(map(bool, said)) > 3
    for canary in CANARIES:
        assert canary not in everything, canary


def refused():
    """Paddle says no in words that name somebody."""
    error = {"code": "conflict", "detail": f"{EMAIL} has the card {CARD} already", "errors": []}
    answer = httpx.Response(409, json={"error": error, "meta": {"request_id": "req-1"}})
    client = PaddleClient(SANDBOX_URL, KEY, httpx.MockTransport(lambda _request: answer))
    client.post("/customers", {"email": EMAIL, "name": CARD})
