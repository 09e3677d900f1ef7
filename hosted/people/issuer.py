"""The provider whose tokens this service believes, and its keys."""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from contract.id_tokens import Expected, Identity, Keys, KeyUnknown, verified
from hosted.clock import SECOND_US, Clock
from hosted.errors import ServiceError, StartFailed

DISCOVERY: Final = "/.well-known/openid-configuration"
LARGEST_ANSWER: Final = 512 * 1024
TIMEOUT_S: Final = 10.0
KEPT_FOR_US: Final = 24 * 3600 * SECOND_US
"""Keys are read anew after a day, so that one that was withdrawn is not believed for ever."""
READ_AT_MOST_EVERY_US: Final = 10 * SECOND_US
"""However many tokens come with keys nobody knows."""


class IssuerUnreachable(ServiceError):
    """The provider did not tell its keys; nobody can sign in until it does."""


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """Whose tokens are believed, by the operator's word."""

    issuer: str
    audiences: tuple[str, ...]

    def __post_init__(self) -> None:
        """Raises: StartFailed, the issuer cannot be asked safely, or no audience was given."""
        parts = urlsplit(self.issuer)
        is_safe = parts.scheme == "https" or (
            parts.scheme == "http" and _is_loopback(parts.hostname)
        )
        if not is_safe or not parts.hostname or parts.query or parts.fragment:
            raise StartFailed(
                "--sign-in-issuer has to be the https address that the provider calls itself. "
                "Nothing was started."
            )
        if not self.audiences:
            raise StartFailed(
                "--sign-in-issuer needs --sign-in-audience: the client id of the desktops there. "
                "Nothing was started: without one, tokens for other programs would be believed."
            )


class Issuer:
    """Checks tokens of one provider. On the event loop's thread."""

    def __init__(
        self,
        settings: SignInSettings,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """`transport` stands in for the network; the real one by default."""
        self._settings = settings
        self._clock = clock
        self._transport = transport
        self._keys: Keys | None = None
        self._read_us = 0
        self._reading = asyncio.Lock()

    @property
    def name(self) -> str:
        """What the provider calls itself."""
        return self._settings.issuer

    async def identity(self, token: str) -> Identity:
        """Whom a token speaks of. A key that is not known has the keys read once more.

        Raises:
            TokenRejected: it must not be believed.
            IssuerUnreachable: the provider's keys are not known.
        """
        keys = await self._current(self._keys is None or self._age_us() > KEPT_FOR_US)
        try:
            return self._checked(token, keys)
        except KeyUnknown:
            if self._age_us() < READ_AT_MOST_EVERY_US:
                raise
            return self._checked(token, await self._current(wants_new=True))

    def _checked(self, token: str, keys: Keys) -> Identity:
        now_s = self._clock() // SECOND_US
        expected = Expected(self._settings.issuer, self._settings.audiences, None, now_s)
        return verified(token, keys, expected)

    def _age_us(self) -> int:
        return self._clock() - self._read_us

    async def _current(self, wants_new: bool) -> Keys:  # noqa: FBT001 (said at both calls)
        asked_us = self._read_us
        async with self._reading:
            if self._keys is None or (wants_new and self._read_us == asked_us):
                self._keys = await self._read()
                self._read_us = self._clock()
            return self._keys

    async def _read(self) -> Keys:
        client = httpx.AsyncClient(transport=self._transport, timeout=TIMEOUT_S)
        try:
            async with client:
                found = await _json(client, self._settings.issuer.rstrip("/") + DISCOVERY)
                address = found.get("jwks_uri")
                if found.get("issuer") != self._settings.issuer or not isinstance(address, str):
                    raise ValueError("another issuer")  # noqa: TRY301 (told with the others)
                if urlsplit(address).scheme != "https" and not _is_loopback(
                    urlsplit(address).hostname
                ):
                    raise ValueError("keys in the clear")  # noqa: TRY301
                return Keys(await _json(client, address))
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            if self._keys is not None:
                return self._keys
            raise IssuerUnreachable(
                "The service cannot read the keys of the sign-in provider. Nobody was signed in; "
                "tokens of the service work as before. Try again in a minute."
            ) from error


async def _json(client: httpx.AsyncClient, address: str) -> Mapping[str, Any]:
    content = b""
    async with client.stream("GET", address, headers={"accept": "application/json"}) as answer:
        answer.raise_for_status()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > LARGEST_ANSWER:
                raise ValueError("too large")
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("no object")  # noqa: TRY004 (of the wrong kind, like the others)
    return found


def _is_loopback(host: str | None) -> bool:
    try:
        return ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
