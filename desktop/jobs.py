"""The bridge from the window to the core: calls, progress, cancel, outcome.

    jobs.start(PricingService.add_rule, draft, done=self._show, failed=self._explain, owner=self)

names a service method; the core runs it. Callbacks come on the GUI thread, and not at all once
their `owner` is gone. Cheap to import: the wire format is loaded with the first link.
"""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from PySide6.QtCore import QObject, Signal
from shiboken6 import isValid

from desktop.domain.errors import AppError, CoreLost

if TYPE_CHECKING:
    from desktop import wire

Result = TypeVar("Result")

CORE_LOST = "core_lost"
"""Notice that the core ended by itself; the vault is closed, every job has failed."""
CORE_LOST_TEXT = (
    "The part of UsageFlow that holds the vault has stopped. Everything saved before is safe. "
    "Unlock the vault to go on."
)


class Link(Protocol):
    """A way to a core: the pipe to its process, or a call server in this process."""

    def open(self, on_frame: Callable[[bytes], None], on_closed: Callable[[], None]) -> None:
        """Start reading. Both callbacks may come on any thread."""

    def send(self, frame: bytes) -> None:
        """Hand a frame over without waiting."""

    def close(self) -> None:
        """End the core behind this link."""


class Job(QObject):
    """One call under way. `finished` always comes, last, whatever the outcome."""

    progressed = Signal(object, object)
    """Done and total steps; total is None while it is not known."""
    succeeded = Signal(object)
    failed = Signal(object)
    """The `AppError`; a cancelled job fails with `Cancelled`."""
    finished = Signal()

    def __init__(self, cancel: Callable[[], None], method: Callable[..., Any]) -> None:
        super().__init__()
        self._cancel = cancel
        self.method = method
        self.is_running = True

    def cancel(self) -> None:
        """Ask the core to stop at the next step; the job then fails with `Cancelled`."""
        if self.is_running:
            self._cancel()


class Jobs(QObject):
    """All calls of this window. Lives on the GUI thread; so do all its signals."""

    noticed = Signal(str)
    """Topic of a change in the core: usage, configuration, sync, connection, keys, core_lost."""
    unheard = Signal(object)
    """The error of a job that nobody listened to, so that no failure stays silent."""
    count_changed = Signal()
    """A job began or ended; see `running`."""

    _frame_arrived = Signal(object, object)
    _link_closed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._link: Link | None = None
        self._waiting: list[Callable[[Link], None]] = []
        self._running: dict[int, Job] = {}
        self._ids = count(1)
        self._is_listening = False

    @property
    def running(self) -> int:
        """How many jobs are under way."""
        return len(self._running)

    def attach(self, link: Link) -> None:
        """Use this core from now on; calls made before it are sent now."""
        self._listen()
        self._link = link
        link.open(partial(self._frame_arrived.emit, link), partial(self._link_closed.emit, link))
        waiting, self._waiting = self._waiting, []
        for send in waiting:
            send(link)

    def _listen(self) -> None:
        """Take frames by the event loop, from whichever thread they come; asked once.

        Not in the constructor: naming `Qt` costs the first window an eighth of its start.
        """
        if self._is_listening:
            return
        from PySide6.QtCore import Qt

        self._is_listening = True
        self._frame_arrived.connect(self._receive, Qt.ConnectionType.QueuedConnection)
        self._link_closed.connect(self._lose, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """End the core; jobs under way are dropped without a word."""
        link, self._link = self._link, None
        self._running.clear()
        if link is not None:
            link.close()

    def start(
        self,
        method: Callable[..., Result],
        *arguments: object,
        done: Callable[[Result], None] | None = None,
        failed: Callable[[AppError], None] | None = None,
        progressed: Callable[[int, int | None], None] | None = None,
        owner: QObject | None = None,
    ) -> Job:
        """Have the core run a service method; a leading `report` parameter is left out here.

        Args:
            method: as found on the class, for example `PricingService.add_rule`.
            *arguments: its arguments after `report`, fit for its type hints.
            done: gets the result.
            failed: gets the error; without it the error goes to `unheard`.
            progressed: gets done and total steps of a long method.
            owner: when this object is gone, no callback comes.
        """
        call_id = next(self._ids)
        job = Job(partial(self._cancel, call_id), method)
        self._connect(job, done, failed or self.unheard.emit, progressed, owner)
        self._running[call_id] = job
        self._transmit(partial(_send_call, call_id, method, arguments))
        self.count_changed.emit()
        return job

    def _connect(
        self,
        job: Job,
        done: Callable[[Any], None] | None,
        failed: Callable[[AppError], None],
        progressed: Callable[[int, int | None], None] | None,
        owner: QObject | None,
    ) -> None:
        job.failed.connect(_while_alive(owner, failed))
        if done is not None:
            job.succeeded.connect(_while_alive(owner, done))
        if progressed is not None:
            job.progressed.connect(_while_alive(owner, progressed))

    def _transmit(self, send: Callable[[Link], None]) -> None:
        if self._link is None:
            self._waiting.append(send)
        else:
            send(self._link)

    def _cancel(self, call_id: int) -> None:
        self._transmit(partial(_send_cancel, call_id))

    def _receive(self, link: Link, frame: bytes) -> None:
        if link is not self._link:  # a late word of a core that was given up
            return
        from desktop import wire

        message = wire.decode_to_window(frame)
        if isinstance(message, wire.Notice):
            self.noticed.emit(message.topic)
        elif isinstance(message, wire.Progressed):
            if job := self._running.get(message.call_id):
                job.progressed.emit(message.done, message.total)
        elif job := self._running.pop(message.call_id, None):
            self._settle(job, message)

    def _settle(self, job: Job, outcome: "wire.Succeeded | wire.Failed") -> None:
        from desktop import wire

        job.is_running = False
        if isinstance(outcome, wire.Succeeded):
            job.succeeded.emit(wire.signature_of(job.method).read_result(outcome.result))
        else:
            job.failed.emit(wire.error_from(outcome))
        job.finished.emit()
        self.count_changed.emit()

    def _lose(self, link: Link) -> None:
        if link is not self._link:
            return
        self._link = None
        lost, self._running = self._running, {}
        for job in lost.values():
            job.is_running = False
            job.failed.emit(CoreLost(CORE_LOST_TEXT))
            job.finished.emit()
        self.count_changed.emit()
        self.noticed.emit(CORE_LOST)


def _send_call(
    call_id: int, method: Callable[..., Any], arguments: tuple[object, ...], link: Link
) -> None:
    from desktop import wire

    link.send(wire.call_frame(call_id, method, arguments))


def _send_cancel(call_id: int, link: Link) -> None:
    from desktop import wire

    link.send(wire.encode(wire.Cancel(call_id)))


def _while_alive(owner: QObject | None, callback: Callable[..., None]) -> Callable[..., None]:
    """The callback, dropped once its owner's Qt half has been deleted."""

    def call(*values: object) -> None:
        if owner is None or isValid(owner):
            callback(*values)

    return call
