"""The service's clock, handed to whoever needs it so that tests can hold it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

Clock = Callable[[], int]
"""Now, in microseconds since 1970, UTC."""

SECOND_US: Final = 1_000_000
DAY_US: Final = 86_400 * SECOND_US


def system_clock() -> int:
    """Now, by the machine's clock."""
    return time.time_ns() // 1000


def rfc3339(at_us: int) -> str:
    """Write an instant the way the contract wants it."""
    return datetime.fromtimestamp(at_us / SECOND_US, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def instant_us(text: str) -> int:
    """Microseconds since 1970 of a `Timestamp` of the contract; finer parts are cut off."""
    at = datetime.fromisoformat(text)
    return (at - datetime.fromtimestamp(0, tz=UTC)) // timedelta(microseconds=1)
