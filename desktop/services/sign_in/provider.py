"""What an OpenID provider says of itself, its keys, and the client that talks to it.

Source: OpenID Connect Discovery 1.0 section 4, RFC 8414 section 3.
"""

from __future__ import annotations

import json
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
from authlib.common.errors import AuthlibBaseError

from contract.id_tokens import Expected, Identity, Keys, KeyUnknown, TokenRejected, verified
from desktop.domain.errors import (
    CertificateProblem,
    HostNotAllowed,
    InvalidInput,
    SignInFailed,
    SignInUnreachable,
)
from desktop.domain.network import Purpose
from desktop.domain.sign_in import ProviderKind
from desktop.services.addresses import is_loopback, place_of
from desktop.services.tls import tls_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from authlib.integrations.httpx_client import OAuth2Client

    from desktop.domain.sign_in import Provider
    from desktop.services.door import Door

DISCOVERY: Final = "/.well-known/openid-configuration"
LARGEST_ANSWER: Final = 512 * 1024
TIMEOUT: Final = httpx.Timeout(30.0, connect=5.0)
CLOCK: Final = frozenset({"exp", "iat", "nbf"})


@dataclass(frozen=True, slots=True)
class Endpoints:
    """The addresses of a provider that are used here; empty where it has none."""

    authorization: str
    token: str
    keys: str
    revocation: str
    device_authorization: str
    names_issuer_in_callback: bool


class ProviderLink:
    """The way to one provider: its hosts and no others. Use it on one thread, as a context."""

    def __init__(self, door: Door, provider: Provider, client_secret: str) -> None:
        self._provider = provider
        self._places = {place_of(provider.issuer), *provider.further_hosts}
        self._transport = _ByHost(door, self._places)
        self._client = _client(provider, client_secret, self._transport)
        self._endpoints: Endpoints | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of its connections."""
        self._client.close()

    @property
    def oauth(self) -> OAuth2Client:
        """Makes and sends the requests of OAuth 2."""
        return self._client

    def endpoints(self) -> Endpoints:
        """Raises: SignInUnreachable, SignInFailed (not this issuer's, or on other hosts)."""
        if self._endpoints is None:
            issuer = self._provider.issuer
            found = self._json(issuer.rstrip("/") + DISCOVERY)
            if found.get("issuer") != issuer:
                raise SignInFailed(
                    "What the provider says of itself names another issuer. Nobody was signed in. "
                    "Write the issuer exactly as the provider does, with or without / at the end."
                )
            self._endpoints = self._checked(found)
        return self._endpoints

    def identity(self, id_token: str, nonce: str | None, clock: Callable[[], datetime]) -> Identity:
        """Who signed in; keys are read once more when the token's key is not among them.

        Raises: SignInUnreachable, SignInFailed.
        """
        expected = Expected(
            issuer=self._provider.issuer,
            audiences=(self._provider.client_id,),
            nonce=nonce,
            now_s=int(clock().timestamp()),
        )
        address = self.endpoints().keys
        try:
            try:
                return verified(id_token, Keys(self._json(address)), expected)
            except KeyUnknown:
                return verified(id_token, Keys(self._json(address)), expected)
        except TokenRejected as error:
            raise SignInFailed(_about_token(error.claim)) from error

    @contextmanager
    def told(self) -> Iterator[None]:
        """Say what is wrong with the provider, in words and without anything it sent."""
        try:
            yield
        except httpx.TransportError as error:
            raise _unreachable(self._provider.issuer, error) from None
        except (httpx.HTTPStatusError, ValueError):
            raise SignInFailed(
                "The provider answered in a way that is none of OpenID Connect. Nobody was signed "
                "in. Try again later."
            ) from None

    def _json(self, address: str) -> dict[str, Any]:
        with (
            self.told(),
            httpx.Client(transport=self._transport, timeout=TIMEOUT) as client,
            client.stream("GET", address, headers={"accept": "application/json"}) as answer,
        ):
            answer.raise_for_status()
            found = json.loads(_bounded(answer))
        if not isinstance(found, dict):
            raise SignInFailed("The provider's description is not one. Nobody was signed in.")
        return found

    def _checked(self, found: dict[str, Any]) -> Endpoints:
        def at(name: str, *, required: bool = False) -> str:
            address = found.get(name, "")
            if not isinstance(address, str) or (required and not address):
                raise SignInFailed(
                    f"The provider does not say where its {name} is. Nobody was signed in. See "
                    "whether the issuer is right."
                )
            if address:
                self._require_place(address)
            return address

        return Endpoints(
            authorization=at("authorization_endpoint", required=True),
            token=at("token_endpoint", required=True),
            keys=at("jwks_uri", required=True),
            revocation=at("revocation_endpoint"),
            device_authorization=at("device_authorization_endpoint"),
            names_issuer_in_callback=(
                found.get("authorization_response_iss_parameter_supported") is True
            ),
        )

    def _require_place(self, address: str) -> None:
        """Raises: InvalidInput (field `further_hosts`) for an address elsewhere."""
        parts = httpx.URL(address)
        is_encrypted = parts.scheme == "https" or is_loopback(parts.host)
        if place_of(address) not in self._places or not is_encrypted:
            raise InvalidInput(
                f"The provider wants to use {place_of(address)} as well, which you have not named. "
                "Nothing was sent there. If it belongs to your provider, add it to its hosts.",
                field="further_hosts",
            )


class _ByHost(httpx.BaseTransport):
    """A way to each host of a provider, made when it is first needed."""

    def __init__(self, door: Door, places: set[str]) -> None:
        self._door = door
        self._places = places
        self._ways: dict[str, httpx.BaseTransport] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises: HostNotAllowed, and what the library raises."""
        address = str(request.url)
        place = place_of(address)
        if place not in self._places:
            raise HostNotAllowed(f"{place} is not among the provider's hosts. It was not asked.")
        if place not in self._ways:
            self._ways[place] = self._door.transport(address, Purpose.SIGN_IN)
        return self._ways[place].handle_request(request)

    def close(self) -> None:
        """Nothing is kept: the ways are closed with each client, and opened by the next."""
        ways, self._ways = self._ways, {}
        for way in ways.values():
            way.close()


def _client(provider: Provider, client_secret: str, transport: httpx.BaseTransport) -> OAuth2Client:
    with warnings.catch_warnings():
        # The library prefers httpx2; the program has one HTTP library, and that is httpx.
        from authlib.deprecate import AuthlibDeprecationWarning

        warnings.simplefilter("ignore", AuthlibDeprecationWarning)
        from authlib.integrations.httpx_client import OAuth2Client

    return OAuth2Client(
        client_id=provider.client_id,
        client_secret=client_secret or None,
        token_endpoint_auth_method="client_secret_post" if client_secret else "none",
        revocation_endpoint_auth_method="client_secret_post" if client_secret else "none",
        scope=scope_of(provider.kind),
        code_challenge_method="S256",
        transport=transport,
        timeout=TIMEOUT,
        trust_env=False,
    )


def scope_of(kind: ProviderKind) -> str:
    """What is asked for: who somebody is, and to stay signed in. Google has no scope for that."""
    scope = "openid email profile"
    return scope if kind is ProviderKind.GOOGLE else f"{scope} offline_access"


def oauth_error(error: AuthlibBaseError) -> str:
    """The code of a refusal as the standards name it; empty for anything else."""
    code = error.error or ""
    return code if code.isascii() and code.replace("_", "").isalpha() else ""


def _bounded(answer: httpx.Response) -> bytes:
    content = b""
    for chunk in answer.iter_bytes():
        content += chunk
        if len(content) > LARGEST_ANSWER:
            raise ValueError("too large")
    return content


def _unreachable(issuer: str, error: httpx.TransportError) -> SignInUnreachable:
    fault = tls_fault(error)
    if fault is not None:
        raise CertificateProblem(
            f"The certificate of {place_of(issuer)} is not trusted. Nothing was sent and nobody "
            "was signed in. See whether the address is right."
        ) from None
    return SignInUnreachable(
        f"{place_of(issuer)} cannot be reached ({type(error).__name__}). Nothing was changed; "
        "everything that is in the vault works as before. Try again when you are online."
    )


def _about_token(claim: str) -> str:
    if claim in CLOCK:
        return (
            "The provider's answer is of another time than this computer's clock shows. Nobody was "
            "signed in. Set the clock right, then try again."
        )
    return (
        f"The provider's answer cannot be trusted: its {claim} is not what it has to be. Nobody "
        "was signed in. Try again; if it stays so, tell whoever runs the provider."
    )
