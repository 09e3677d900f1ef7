"""Who is signed in on this workspace: begun, renewed and ended. Nothing here runs by itself."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from desktop.domain.errors import InvalidInput, SignInFailed, SignInNeeded
from desktop.domain.sign_in import (
    GOOGLE_HOSTS,
    GOOGLE_ISSUER,
    DeviceCode,
    Provider,
    ProviderKind,
    SignedIn,
    SignedOut,
    SignInStart,
)
from desktop.services.addresses import checked_url
from desktop.services.calls import Report, callable_from_window
from desktop.services.secret_store import SIGN_IN_CLIENT, SIGN_IN_REFRESH
from desktop.services.storage import sign_in
from desktop.services.storage.sign_in import StoredSignIn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from sqlite3 import Connection

    from desktop.services.secret_store import SecretStore
    from desktop.services.sign_in.flows import CodeFlow, DeviceFlow, Granted
    from desktop.services.sign_in.provider import ProviderLink
    from desktop.services.storage.vault import Vault

LONGEST_CLIENT_ID: Final = 500
HIGHEST_PORT: Final = 65_535
LOST_ANSWER: Final = (
    "The last renewal was interrupted before its answer was stored, and the provider takes the "
    "earlier token only once. Sign in again; until then everything in the vault works as before."
)


class SignInService:
    """Needs the open vault. Any thread; one sign-in at a time."""

    def __init__(
        self,
        vault: Vault,
        secrets: SecretStore,
        connect: Callable[[Provider, str], ProviderLink],
        clock: Callable[[], datetime],
    ) -> None:
        """`connect` opens the way to a provider, with the program's secret there if it has one."""
        self._vault = vault
        self._secrets = secrets
        self._connect = connect
        self._clock = clock
        self._lock = threading.Lock()
        self._attempt: tuple[CodeFlow | DeviceFlow, ProviderLink] | None = None
        self._fresh: Granted | None = None

    @callable_from_window
    def status(self) -> SignedIn:
        """Who is signed in; asks nobody."""
        with self._vault.reading() as db:
            return self._signed_in(db)

    @callable_from_window
    def set_provider(self, wanted: Provider, client_secret: str | None) -> SignedIn:
        """Sign in at this provider from now on; who was signed in is no more.

        Args:
            wanted: its issuer, and this program's client id there.
            client_secret: of providers that give desktop programs one, such as Google; None keeps
                the stored one, empty forgets it.

        Raises: InvalidInput (field `issuer`, `client_id`, `redirect_port` or `further_hosts`),
            SignInFailed (it is no provider), SignInUnreachable, VaultError.
        """
        provider = checked_provider(wanted)
        with self._connect(provider, client_secret or "") as link:
            link.endpoints()
        with self._vault.transaction() as db:
            if client_secret:
                self._secrets.keep_one(db, SIGN_IN_CLIENT, "Client secret", client_secret)
            elif client_secret is not None:
                self._secrets.forget(db, SIGN_IN_CLIENT)
            self._secrets.forget(db, SIGN_IN_REFRESH)
            sign_in.write(db, sign_in.with_provider(sign_in.read(db), provider))
            return self._signed_in(db)

    @callable_from_window
    def begin(self, declares_adult: bool) -> SignInStart:  # noqa: FBT001 (a value on the pipe)
        """Begin to sign in; the browser has to be opened at the address that is returned.

        Args:
            declares_adult: that whoever signs in is 18 or older; needed once in a workspace.

        Raises: InvalidInput (field `adult`, or no provider is chosen), SignInFailed,
            SignInUnreachable, VaultError.
        """
        from desktop.services.sign_in.flows import CodeFlow

        provider, link = self._opened(declares_adult=declares_adult)
        try:
            flow = CodeFlow(link, provider)
        except BaseException:
            link.close()
            raise
        self._attempt = flow, link
        return SignInStart(flow.url())

    @callable_from_window
    def finish(self, report: Report) -> SignedIn:
        """Wait for the browser; then somebody is signed in. The port is given back in any case.

        Raises: SignInFailed, SignInUnreachable, VaultError, Cancelled; nobody was signed in.
        """
        from desktop.services.sign_in.flows import CodeFlow

        flow, _ = self._attempt or (None, None)
        if not isinstance(flow, CodeFlow):
            raise SignInFailed("No sign-in is under way. Begin one.")
        try:
            return self._keep(flow.finish(report, self._clock))
        finally:
            self.abandon()

    def begin_on_device(self, *, declares_adult: bool) -> DeviceCode:
        """Begin to sign in with a code that is typed elsewhere. Raises: as `begin`."""
        from desktop.services.sign_in.flows import DeviceFlow

        provider, link = self._opened(declares_adult=declares_adult)
        flow = DeviceFlow(link, provider)
        self._attempt = flow, link
        return flow.begin()

    def finish_on_device(self, wait: Callable[[float], object]) -> SignedIn:
        """Ask until the code was typed; `wait` rests so many seconds. Raises: as `finish`."""
        from desktop.services.sign_in.flows import DeviceFlow

        flow, _ = self._attempt or (None, None)
        if not isinstance(flow, DeviceFlow):
            raise SignInFailed("No sign-in is under way. Begin one.")
        try:
            return self._keep(flow.finish(wait, self._clock))
        finally:
            self.abandon()

    @callable_from_window
    def abandon(self) -> None:
        """End a sign-in that is under way, if there is one, and give its port back."""
        from desktop.services.sign_in.flows import CodeFlow

        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            flow, link = attempt
            if isinstance(flow, CodeFlow):
                flow.listener.close()
            link.close()

    def sign_out(self) -> SignedOut:
        """Forget who is signed in, and have the provider forget it too, if it can be reached."""
        from desktop.services.sign_in.flows import revoke

        with self._vault.transaction() as db:
            stored, token = sign_in.read(db), self._secrets.kept_one(db, SIGN_IN_REFRESH)
            secret = self._secrets.kept_one(db, SIGN_IN_CLIENT) or ""
            self._secrets.forget(db, SIGN_IN_REFRESH)
            sign_in.write(db, sign_in.forgotten(stored))
        self._fresh = None
        if token is None:
            return SignedOut(told_provider=False, told_service=False)
        with self._connect(stored.signed_in.provider, secret) as link:
            return SignedOut(told_provider=revoke(link, token), told_service=False)

    def id_token(self) -> str:
        """A token that says who is signed in, for a service: of this sign-in, or renewed.

        Raises: SignInNeeded, SignInFailed, SignInUnreachable, VaultError.
        """
        with self._lock:
            fresh, self._fresh = self._fresh, None
            if fresh is not None and fresh.identity.expires_s > self._clock().timestamp():
                return fresh.id_token
            return self._renewed().id_token

    def _renewed(self) -> Granted:
        """New tokens. What was kept before is kept until they are stored."""
        from desktop.services.sign_in.flows import renew

        with self._vault.transaction() as db:
            stored, token = sign_in.read(db), self._secrets.kept_one(db, SIGN_IN_REFRESH)
            secret = self._secrets.kept_one(db, SIGN_IN_CLIENT) or ""
            signed_in = stored.signed_in
            if not signed_in.is_signed_in or token is None or signed_in.ended:
                raise SignInNeeded(signed_in.ended or "Nobody is signed in. Sign in first.")
            sign_in.note_renewal(db, self._clock())
        try:
            with self._connect(signed_in.provider, secret) as link:
                granted = renew(link, token, signed_in.subject, self._clock)
        except SignInNeeded as needed:
            reason = LOST_ANSWER if stored.renewing_since is not None else str(needed)
            self._end(reason)
            raise SignInNeeded(reason) from needed
        with self._vault.transaction() as db:
            self._store_refresh(db, granted)
            sign_in.note_renewal(db, None)
        return granted

    def _end(self, reason: str) -> None:
        with self._vault.transaction() as db:
            self._secrets.forget(db, SIGN_IN_REFRESH)
            sign_in.end(db, reason)

    def _keep(self, granted: Granted) -> SignedIn:
        identity = granted.identity
        with self._vault.transaction() as db:
            before = sign_in.read(db)
            is_same = before.signed_in.subject == identity.subject
            signed_in = SignedIn(
                provider=before.signed_in.provider,
                subject=identity.subject,
                name=identity.name,
                email=identity.email,
                at=self._clock(),
                device_id=before.signed_in.device_id if is_same else "",
            )
            ends = before.device_ends if is_same else None
            sign_in.write(db, StoredSignIn(signed_in, device_ends=ends))
            self._store_refresh(db, granted)
            self._fresh = granted
            return self._signed_in(db)

    def _store_refresh(self, db: Connection, granted: Granted) -> None:
        if granted.refresh_token:
            self._secrets.keep_one(db, SIGN_IN_REFRESH, "Sign-in", granted.refresh_token)
        else:
            self._secrets.forget(db, SIGN_IN_REFRESH)

    def _opened(self, *, declares_adult: bool) -> tuple[Provider, ProviderLink]:
        self.abandon()
        with self._vault.transaction() as db:
            provider = sign_in.read(db).signed_in.provider
            secret = self._secrets.kept_one(db, SIGN_IN_CLIENT) or ""
            if not provider.is_set_up:
                raise InvalidInput("No provider to sign in at is chosen yet. Choose one.")
            profile = sign_in.profile(db)
            if profile.adult_declared_at is None:
                _require_adult(declares_adult=declares_adult)
                sign_in.store_profile(db, replace(profile, adult_declared_at=self._clock()))
        return provider, self._connect(provider, secret)

    def _signed_in(self, db: Connection) -> SignedIn:
        found = sign_in.read(db).signed_in
        has_secret = self._secrets.kept_one(db, SIGN_IN_CLIENT) is not None
        return replace(found, provider=replace(found.provider, has_client_secret=has_secret))


def checked_provider(wanted: Provider) -> Provider:
    """A provider as it is stored. Raises: InvalidInput, with the field."""
    is_google = wanted.kind is ProviderKind.GOOGLE
    issuer = GOOGLE_ISSUER if is_google else wanted.issuer.strip()
    try:
        checked_url(issuer)
    except InvalidInput as error:
        raise InvalidInput(str(error), field="issuer") from error
    client_id = wanted.client_id.strip()
    if not client_id.isascii() or not client_id.isprintable() or not client_id:
        raise InvalidInput(
            "A client id is needed: the provider shows it where this program is registered. "
            "Nothing was changed.",
            field="client_id",
        )
    if not 0 <= wanted.redirect_port <= HIGHEST_PORT or len(client_id) > LONGEST_CLIENT_ID:
        raise InvalidInput(
            "The port is a number up to 65535; 0 takes any free one. Nothing was changed.",
            field="redirect_port",
        )
    hosts = GOOGLE_HOSTS if is_google else tuple(_place(text) for text in wanted.further_hosts)
    return Provider(wanted.kind, issuer, client_id, wanted.redirect_port, hosts)


def _place(text: str) -> str:
    try:
        parts = urlsplit(f"//{text.strip()}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host or parts.path or parts.query or "@" in text:
        raise InvalidInput(
            "Write a host as login.example.com, or with its port behind a colon. Nothing was "
            "changed.",
            field="further_hosts",
        )
    return f"{host}:{port or 443}"


def _require_adult(*, declares_adult: bool) -> None:
    if not declares_adult:
        raise InvalidInput(
            "An account is for people of 18 years or more. Nobody was signed in. Say that you are, "
            "or have somebody else run this workspace.",
            field="adult",
        )
