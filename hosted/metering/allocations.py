"""Ids of allocations the service makes, and how far a client's clock is off."""

import os
from datetime import datetime
from typing import Final

from hosted.clock import SECOND_US

VARIANTS: Final = {f"{digit:x}": f"{8 | digit & 3:x}" for digit in range(16)}
"""A random digit with the two bits of the layout's variant set."""
MOST_RECENT: Final = 50_000


def new_allocation_id(now_us: int) -> str:
    """A UUID that rises with time, so that new events are stored side by side.

    Source of the layout: RFC 9562, section 5.7 (version 7: 48 bits of milliseconds, 74 random).
    """
    time, random = f"{now_us // 1000:012x}", os.urandom(10).hex()
    variant = VARIANTS[random[3]]
    return f"{time[:8]}-{time[8:]}-7{random[:3]}-{variant}{random[4:7]}-{random[7:19]}"


class RecentAllocations:
    """Allocations of lately, so that a repetition is told at once.

    A repetition of an older one is found when it is counted.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], None] = {}

    def knows(self, application_id: str, allocation_id: str) -> bool:
        """Whether the id was here before."""
        return (application_id, allocation_id) in self._known

    def has(self, application_id: str, allocation_id: str) -> bool:
        """Whether the id was here before; it is from now on."""
        key = (application_id, allocation_id)
        if key in self._known:
            return True
        self._known[key] = None
        if len(self._known) > MOST_RECENT:
            del self._known[next(iter(self._known))]
        return False


def skew_s(timestamp: str | None, now_us: int) -> int:
    """A client's clock minus the service's in seconds; 0 when the client told no usable time."""
    if not timestamp:
        return 0
    try:
        told = datetime.fromisoformat(timestamp)
    except ValueError:
        return 0
    return round(told.timestamp() - now_us / SECOND_US)
