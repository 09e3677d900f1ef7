"""The library's requests through the one way out of this program, with patience of our own.

The library tries once and never again when it is asked to slow down, so every retry is here: the
same request with the same idempotency key.
"""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx
import stamina
import stamina.instrumentation
import stripe
from stripe import _util

from desktop.services.retry_after import retry_after_s
from desktop.services.service_faults import is_untrusted

CONNECT_TIMEOUT_S: Final = 5.0
READ_TIMEOUT_S: Final = 40.0
MOST_BYTES: Final = 64 * 2**20
BUSY: Final = frozenset({409, 429, 500, 502, 503, 504})
"""409: another request holds the object, or the first try of this one is still being worked on."""
LONGEST_PAUSE_S: Final = 30.0
"""A `Retry-After` above this ends the attempt."""
KEPT_QUIET: Final = frozenset({"x-stripe-client-user-agent", "x-stripe-client-telemetry"})
"""Headers that describe this computer; nobody needs them."""

OpenTransport = Callable[[str], httpx.BaseTransport]
"""Takes a base address and makes the way there; see `desktop.services.door`."""

# Below a warning the library writes whole bodies; to the error stream too if a variable says so.
logging.getLogger("stripe").setLevel(logging.WARNING)
_util.STRIPE_LOG = None
stripe.enable_telemetry = False
# The default hooks log the arguments of what is retried.
stamina.instrumentation.set_on_retry_hooks(())


@dataclass(frozen=True, slots=True)
class Patience:
    """How often a request is tried, and how long the pauses in between get."""

    attempts: int = 6
    longest_pause_s: float = 8.0


class _Busy(Exception):
    """An answer that another try may better; it is the answer if none does."""

    def __init__(self, answer: tuple[str, int, Mapping[str, str]], pause_s: float) -> None:
        super().__init__()
        self.answer = answer
        self.pause_s = pause_s


class DoorClient(stripe.HTTPClient):
    """Sends for the library. Any thread."""

    name = "door"

    def __init__(self, open_transport: OpenTransport, patience: Patience | None = None) -> None:
        super().__init__()
        self._open = open_transport
        self._patience = patience or Patience()
        self._lock = threading.Lock()
        self._clients: dict[str, httpx.Client] = {}

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None,
        post_data: Any = None,  # noqa: ANN401 (as the library has it)
        *,
        _usage: list[str] | None = None,
    ) -> tuple[str, int, Mapping[str, str]]:
        """Raises: stripe.APIConnectionError, and what the door raises."""
        client = self._client(url)
        kept = {k: v for k, v in (headers or {}).items() if k.lower() not in KEPT_QUIET}
        request = client.build_request(method, url, headers=kept, content=post_data)
        try:
            return self._patiently(client, request)
        except _Busy as busy:
            return busy.answer
        except httpx.TransportError as error:
            raise stripe.APIConnectionError(type(error).__name__) from error  # type: ignore[no-untyped-call]

    def close(self) -> None:
        with self._lock:
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def _patiently(
        self, client: httpx.Client, request: httpx.Request
    ) -> tuple[str, int, Mapping[str, str]]:
        patience = self._patience
        for attempt in stamina.retry_context(
            on=_pause_before_retry,
            attempts=patience.attempts,
            timeout=None,
            wait_initial=0.5,
            wait_max=patience.longest_pause_s,
        ):
            with attempt:
                return _answer(client, request)
        raise AssertionError  # the loop above returns or raises

    def _client(self, url: str) -> httpx.Client:
        parts = urlsplit(url)
        base = f"{parts.scheme}://{parts.netloc}"
        with self._lock:
            if base not in self._clients:
                self._clients[base] = httpx.Client(
                    transport=self._open(base),
                    timeout=httpx.Timeout(READ_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
                    trust_env=False,
                )
            return self._clients[base]


def _answer(client: httpx.Client, request: httpx.Request) -> tuple[str, int, Mapping[str, str]]:
    response = client.send(request, stream=True)
    try:
        content = bytearray()
        for chunk in response.iter_bytes():
            content += chunk
            if len(content) > MOST_BYTES:
                raise httpx.ReadError("")
    except httpx.DecodingError as error:
        raise httpx.ReadError("") from error
    finally:
        response.close()
    answer = (content.decode("utf-8", "replace"), response.status_code, response.headers)
    if _may_be_better(response):
        raise _Busy(answer, retry_after_s(response.headers))
    return answer


def _may_be_better(response: httpx.Response) -> bool:
    """Whether to ask again; the provider's own word goes first."""
    told = response.headers.get("stripe-should-retry", "")
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS:
        return True
    return told != "false" and (told == "true" or response.status_code in BUSY)


def _pause_before_retry(error: Exception) -> bool | float:
    """Whether to try again; a number is the pause in seconds that was asked for."""
    if isinstance(error, _Busy):
        return (error.pause_s or True) if error.pause_s <= LONGEST_PAUSE_S else False
    return isinstance(error, httpx.TransportError) and not is_untrusted(error)
