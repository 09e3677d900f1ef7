"""Work on another thread: blocks are compressed and encrypted while the next ones are read.

It pays because the libraries that do the work let other threads run meanwhile.
"""

from collections import deque
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final, Self, TypeVar

AHEAD: Final = 2
"""Calls that may wait, each with a block of about half a megabyte."""

Item = TypeVar("Item", bound=object)


class InOrder:
    """Calls run one after the other on another thread. For one thread."""

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="package")
        self._begun: deque[Future[None]] = deque()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Wait for the call under way; what has not begun never does."""
        self._thread.shutdown(cancel_futures=True)

    def do(self, call: Callable[[], None]) -> None:
        """Begin a call, once few enough wait. Raises what an earlier one raised."""
        if len(self._begun) == AHEAD:
            self._begun.popleft().result()
        self._begun.append(self._thread.submit(call))

    def finish(self) -> None:
        """Wait for all of them. Raises what one of them raised."""
        while self._begun:
            self._begun.popleft().result()


def read_ahead(items: Iterator[Item]) -> Generator[Item, None, None]:
    """The same items, made by another thread before they are asked for; none of them is None.

    To be closed by who does not read to the end.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="package")
    try:
        coming = deque(thread.submit(next, items, None) for _ in range(AHEAD))
        while (item := coming.popleft().result()) is not None:
            coming.append(thread.submit(next, items, None))
            yield item
    finally:
        thread.shutdown(cancel_futures=True)
