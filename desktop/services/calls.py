"""Which methods of a service the window may call, and how a long one reports."""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

Method = TypeVar("Method", bound=Callable[..., Any])

MARK = "_callable_from_window"


class Report(Protocol):
    """First parameter of a long method. Raises `Cancelled` once the owner has asked to stop."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


def callable_from_window(method: Method) -> Method:
    """Allow the window to call this method over the pipe. Unmarked methods are refused there."""
    setattr(method, MARK, True)
    return method


def no_report(done: int, total: int | None = None) -> None:
    """A `Report` for callers who neither watch nor cancel."""
