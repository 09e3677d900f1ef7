"""How the service may be reached: plain on this computer only, else by TLS or behind a proxy."""

import ipaddress
from collections.abc import Awaitable, Callable, MutableMapping
from http import HTTPStatus
from typing import Any, Final

from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from hosted.errors import StartFailed

LOOPBACK: Final = ("127.0.0.0/8", "::1/128")
REFUSED: Final = b"This service takes connections from its proxy only.\n"

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def check_exposure(host: str, *, has_tls: bool, proxies: tuple[Network, ...] | None) -> None:
    """Refuse to take keys and usage over a network in the clear.

    Args:
        host: the address to listen on.
        has_tls: whether connections are encrypted.
        proxies: networks of the proxies in front; empty when they are on this computer, None
            when there are none.

    Raises:
        StartFailed: the address is not this computer's own, and nothing encrypts.
    """
    if has_tls or _is_loopback(host):
        return
    if proxies is None:
        raise StartFailed(
            f"The service would send keys and usage over the network unencrypted on {host}. "
            "Nothing was started. Give --tls-cert and --tls-key, or listen on 127.0.0.1 and let a "
            "proxy on this computer do TLS (--behind-proxy)."
        )
    if not proxies:
        raise StartFailed(
            f"With --behind-proxy and --host {host} the service must know which addresses its "
            "proxy has. Nothing was started. Say --behind-proxy=10.0.0.5, or a network such as "
            "10.0.0.0/28; or listen on 127.0.0.1 if the proxy is on this computer."
        )


def networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks in a list with commas.

    Raises:
        ValueError: one of them is none.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    return tuple(ipaddress.ip_network(word) for word in words)


class BehindProxy:
    """ASGI wrapper: only the proxy and this computer may connect, and only the proxy is believed.

    What the proxy says of the client (`X-Forwarded-For`, `X-Forwarded-Proto`) replaces its own
    address, so that throttling and network statistics see who really calls.
    """

    def __init__(self, app: Any, proxies: tuple[Network, ...]) -> None:  # noqa: ANN401
        self._trusted = (*networks(",".join(LOOPBACK)), *proxies)
        trusted = [str(network) for network in self._trusted]
        self._app = ProxyHeadersMiddleware(app, trusted)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request of the proxy through; refuse every other one."""
        peer = _peer(scope)
        if peer is None or not any(peer in network for network in self._trusted):
            await _refuse(scope, send)
            return
        scope["client"] = (str(peer), scope["client"][1])
        await self._app(scope, receive, send)  # type: ignore[arg-type]


def _peer(scope: Message) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    client = scope.get("client")
    if not client:
        return None
    address = ipaddress.ip_address(client[0].partition("%")[0])
    return getattr(address, "ipv4_mapped", None) or address


async def _refuse(scope: Message, send: Send) -> None:
    kind = "websocket.http" if scope["type"] == "websocket" else "http"
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    start = {"type": f"{kind}.response.start", "status": HTTPStatus.FORBIDDEN, "headers": headers}
    await send(start)
    await send({"type": f"{kind}.response.body", "body": REFUSED})


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
