"""Paddle's answers, good and bad, as the owner hears of them; no request makes money twice."""

import httpx
import pytest

from desktop.domain.billing.providers import Mode
from desktop.domain.errors import (
    InvalidInput,
    PermissionMissing,
    ProviderBusy,
    ProviderRefused,
    ProviderUnreachable,
)
from desktop.services.billing.paddle.client import PaddleClient
from desktop.services.billing.paddle.faults import Unanswered
from desktop.services.billing.paddle.keys import SANDBOX_URL, mode_of
from tests.billing.paddle_stand_in import KEY, LIVE_KEY, PaddleStandIn

PRODUCT = {"name": "Items", "tax_category": "standard"}


@pytest.fixture
def paddle():
    return PaddleStandIn()


@pytest.fixture
def client(paddle):
    made = PaddleClient(SANDBOX_URL, KEY, paddle.transport())
    yield made
    made.close()


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


def answering(answer):
    """A client whose every request is answered like this."""
    return PaddleClient(SANDBOX_URL, KEY, httpx.MockTransport(lambda _request: answer))


def test_a_key_tells_its_side():
    assert mode_of(KEY) is Mode.TEST
    assert mode_of(LIVE_KEY) is Mode.LIVE


@pytest.mark.parametrize("key", ["", "sk_live_x", KEY[:-1], KEY + "x", KEY.replace("sdbx", "prod")])
def test_what_is_no_key_of_paddle_is_told(key):
    with pytest.raises(InvalidInput, match="Nothing was stored"):
        mode_of(key)


@pytest.mark.parametrize("trouble", [429, 500, 503, "lost", "unreachable"])
def test_reading_goes_on_after_trouble(paddle, client, trouble):
    paddle.add("products")
    paddle.trouble = [trouble, trouble]
    assert len(client.get("/products").data) == 1


@pytest.mark.parametrize("trouble", [500, 503, "lost"])
def test_what_may_have_made_something_is_not_sent_again(paddle, client, trouble):
    paddle.trouble = [trouble]
    with pytest.raises(Unanswered, match="not done twice"):
        client.post("/products", PRODUCT)
    assert paddle.requests == [("POST", "/products")]


@pytest.mark.parametrize("trouble", [429, "unreachable"])
def test_what_surely_made_nothing_is_sent_again(paddle, client, trouble):
    paddle.trouble = [trouble]
    assert client.post("/products", PRODUCT).data["name"] == "Items"
    assert len(paddle.all("products")) == 1


def test_a_long_pause_is_left_to_the_owner(paddle, client):
    paddle.trouble, paddle.retry_after = [429], "600"
    with pytest.raises(ProviderBusy, match="in 600 seconds"):
        client.get("/products")
    assert len(paddle.requests) == 1


def test_trouble_without_end_ends(paddle, client):
    paddle.trouble = [503] * 50
    with pytest.raises(ProviderUnreachable, match="request id: req-"):
        client.get("/products")
    assert len(paddle.requests) == 4


def test_a_refusal_has_paddles_words_the_field_and_the_request_id(client):
    with pytest.raises(ProviderRefused, match=r"tax_category: missing.*request id: req-\d+"):
        client.post("/products", {"name": "Items"})


def test_a_missing_permission_is_named_as_one(paddle, client):
    paddle.permissions = {"GET"}
    with pytest.raises(PermissionMissing, match="Add the permission"):
        client.post("/products", PRODUCT)


def test_a_revoked_key_is_told_without_the_key(paddle):
    client = PaddleClient(SANDBOX_URL, KEY + "x", paddle.transport())
    with pytest.raises(ProviderRefused, match="does not accept this key") as caught:
        client.get("/products")
    assert KEY not in str(caught.value)


def test_no_address_and_no_card_of_a_person_is_repeated():
    said = "ann@corp.example exists, card 4111 1111 1111 1111"
    error = {"code": "conflict", "detail": said, "errors": []}
    client = answering(httpx.Response(409, json={"error": error, "meta": {}}))
    with pytest.raises(ProviderRefused) as caught:
        client.post("/customers", {})
    assert "ann@" not in str(caught.value)
    assert "4111 1111" not in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, text="<html>Sign in</html>"),
        httpx.Response(200, json=[]),
        httpx.Response(302, headers={"Location": "https://evil.example"}),
        httpx.Response(404, text="nothing"),
        httpx.Response(200, content=b"x", headers={"Content-Encoding": "gzip"}),
        httpx.Response(200, content=b" " * (16 * 1024 * 1024 + 1)),
    ],
    ids=["web page", "list", "elsewhere", "no json", "not encoded", "endless"],
)
def test_what_is_no_answer_of_paddle_is_told(answer):
    with pytest.raises(ProviderUnreachable):
        answering(answer).get("/products")


def test_pages_are_followed_at_paddles_own_address(client, paddle):
    paddle.page = 2
    made = [paddle.add("products")["id"] for _ in range(5)]
    found = [one["id"] for one in client.every("/products", {"order_by": "id[ASC]"})]
    assert found == made


def test_amounts_never_become_floats():
    client = answering(httpx.Response(200, text='{"data": {"rate": 0.1, "n": 5}, "meta": {}}'))
    assert client.get("/prices").data == {"rate": "0.1", "n": 5}
