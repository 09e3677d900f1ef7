"""Requests on a thread of their own: the next page is fetched and decoded while one is stored.

Who waits can be cancelled at any moment: a request that is under way then is left to its own
time-out, and its answer is dropped.
"""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Final, ParamSpec, Self, TypeVar

TICK_S: Final = 0.1
"""How often whoever waits asks whether to go on."""

Arguments = ParamSpec("Arguments")
Answer = TypeVar("Answer")


class Ahead:
    """One request at a time, in the order in which they were begun. For one thread."""

    def __init__(self, tick: Callable[[], None]) -> None:
        """`tick` is called while an answer is awaited; what it raises ends the waiting."""
        self._tick = tick
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sync-requests")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._thread.shutdown(wait=False, cancel_futures=True)

    def begin(
        self,
        request: Callable[Arguments, Answer],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Future[Answer]:
        """Start a request, after those that were begun before."""
        return self._thread.submit(request, *arguments, **options)

    def wait(self, answer: Future[Answer]) -> Answer:
        """The answer, or the error, of a request that was begun."""
        while not wait((answer,), timeout=TICK_S).done:
            self._tick()
        self._tick()
        return answer.result()

    def call(
        self,
        request: Callable[Arguments, Answer],
        *arguments: Arguments.args,
        **options: Arguments.kwargs,
    ) -> Answer:
        """Start a request and wait for it."""
        return self.wait(self.begin(request, *arguments, **options))
