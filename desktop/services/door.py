"""The only way out of this program: hosts of the registry, TLS that is checked, through a proxy.

Every client of the service is made here, so that nothing is contacted that the owner has not named.
"""

import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import httpx

from desktop.domain.errors import HostNotAllowed, ProxyProblem, VaultLocked
from desktop.domain.network import ProxyMode, Purpose
from desktop.services.addresses import host_in_url, is_loopback, place_of
from desktop.services.storage import network
from desktop.services.storage.network import StoredOptions
from desktop.services.tls import CheckedContext, tls_fault

if TYPE_CHECKING:
    from desktop.services.client import ServiceClient
    from desktop.services.network_log import NetworkLog
    from desktop.services.storage.vault import Vault

PROXY_AUTH: Final = "proxy_auth"
"""What the sealed user and password of a proxy are bound to."""


class Door:
    """Makes clients that go by the workspace's choices as they are now. Any thread."""

    def __init__(self, vault: "Vault", log: "NetworkLog") -> None:
        self._vault = vault
        self._log = log

    def client(self, url: str, owner_token: str) -> "ServiceClient":
        """A client for an address that the owner has named. Raises: ProxyProblem, VaultError."""
        from desktop.services.client import ServiceClient

        return ServiceClient(url, owner_token, self.transport(url, Purpose.SERVICE))

    def transport(self, url: str, purpose: Purpose) -> "GuardedTransport":
        """The way to a host that the owner has named. Raises: ProxyProblem, VaultError."""
        host = place_of(url)
        self._log.allow(host, purpose)
        options = self._options()
        proxy = None if is_loopback(urlsplit(url).hostname or "") else self._proxy(url, options)
        if proxy is not None:
            self._log.allow(place_of(str(proxy.url)), Purpose.PROXY)
        pin = options.pin if options.pin_host == host else ""
        if pin and proxy is not None and proxy.url.scheme == "https":
            raise ProxyProblem(
                "A pinned key cannot be checked through a proxy that is reached by https itself. "
                "Nothing was sent. Name a proxy that begins with http://, or take the pin away."
            )
        context = CheckedContext.of(options.ca_pem, pin, lambda key: self._log.note_key(host, key))
        inner = httpx.HTTPTransport(verify=context, proxy=proxy, trust_env=False)
        return GuardedTransport(inner, self._log, None if proxy is None else proxy.url)

    def connect(self, host: str, port: int, purpose: Purpose, timeout_s: float) -> socket.socket:
        """A plain connection to a host that the owner has named, past any proxy.

        Raises: OSError, which the registry notes as well.
        """
        place = place_of(f"//{host_in_url(host)}:{port}")
        self._log.allow(place, purpose)
        try:
            return socket.create_connection((host, port), timeout_s)
        except OSError as error:
            self._log.note_failure(place, type(error).__name__)
            raise

    def note_exchange(self, host: str, port: int, sent_bytes: int) -> None:
        """Keep book of what went over such a connection."""
        self._log.note_exchange(place_of(f"//{host_in_url(host)}:{port}"), sent_bytes, 0)

    def tls(self) -> CheckedContext:
        """Trusts the system's authorities and the workspace's own, without a pin."""
        return CheckedContext.of(self._options().ca_pem, "", lambda _key: None)

    def _options(self) -> StoredOptions:
        """The stored choices; those of a new workspace before there is an open vault."""
        try:
            with self._vault.reading() as db:
                return network.options(db)
        except VaultLocked:
            return StoredOptions()

    def _proxy(self, url: str, options: StoredOptions) -> httpx.Proxy | None:
        match options.proxy:
            case ProxyMode.NONE:
                return None
            case ProxyMode.OWN:
                return httpx.Proxy(options.proxy_url, auth=self._auth(options))
            case ProxyMode.SYSTEM:
                return _system_proxy(url)

    def _auth(self, options: StoredOptions) -> tuple[str, str] | None:
        if options.proxy_auth is None:
            return None
        user, _, password = self._vault.unseal(options.proxy_auth, PROXY_AUTH).partition(b"\0")
        return user.decode("utf-8"), password.decode("utf-8")


class GuardedTransport(httpx.BaseTransport):
    """Passes requests to hosts of the registry on, and keeps book of them."""

    def __init__(
        self, inner: httpx.BaseTransport, log: "NetworkLog", proxy: httpx.URL | None = None
    ) -> None:
        self._inner = inner
        self._log = log
        self._proxy = proxy

    def close(self) -> None:
        self._inner.close()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Raises: HostNotAllowed, and what the library raises."""
        host = place_of(str(request.url))
        self._log.require(host)
        if request.url.scheme != "https" and not is_loopback(request.url.host):
            raise HostNotAllowed(
                f"Something asked for {host} without encryption. It was not contacted and nothing "
                "was sent. Only services on this computer are reached by plain http."
            )
        with self._told(host):
            response = self._inner.handle_request(request)
        sent = len(request.content) if _has_content(request) else 0
        return httpx.Response(
            response.status_code,
            headers=response.headers,
            stream=_Counted(
                response.stream, lambda received: self._log.note_exchange(host, sent, received)
            ),
            extensions=response.extensions,
        )

    @contextmanager
    def _told(self, host: str) -> Iterator[None]:
        """Note why a host could not be asked; with a proxy, tell its troubles from the host's."""
        try:
            yield
        except httpx.ProxyError:
            self._blame_proxy(host, "The proxy refused")
            raise
        except httpx.ConnectError as error:
            if self._proxy is not None and tls_fault(error) is None:
                self._blame_proxy(host, "The proxy cannot be reached")
                raise httpx.ProxyError(str(error)) from error
            self._log.note_failure(host, "No connection")
            raise
        except httpx.TransportError as error:
            self._log.note_failure(host, type(error).__name__)
            raise

    def _blame_proxy(self, host: str, problem: str) -> None:
        self._log.note_failure(host, problem)
        if self._proxy is not None:
            self._log.note_failure(place_of(str(self._proxy)), problem)


class _Counted(httpx.SyncByteStream):
    """The body of an answer; tells how much of it there was when it is closed."""

    def __init__(self, stream: object, told: Callable[[int], None]) -> None:
        self._stream = stream
        self._told: Callable[[int], None] | None = told
        self._received = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:  # type: ignore[attr-defined]
            self._received += len(chunk)
            yield chunk

    def close(self) -> None:
        if isinstance(self._stream, httpx.SyncByteStream):
            self._stream.close()
        told, self._told = self._told, None
        if told is not None:
            told(self._received)


def _has_content(request: httpx.Request) -> bool:
    return isinstance(request.stream, httpx.ByteStream)


def _system_proxy(url: str) -> httpx.Proxy | None:
    """What the environment, or on macOS and Windows the system's settings, say."""
    parts = urlsplit(url)
    found = urllib.request.getproxies()
    address = found.get(parts.scheme) or found.get("all")
    if not address or urllib.request.proxy_bypass(parts.netloc):
        return None
    try:
        return httpx.Proxy(address if "://" in address else f"http://{address}")
    except (ValueError, httpx.InvalidURL) as error:
        raise ProxyProblem(
            "The proxy that this computer's settings name cannot be used. Nothing was sent. Put "
            "the settings right, or choose a proxy for this workspace."
        ) from error
