"""Real services behind `Jobs`, without a second process."""

from collections.abc import Callable, Iterable

from desktop.call_server import CallServer


class InProcessLink:
    """A link whose core is a call server in this process; frames are the same as on the pipe."""

    def __init__(self, services: Iterable[object]) -> None:
        self._services = tuple(services)

    def open(self, on_frame: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        self._on_closed = on_closed
        self._server = CallServer(self._services, on_frame)

    def send(self, frame: bytes) -> None:
        self._server.handle(frame)

    def close(self) -> None:
        """Nothing to end."""

    def die(self) -> None:
        """As if the core had been killed."""
        self._on_closed()
