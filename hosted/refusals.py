"""How often an address may try a wrong key or token before it is told to wait."""

from collections import OrderedDict
from typing import Final

from hosted.clock import SECOND_US, Clock

ADDRESSES: Final = 10_000
"""More are forgotten, the longest unheard first: memory is bounded whoever knocks."""


class Refusals:
    """Counts refusals by address in windows of a fixed length. On the event loop's thread."""

    def __init__(self, clock: Clock, *, window_s: int, allowed: int) -> None:
        self._clock = clock
        self._window_us = window_s * SECOND_US
        self._allowed = allowed
        self._counts: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def note(self, address: str) -> int:
        """Count a refusal; seconds the address has to wait, 0 while that was not too often."""
        now_us = self._clock()
        since_us, count = self._counts.pop(address, (now_us, 0))
        if not 0 <= now_us - since_us < self._window_us:
            since_us, count = now_us, 0
        self._counts[address] = (since_us, count + 1)
        if len(self._counts) > ADDRESSES:
            self._counts.popitem(last=False)
        if count < self._allowed:
            return 0
        return -(-(since_us + self._window_us - now_us) // SECOND_US)
