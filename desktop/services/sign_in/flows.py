"""Authorization Code with PKCE in the browser, the device flow, renewal and revocation.

Source: RFC 6749, 7636, 7009, 8252, 8628, 9207; OpenID Connect Core 1.0.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from authlib.common.errors import AuthlibBaseError

from desktop.domain.errors import AppError, InvalidInput, SignInFailed, SignInNeeded
from desktop.domain.sign_in import DeviceCode, ProviderKind
from desktop.services.sign_in.callback import CallbackListener
from desktop.services.sign_in.provider import oauth_error, scope_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from contract.id_tokens import Identity
    from desktop.domain.sign_in import Provider
    from desktop.services.calls import Report
    from desktop.services.sign_in.provider import ProviderLink

DEVICE_GRANT: Final = "urn:ietf:params:oauth:grant-type:device_code"
RANDOM_BYTES: Final = 32
VERIFIER_BYTES: Final = 48
SLOWER_BY_S: Final = 5
"""RFC 8628 3.5."""
POLL_EVERY_S: Final = 5
LONGEST_POLL_S: Final = 60
DECLINED: Final = "access_denied"
USED_UP: Final = "invalid_grant"
TOO_LATE: Final = "expired_token"


@dataclass(frozen=True, slots=True, repr=False)
class Granted:
    """What a sign-in or renewal brought."""

    identity: Identity
    id_token: str
    refresh_token: str
    """Empty where the provider gave none: then it cannot be renewed."""


class CodeFlow:
    """One sign-in in the browser."""

    def __init__(self, link: ProviderLink, provider: Provider) -> None:
        """Begin to listen. Raises: SignInFailed, SignInUnreachable, InvalidInput."""
        self._link = link
        self._provider = provider
        self._endpoints = link.endpoints()
        self._state = secrets.token_urlsafe(RANDOM_BYTES)
        self._nonce = secrets.token_urlsafe(RANDOM_BYTES)
        self._verifier = secrets.token_urlsafe(VERIFIER_BYTES)
        self.listener = CallbackListener(provider.redirect_port, self._state)

    def url(self) -> str:
        """What the browser has to open."""
        options = {"prompt": "consent"}
        if self._provider.kind is ProviderKind.GOOGLE:
            options["access_type"] = "offline"
        url, _ = self._link.oauth.create_authorization_url(
            self._endpoints.authorization,
            state=self._state,
            code_verifier=self._verifier,
            redirect_uri=self.listener.redirect_uri,
            nonce=self._nonce,
            **options,
        )
        return str(url)

    def finish(self, report: Report, clock: Callable[[], datetime]) -> Granted:
        """Wait for the browser, and trade its code for tokens.

        Raises: SignInFailed, SignInUnreachable, Cancelled.
        """
        code = self._code(self.listener.wait(report))
        answer = _asked(
            self._link,
            lambda: self._link.oauth.fetch_token(
                self._endpoints.token,
                grant_type="authorization_code",
                code=code,
                code_verifier=self._verifier,
                redirect_uri=self.listener.redirect_uri,
            ),
        )
        return _granted(self._link, answer, self._nonce, clock)

    def _code(self, parameters: dict[str, str]) -> str:
        """The code of an answer that is from this provider. Source: RFC 9207 section 2.4."""
        issuer = parameters.get("iss")
        is_missing = issuer is None and self._endpoints.names_issuer_in_callback
        if is_missing or (issuer is not None and issuer != self._provider.issuer):
            raise SignInFailed(
                "The browser came back from another provider than it was sent to. Nobody was "
                "signed in. Try again, and look at the address of the page you sign in at."
            )
        if "error" in parameters:
            raise _refusal(AuthlibBaseError(error=parameters["error"]))
        if not parameters.get("code"):
            raise SignInFailed("The browser came back without an answer. Nobody was signed in.")
        return parameters["code"]


class DeviceFlow:
    """A sign-in for a terminal: somebody types a code in a browser anywhere."""

    def __init__(self, link: ProviderLink, provider: Provider) -> None:
        self._link = link
        self._provider = provider
        self._device_code = ""
        self._interval_s = POLL_EVERY_S

    def begin(self) -> DeviceCode:
        """Raises: SignInFailed, SignInUnreachable, InvalidInput (the provider has no such way)."""
        address = self._link.endpoints().device_authorization
        if not address:
            raise InvalidInput(
                "This provider has no way to sign in with a code. Nobody was signed in. Sign in "
                "with the browser of this computer instead."
            )
        answer = _asked(self._link, lambda: self._code_from(address))
        self._device_code = str(answer.get("device_code", ""))
        self._interval_s = _whole(answer.get("interval"), POLL_EVERY_S)
        return DeviceCode(
            user_code=_printable(answer.get("user_code")),
            verification_url=_printable(answer.get("verification_uri")),
            complete_url=_printable(answer.get("verification_uri_complete")),
            expires_in_s=_whole(answer.get("expires_in"), 0),
        )

    def finish(self, wait: Callable[[float], object], clock: Callable[[], datetime]) -> Granted:
        """Ask until somebody has typed the code.

        Args:
            wait: rests so many seconds between two questions; may raise Cancelled.
            clock: the time, to check the answer with.

        Raises: SignInFailed (declined, or too late), SignInUnreachable.
        """
        while True:
            wait(self._interval_s)
            answer = _asked(self._link, self._poll)
            error = answer.get("error")
            if error is None:
                return _granted(self._link, answer, None, clock)
            if error == "slow_down":
                self._interval_s = min(self._interval_s + SLOWER_BY_S, LONGEST_POLL_S)
            elif error != "authorization_pending":
                # Some providers have forgotten a code that is too old.
                told = TOO_LATE if error == USED_UP else str(error)
                raise _refusal(AuthlibBaseError(error=told))

    def _code_from(self, address: str) -> dict[str, Any]:
        asked = {"client_id": self._provider.client_id, "scope": scope_of(self._provider.kind)}
        answer = self._link.oauth.request("POST", address, data=asked, withhold_token=True)
        answer.raise_for_status()
        return dict(answer.json())

    def _poll(self) -> dict[str, Any]:
        try:
            return dict(
                self._link.oauth.fetch_token(
                    self._link.endpoints().token,
                    grant_type=DEVICE_GRANT,
                    device_code=self._device_code,
                )
            )
        except AuthlibBaseError as error:
            return {"error": error.error}


def renew(
    link: ProviderLink, refresh_token: str, subject: str, clock: Callable[[], datetime]
) -> Granted:
    """New tokens for a refresh token, which may be of no use afterwards.

    Raises:
        SignInNeeded: the provider does not take it any more.
        SignInFailed, SignInUnreachable.
    """
    answer = _asked(
        link,
        lambda: link.oauth.refresh_token(link.endpoints().token, refresh_token=refresh_token),
    )
    granted = _granted(link, answer, None, clock, refresh_token)
    if granted.identity.subject != subject:
        raise SignInFailed("The provider answered for somebody else. Nothing was changed.")
    return granted


def revoke(link: ProviderLink, refresh_token: str) -> bool:
    """Have the provider forget a refresh token; whether it could be told."""
    try:
        address = link.endpoints().revocation
        if not address:
            return False
        with link.told():
            answer = link.oauth.revoke_token(
                address,
                token=refresh_token,
                token_type_hint="refresh_token",  # noqa: S106 (a kind of token)
            )
        return bool(answer.is_success)
    except (AppError, AuthlibBaseError):
        return False


def _asked(link: ProviderLink, ask: Callable[[], Any]) -> dict[str, Any]:
    try:
        with link.told():
            return dict(ask())
    except AuthlibBaseError as error:
        raise _refusal(error) from None


def _granted(
    link: ProviderLink,
    answer: dict[str, Any],
    nonce: str | None,
    clock: Callable[[], datetime],
    refresh_token: str = "",
) -> Granted:
    id_token = answer.get("id_token")
    if not isinstance(id_token, str):
        raise SignInFailed("The provider did not say who signed in. Nobody was signed in.")
    identity = link.identity(id_token, nonce, clock)
    return Granted(identity, id_token, str(answer.get("refresh_token") or refresh_token))


def _refusal(error: AuthlibBaseError) -> AppError:
    """What a provider's refusal means; never its description, which may hold anything."""
    code = oauth_error(error)
    if code == DECLINED:
        return SignInFailed("The sign-in was declined at the provider. Nobody was signed in.")
    if code == USED_UP:
        return SignInNeeded(
            "The provider does not take this sign-in any more: it is too old, was used already, or "
            "was ended there. Sign in again; until then everything in the vault works as before."
        )
    if code == TOO_LATE:
        return SignInFailed("The code was not typed in time. Nobody was signed in. Try again.")
    return SignInFailed(
        f"The provider refused the sign-in ({code or 'no reason given'}). Nobody was signed in. "
        "See whether client id, secret and callback address are as registered there."
    )


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and 0 < value <= 3600 else otherwise  # noqa: PLR2004


def _printable(value: object) -> str:
    """A text for the terminal: without characters that could steer it."""
    text = value if isinstance(value, str) else ""
    return "".join(one for one in text if one.isprintable())[:500]
