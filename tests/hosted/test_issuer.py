"""The keys of the sign-in provider: read once, kept for a day, read once more for a new one."""

import asyncio

import httpx
import pytest

from contract.id_tokens import KeyUnknown, TokenRejected
from hosted.clock import DAY_US, SECOND_US
from hosted.errors import StartFailed
from hosted.people.issuer import LARGEST_ANSWER, Issuer, IssuerUnreachable, SignInSettings
from tests.contract.issuer import CLIENT, ISSUER, NOW_S, RSA, document, new_rsa, signed

SECOND_KEY = new_rsa("rsa-2")


class Provider:
    """A provider in memory, and a service's view of it."""

    def __init__(self):
        self.now_us = NOW_S * SECOND_US
        self.keys, self.read = [RSA], 0
        self.answers = {}
        transport = httpx.MockTransport(self._answer)
        settings = SignInSettings(ISSUER, (CLIENT,))
        self.issuer = Issuer(settings, lambda: self.now_us, transport)

    def later(self, seconds):
        self.now_us += seconds * SECOND_US

    def token(self, **changes):
        now_s = self.now_us // SECOND_US
        return signed(**{"iat": now_s, "exp": now_s + 300, "nonce": None} | changes)

    def _answer(self, request):
        if request.url.path in self.answers:
            return self.answers[request.url.path]
        if request.url.path == "/keys":
            self.read += 1
            return httpx.Response(200, json=document(*self.keys))
        return httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys"})

    async def name(self, **changes):
        return (await self.issuer.identity(self.token(**changes))).name


@pytest.fixture
def provider():
    return Provider()


def test_keys_are_read_once_for_many_tokens_that_come_at_once(provider):
    async def story():
        return await asyncio.gather(*(provider.name() for _ in range(10)))

    assert asyncio.run(story()) == ["Ann"] * 10
    assert provider.read == 1


def test_new_key_has_the_keys_read_once_more(provider):
    async def story():
        await provider.name()
        provider.keys = [RSA, SECOND_KEY]
        provider.later(60)
        return await asyncio.gather(*(provider.name(key=SECOND_KEY) for _ in range(5)))

    assert asyncio.run(story()) == ["Ann"] * 5
    assert provider.read == 2


def test_made_up_keys_do_not_have_them_read_again_and_again(provider):
    async def story():
        await provider.name()
        provider.later(60)
        for number in range(20):
            with pytest.raises(KeyUnknown):
                await provider.name(header={"kid": f"no-{number}"})

    asyncio.run(story())
    assert provider.read == 2


def test_key_that_was_withdrawn_is_not_believed_for_ever(provider):
    async def story():
        await provider.name()
        provider.keys = [SECOND_KEY]
        provider.now_us += DAY_US + 1
        with pytest.raises(KeyUnknown):
            await provider.name()

    asyncio.run(story())


def test_keys_that_are_known_hold_while_the_provider_is_away(provider):
    async def story():
        await provider.name()
        provider.answers = dict.fromkeys(("/keys",), httpx.Response(503))
        provider.now_us += DAY_US + 1
        return await provider.name()

    assert asyncio.run(story()) == "Ann"


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(500),
        httpx.Response(302, headers={"location": "https://elsewhere.example"}),
        httpx.Response(200, content=b"no"),
        httpx.Response(200, json=[]),
        httpx.Response(200, content=b" " * (LARGEST_ANSWER + 1)),
        httpx.Response(200, json={"issuer": "https://elsewhere.example"}),
        httpx.Response(200, json={"issuer": ISSUER}),
        httpx.Response(200, json={"issuer": ISSUER, "jwks_uri": "http://issuer.example/keys"}),
    ],
)
def test_provider_that_cannot_be_understood_lets_nobody_in(provider, answer):
    provider.answers["/.well-known/openid-configuration"] = answer
    with pytest.raises(IssuerUnreachable, match="tokens of the service work as before"):
        asyncio.run(provider.name())


def test_clock_may_be_a_minute_off_and_not_ten(provider):
    token = provider.token()
    provider.later(-59)
    assert asyncio.run(provider.issuer.identity(token)).name == "Ann"
    for seconds in (-541, 1200):
        provider.later(seconds)
        with pytest.raises(TokenRejected):
            asyncio.run(provider.issuer.identity(token))


@pytest.mark.parametrize("issuer", ["http://issuer.example", "issuer", "https://i.example/?a", ""])
def test_issuer_that_cannot_be_asked_safely_is_refused(issuer):
    with pytest.raises(StartFailed, match="Nothing was started"):
        SignInSettings(issuer, (CLIENT,))
