"""Real services behind `Jobs`, without a second process."""

import threading
from collections.abc import Callable, Iterable

from desktop.call_server import CallServer


class InProcessLink:
    """A link whose core is a call server in this process; frames are the same as on the pipe."""

    def __init__(self, services: Iterable[object]) -> None:
        self._services = tuple(services)
        self._passing = threading.Lock()
        self._is_open = False

    def open(self, on_frame: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        self._on_frame = on_frame
        self._on_closed = on_closed
        self._is_open = True
        self._server = CallServer(self._services, self._pass_on)

    def send(self, frame: bytes) -> None:
        self._server.handle(frame)

    def close(self) -> None:
        """Say nothing more: a call that is still under way must not reach deleted `Jobs`."""
        with self._passing:
            self._is_open = False

    def die(self) -> None:
        """As if the core had been killed."""
        self.close()
        self._on_closed()

    def _pass_on(self, frame: bytes) -> None:
        with self._passing:
            if self._is_open:
                self._on_frame(frame)
