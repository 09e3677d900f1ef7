"""Hears from the service that there is something new, so that nobody has to ask every second.

Where the channel is not to be had (an older service, a proxy that holds answers back, too many
listeners), sync goes on asking as before.
"""

import random
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from contract import live
from desktop.domain.errors import AppError, NotOurService, ServiceBusy, ServiceRefused
from desktop.domain.syncing import LiveMode, LiveState
from desktop.services.calls import callable_from_window

if TYPE_CHECKING:
    from desktop.services.client import ServiceClient
    from desktop.services.link import ServiceLink
    from desktop.services.live_stream import LiveStream

SHORTEST_PAUSE_S: Final = 1.0
LONGEST_PAUSE_S: Final = 60.0
UNAVAILABLE_PAUSE_S: Final = 300.0
"""Until a service without the channel, or a proxy that holds it back, is tried again."""
HELD_BACK: Final = (
    "Something between here and the service holds its news back, so it is asked every second "
    "instead. Nothing is lost. A proxy in front of the service must not buffer /v1/live."
)


class LiveUpdates:
    """Keeps one stream open on a thread of its own. The other methods: any thread."""

    def __init__(
        self, link: "ServiceLink", told: Callable[[bool], None], changed: Callable[[], None]
    ) -> None:
        """Make a listener that stands still until `start`.

        Args:
            link: the way to the service.
            told: called with whether the service tells of news by itself from now on.
            changed: called when there is news.
        """
        self._link = link
        self._told = told
        self._changed = changed
        self._again = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._stream: LiveStream | None = None
        self._state = LiveState(LiveMode.ASKING, "")
        self._last_id: str | None = None
        self._failures = 0

    @callable_from_window
    def state(self) -> LiveState:
        """Whether news come by themselves, and if not, why."""
        return self._state

    def start(self) -> None:
        """Begin, once; further calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="live", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        self.reconnect()
        if self._thread is not None:
            self._thread.join()

    def reconnect(self) -> None:
        """Begin anew at once: the workspace was connected, perhaps to another service."""
        self._failures = 0
        self._again.set()
        if self._stream is not None:
            self._stream.cut()

    def _run(self) -> None:
        finished = False
        try:
            while not self._stopping.is_set():
                self._again.clear()
                self._again.wait(self._listen())
            finished = True
        finally:
            if not finished:
                self._show(LiveMode.UNAVAILABLE, "")  # sync goes on asking

    def _listen(self) -> float:
        """One stream to its end; the seconds until the next attempt."""
        try:
            with self._link.client() as client:
                refusal = None if client is None else self._follow(client)
        except AppError as error:
            self._show(LiveMode.ASKING, str(error))
            return self._pause_s()
        if refusal is not None:
            self._show(LiveMode.UNAVAILABLE, refusal)
            return UNAVAILABLE_PAUSE_S
        self._show(LiveMode.ASKING, "")
        return self._pause_s() if client is not None else LONGEST_PAUSE_S

    def _pause_s(self) -> float:
        """Doubled by each failure up to a bound, spread so that desktops do not return together."""
        self._failures += 1
        pause = min(LONGEST_PAUSE_S, SHORTEST_PAUSE_S * 2.0 ** min(self._failures, 10))
        return pause * random.uniform(0.5, 1.0)  # noqa: S311 (no secret depends on it)

    def _follow(self, client: "ServiceClient") -> str | None:
        """Follow a stream to its end; why there is none to be had, in words, or None.

        Raises: ServiceUnreachable.
        """
        begun = time.monotonic()
        try:
            with client.live(self._last_id) as stream:
                self._stream = stream
                for event in stream.events():
                    late = time.monotonic() - begun > live.READY_WITHIN_S
                    if event.name == live.READY and late:
                        return HELD_BACK
                    if self._again.is_set():
                        break
                    self._take(event.name, event.event_id)
        except (ServiceRefused, NotOurService, ServiceBusy) as error:
            return str(error)
        finally:
            self._stream = None
        return None

    def _take(self, name: str, event_id: str) -> None:
        if name == live.READY:
            self._failures = 0
            self._show(LiveMode.TOLD, "")
        elif name == live.CHANGED:
            self._changed()
        self._last_id = event_id

    def _show(self, mode: LiveMode, reason: str) -> None:
        state = LiveState(mode, reason)
        if state != self._state:
            self._state = state
            self._told(mode is LiveMode.TOLD)
