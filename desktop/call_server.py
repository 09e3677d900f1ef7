"""Answers the window's calls: frames in, frames out, service methods between.

The short calls of one service are answered one after the other, in the order they were made; long
ones (those with a `report`) run beside them.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from desktop import wire
from desktop.domain.errors import AppError, Cancelled, InternalFault
from desktop.services.calls import MARK, Report

log = logging.getLogger(__name__)

LONG_CALLS_AT_ONCE: Final = 4
SECONDS_BETWEEN_REPORTS: Final = 0.05
INTERNAL_FAULT: Final = (
    "Something went wrong inside UsageFlow. What is in the vault is safe; the log says more. "
    "Try again, and restart UsageFlow if it happens twice."
)


@dataclass(frozen=True, slots=True)
class _Method:
    function: Callable[..., Any]
    signature: wire.Signature
    executor: Executor


class CallServer:
    """Answers frames with the results of service methods. Safe to use from any thread.

    Only methods marked `@callable_from_window` can be reached.
    """

    def __init__(self, services: Iterable[object], send: Callable[[bytes], None]) -> None:
        self._send = send
        self._long_calls = ThreadPoolExecutor(LONG_CALLS_AT_ONCE, thread_name_prefix="long")
        self._methods = {
            name: method for service in services for name, method in self._methods_of(service)
        }
        self._cancelled: dict[int, threading.Event] = {}

    def _methods_of(self, service: object) -> Iterable[tuple[str, _Method]]:
        short_calls = ThreadPoolExecutor(1, thread_name_prefix=type(service).__name__)
        for name in dir(type(service)):
            function = getattr(type(service), name)
            if getattr(function, MARK, False):
                signature = wire.signature_of(function)
                executor = self._long_calls if signature.takes_report else short_calls
                bound = getattr(service, name)
                yield f"{type(service).__name__}.{name}", _Method(bound, signature, executor)

    def handle(self, frame: bytes) -> None:
        """Start what a frame of the window asks for; the answer is sent when it is there."""
        message = wire.decode_to_core(frame)
        match message:
            case wire.Call():
                self._start(message)
            case wire.Cancel():
                if cancelled := self._cancelled.get(message.call_id):
                    cancelled.set()

    def _start(self, call: wire.Call) -> None:
        method = self._methods.get(call.method)
        if method is None:
            log.error("refused a call that is not allowed: %s", call.method)
            self._send(wire.failure_frame(call.call_id, InternalFault(INTERNAL_FAULT)))
            return
        self._cancelled[call.call_id] = threading.Event()
        # The frame's buffer belongs to the reader: the arguments are decoded before it moves on.
        arguments = msgspec.Raw(bytes(call.arguments))
        method.executor.submit(self._answer, call.call_id, method, arguments)

    def _answer(self, call_id: int, method: _Method, raw: msgspec.Raw) -> None:
        try:
            arguments = method.signature.read_arguments(raw)
            report = (self._report_for(call_id),) if method.signature.takes_report else ()
            frame = wire.success_frame(call_id, method.function(*report, *arguments))
        except AppError as error:
            frame = wire.failure_frame(call_id, error)
        except Exception:  # a bug must reach the window in words, not end the core
            log.exception("a call failed unexpectedly")
            frame = wire.failure_frame(call_id, InternalFault(INTERNAL_FAULT))
        self._cancelled.pop(call_id, None)
        self._send(frame)

    def _report_for(self, call_id: int) -> Report:
        cancelled = self._cancelled[call_id]
        last_sent = 0.0

        def report(done: int, total: int | None = None) -> None:
            nonlocal last_sent
            if cancelled.is_set():
                raise Cancelled("Stopped. What was finished before stays.")
            now = time.monotonic()
            if now - last_sent >= SECONDS_BETWEEN_REPORTS:
                last_sent = now
                self._send(wire.encode(wire.Progressed(call_id, done, total)))

        return report
