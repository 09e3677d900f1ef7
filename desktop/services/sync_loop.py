"""The thread that syncs by itself: at once when told of news, else every second while live.

Otherwise every 30 seconds, and slower while offline.
"""

import random
import threading
from collections.abc import Callable
from typing import Final

LIVE_PAUSE_S: Final = 1.0
QUIET_PAUSE_S: Final = 30.0
LONGEST_LIVE_PAUSE_S: Final = 5.0
LONGEST_QUIET_PAUSE_S: Final = 60.0


class SyncLoop:
    """Calls `attempt` again and again on a thread of its own; any thread may steer it."""

    def __init__(
        self,
        attempt: Callable[[Callable[[], bool]], float | None],
        broke_down: Callable[[], None],
    ) -> None:
        """Make a loop that stands still until `start`.

        Args:
            attempt: does one round; gets a question it asks now and then whether to stop; returns
                None after a success, else how many seconds it must be left alone, 0 for any.
            broke_down: told when the thread ends by an error that is not `attempt`'s to report.
        """
        self._attempt = attempt
        self._broke_down = broke_down
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._live = False
        self._told = False
        self._failures = 0

    def start(self) -> None:
        """Begin, once; further calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sync", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()

    def wake(self) -> None:
        """Do a round now, or right after the one that runs."""
        self._wake.set()

    def set_live(self, live: bool) -> None:  # noqa: FBT001 (a setting's value)
        self._live = live
        if live:
            self._wake.set()

    def set_told(self, told: bool) -> None:  # noqa: FBT001 (a setting's value)
        """The service tells of news by itself, and `wake` follows: no need to ask every second."""
        if told != self._told:
            self._told = told
            self._wake.set()

    def pause_s(self, left_alone_s: float | None) -> float:
        """Seconds until the next round, after one that ended as `attempt` says.

        Failures double the pause up to a bound, spread by half, so that many desktops do not
        return to a service in the same second.
        """
        if left_alone_s is None:
            self._failures = 0
            return LIVE_PAUSE_S if self._live and not self._told else QUIET_PAUSE_S
        self._failures += 1
        longest = LONGEST_LIVE_PAUSE_S if self._live else LONGEST_QUIET_PAUSE_S
        pause = min(longest, LIVE_PAUSE_S * 2.0 ** min(self._failures, 10))
        spread = random.uniform(0.5, 1.0)  # noqa: S311 (no secret depends on it)
        return max(left_alone_s, pause * spread)

    def _run(self) -> None:
        finished = False
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                left_alone_s = self._attempt(self._stopping.is_set)
                pause_s = self.pause_s(left_alone_s)
                # What the service asked for is kept, whoever wants a round meanwhile.
                self._stopping.wait(left_alone_s or 0.0)
                self._wake.wait(pause_s - (left_alone_s or 0.0))
            finished = True
        finally:
            if not finished:
                self._broke_down()
