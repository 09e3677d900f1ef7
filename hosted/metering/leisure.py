"""Keeps counting from getting in the way of answering.

Both share one interpreter, which goes from one to the other in turns: a fold that ran through would
let every call of that moment wait twice as long. So it works in short slices and sleeps between
them, the less the more waits for it.
"""

import time
from collections.abc import Callable
from typing import Final

SLICE_S: Final = 0.0005
"""Processor time between two rests."""
RESTS: Final = ((10_000, 4.0), (20_000, 2.0), (30_000, 0.5))
"""How many times the length of a slice is rested while fewer commands than that wait."""


class Leisure:
    """The folder's. Used on its thread."""

    def __init__(
        self, waiting: Callable[[], int], sleep: Callable[[float], object] = time.sleep
    ) -> None:
        """`waiting` says how many commands wait; 0 when somebody waits for the fold's end."""
        self._waiting = waiting
        self._sleep = sleep
        self._rested_at = 0.0

    def begin(self) -> None:
        """Work begins after a pause."""
        self._rested_at = time.thread_time()

    def rest(self) -> None:
        """Sleep if a slice of work was done; call it after each small piece of it."""
        worked_s = time.thread_time() - self._rested_at
        if worked_s < SLICE_S:
            return
        waiting = self._waiting()
        for most, times in RESTS:
            if 0 < waiting < most:
                self._sleep(worked_s * times)
                break
        self._rested_at = time.thread_time()
