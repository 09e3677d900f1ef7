"""Runs the service's event loop: uvicorn with our WebSocket, our socket and our way to end."""

import contextlib
import ctypes
import gc
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, Final

import uvicorn

from hosted.patience import PatientHttp
from hosted.sdk.protocol import SdkConnection
from hosted.tls import Certificate

MAX_FRAME: Final = 4 * 2**20
PING_EVERY_S: Final = 20.0
SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
GRACE_S: Final = 10
"""Longer than an SDK's connection takes to leave, shorter than any supervisor waits."""
YOUNG_OBJECTS: Final = 10_000
"""New objects between two looks for garbage. Nothing a call leaves behind is circular; at Python's
700, the calls that wait for their commit would be scanned again and again."""
THREAD_SWITCH_S: Final = 0.0005
"""Python lets a thread keep the interpreter for 5 ms; the writer would wait that long after each
commit while the event loop is busy."""


class Server(uvicorn.Server):
    """Ends with status 0 on a signal, and says when it takes connections."""

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Callable[[], None],
        ending: Callable[[], Awaitable[None]],
    ) -> None:
        """`ready` is called once connections are taken, `ending` before the open ones are ended."""
        super().__init__(config)
        self._ready = ready
        self._ending = ending

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then tell."""
        await super().startup(sockets)
        settle_memory()
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End what would never end by itself, then wait for the rest."""
        await self._ending()
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Turn SIGTERM and SIGINT into a clean end, without raising them again afterwards.

        The handlers stay: what is queued is committed after the last connection has ended, and a
        second signal must not cut that off. See `signals_kept`.
        """
        for number in SIGNALS:
            signal.signal(number, self.handle_exit)
        yield


def settle_memory() -> None:
    """Give back what the start needed, and look less often for garbage from now on.

    What was made so far lives as long as the process: scanning it would stall calls. To compile the
    patterns of the scrubber takes 14 MB that the C library keeps unless it is told.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS)
    if sys.platform == "linux" and hasattr(c_library := ctypes.CDLL(None), "malloc_trim"):
        c_library.malloc_trim(0)


@contextlib.contextmanager
def signals_kept() -> Iterator[None]:
    """Put back the handlers of signals that end the service, once everything is over."""
    before = {number: signal.getsignal(number) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def configuration(app: Any, certificate: Certificate | None) -> uvicorn.Config:  # noqa: ANN401
    """Settings of the server. It logs nothing about single requests, and believes no proxy."""
    sys.setswitchinterval(THREAD_SWITCH_S)
    return uvicorn.Config(
        app,
        http=PatientHttp,
        ws=SdkConnection,
        ws_max_size=MAX_FRAME,
        ws_ping_interval=PING_EVERY_S,
        ws_ping_timeout=PING_EVERY_S,
        ws_per_message_deflate=False,
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        proxy_headers=False,
        ssl_context_factory=None if certificate is None else lambda *_: certificate.context,
    )
