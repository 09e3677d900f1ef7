"""Slows down addresses that keep knocking with a key nobody knows."""

from collections import OrderedDict
from typing import Final

from hosted.clock import SECOND_US, Clock

WINDOW_US: Final = 10 * SECOND_US
REFUSALS_PER_WINDOW: Final = 40
"""Two refused Python processes knock 40 times in ten seconds (pool of 10, every 5 s)."""
ADDRESSES: Final = 10_000


class HandshakeThrottle:
    """Counts refused handshakes by address. A good key is never held back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._refusals: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def refuse(self, address: str) -> bool:
        """Note a refused handshake; True when the address has had its share."""
        now_us = self._clock()
        since_us, count = self._refusals.pop(address, (now_us, 0))
        if now_us - since_us >= WINDOW_US:
            since_us, count = now_us, 0
        self._refusals[address] = (since_us, count + 1)
        if len(self._refusals) > ADDRESSES:
            self._refusals.popitem(last=False)
        return count >= REFUSALS_PER_WINDOW
