"""How fast one socket is listened to. Who sends more is read more slowly, and loses nothing."""

from typing import Final

from hosted.clock import SECOND_US

MESSAGE_US: Final = 25
"""What a message costs of its socket's time: 40,000 a second are listened to."""
BYTES_PER_US: Final = 32
"""32 MB a second."""
BURST_US: Final = 2 * SECOND_US
"""So much may come at once."""


class Pace:
    """A leaky bucket (GCRA) over messages and their bytes."""

    __slots__ = ("_due_us",)

    def __init__(self) -> None:
        self._due_us = 0

    def wait_us(self, size_bytes: int, now_us: int) -> int:
        """Note a message; how long to wait before the next one is read, mostly 0."""
        self._due_us = max(self._due_us, now_us) + MESSAGE_US + size_bytes // BYTES_PER_US
        return max(0, self._due_us - now_us - BURST_US)
