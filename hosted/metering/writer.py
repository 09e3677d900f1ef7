"""The group commit: one thread that takes everything queued and journals it at once.

While one commit waits for the disk, the next group gathers: groups grow with the load. Where the
disk is so quick that they would stay small under a heavy load, the writer waits a moment between
two of them: a commit costs nearly the same whatever its size. A message is confirmed only after
its group's commit, so that what was confirmed survives any kill. What was journaled is counted a
moment later, by `hosted.metering.folder`.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final

import msgspec

from hosted.errors import StorageUnavailable
from hosted.metering import journal
from hosted.metering.folder import RETRY_AFTER_S, Errand, Folder, Journaled, Outcome
from hosted.metering.ledger import Command, EventCommand
from hosted.storage.base import Journal, Storage, Transaction

log = logging.getLogger(__name__)

GROUP_LIMIT: Final = 2000
GATHER_FROM: Final = 40
"""Messages of a group from which on there is a load, and the next group is given time to gather."""
GATHER_S: Final = 0.002
BACKLOG_LIMIT: Final = 100_000
"""Commands nobody waits for that are kept while the storage refuses; more are dropped."""


class Ticket(msgspec.Struct, frozen=True, gc=False):
    """A queued message of an SDK, and who wants to know."""

    command: EventCommand
    told: Outcome | None
    folded: Outcome | None


class Question(msgspec.Struct, frozen=True, gc=False):
    """Something to be done with the journal itself, on the thread that owns it."""

    work: Callable[[Journal], Any]
    told: Outcome


class Nothing:
    """A command that changes nothing: everything before it is counted when it is done."""

    def apply(self, transaction: Transaction) -> None: ...


class Writer:
    """Takes every change. Submit on the event loop's thread."""

    def __init__(
        self,
        storage: Storage,
        loop: asyncio.AbstractEventLoop,
        committed: Callable[[], None] = lambda: None,
    ) -> None:
        """`committed` is called on the event loop after each commit of the storage."""
        self._journal = storage.journal
        self._loop = loop
        self._folder = Folder(storage, loop, committed)
        self._queue: SimpleQueue[Ticket | Errand | Question | None] = SimpleQueue()
        self._backlog: deque[Ticket] = deque()
        self._refusing_since: float | None = None
        self._next_try = 0.0
        self.dropped = 0
        """Messages that were lost since the start, because the storage was too slow or refused."""
        self.taken: Counter[str] = Counter()
        """Messages that were queued since the start, by the name of what they do."""
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    @property
    def is_healthy(self) -> bool:
        """False from a refused write to the next one that succeeds."""
        return self._refusing_since is None and self._folder.is_healthy

    @property
    def is_overloaded(self) -> bool:
        """True when so much is queued that what nobody waits for has to be dropped."""
        return self._queue.qsize() > BACKLOG_LIMIT

    def start(self) -> None:
        """Count what an earlier process had journaled, then begin to take commands.

        Raises:
            StorageUnavailable: nothing is lost; start again when the storage can be written.
        """
        self._folder.start()
        self._thread.start()

    def submit(
        self, command: EventCommand, told: Outcome | None = None, folded: Outcome | None = None
    ) -> None:
        """Queue a message of an SDK.

        Args:
            command: what the message does.
            told: called on the event loop when it is journaled, with the result None, or with
                `StorageUnavailable` when it is not stored and never will be.
            folded: called on the event loop when it is counted, with the command's result. Not
                called when the process ends before.
        """
        if told is None and self.is_overloaded:
            self._count_dropped()
            return
        self.taken[type(command).__name__] += 1
        self._queue.put(Ticket(command, told, folded))

    async def run(self, command: Command, *, can_wait: bool = False) -> Any:  # noqa: ANN401 - of the command
        """Commit a command and return its result. All messages submitted before are counted.

        `can_wait` is for chores: counting is not hurried for them, which calls would feel.

        Raises:
            StorageUnavailable: nothing was changed.
        """
        done: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(Errand(command, _tells(done), can_wait))
        return await done

    async def forget_journaled(self) -> None:
        """Count what was journaled before, and delete it from the journal for good.

        Raises:
            StorageUnavailable: the journal keeps what it had.
        """
        newest = await self._ask_journal(lambda journal: journal.newest)
        await self.run(Nothing())
        await self._ask_journal(lambda journal: journal.forget_now(newest))

    async def _ask_journal(self, work: Callable[[Journal], Any]) -> Any:  # noqa: ANN401
        done: asyncio.Future[Any] = self._loop.create_future()
        self._queue.put(Question(work, _tells(done)))
        return await done

    async def catch_up(self) -> None:
        """Return when readers of the storage see every message submitted before.

        A storage that refuses to be written shows what it had; that is no reason not to read.
        """
        with contextlib.suppress(StorageUnavailable):
            await self.run(Nothing())

    def stop(self) -> None:
        """Commit what is queued and end the threads. Call it off the event loop."""
        self._queue.put(None)
        self._thread.join()
        self._folder.stop()

    def _run(self) -> None:
        running = True
        while running:
            tickets, errand, running = self._take()
            if tickets or self._backlog:
                self._serve(tickets)
                if len(tickets) >= GATHER_FROM:
                    time.sleep(GATHER_S)
            if isinstance(errand, Question):
                self._answer(errand)
            elif errand is not None:
                self._folder.run(errand)
        self._next_try = 0.0
        if self._backlog:
            self._serve([])
        if self._backlog:
            log.error("%d usage messages could not be stored before the end.", len(self._backlog))

    def _answer(self, asked: Question) -> None:
        result: Any = None
        error: StorageUnavailable | None = None
        try:
            result = asked.work(self._journal)
        except StorageUnavailable as refusal:
            error = refusal
        self._loop.call_soon_threadsafe(asked.told, result, error)

    def _take(self) -> tuple[list[Ticket], Errand | Question | None, bool]:
        """Wait for work: messages up to the next errand, that errand, and whether more may come."""
        tickets: list[Ticket] = []
        timeout = RETRY_AFTER_S if self._backlog else None
        try:
            item = self._queue.get(timeout=timeout)
            while isinstance(item, Ticket):
                tickets.append(item)
                if len(tickets) >= GROUP_LIMIT:
                    return tickets, None, True
                item = self._queue.get_nowait()
        except Empty:
            return tickets, None, True
        return tickets, item, item is not None

    def _serve(self, tickets: list[Ticket]) -> None:
        if time.monotonic() < self._next_try:
            self._refuse(tickets, StorageUnavailable("The data file refused the last write."))
            return
        group = [*self._backlog, *tickets]
        self._backlog.clear()
        self._folder.wait_for_room()
        try:
            number = self._journal.append(journal.written([ticket.command for ticket in group]))
        except StorageUnavailable as error:
            self._next_try = time.monotonic() + RETRY_AFTER_S
            self._refuse(group, error)
        except Exception as error:  # the thread that confirms must not end before the process does
            log.exception("A group of usage messages could not be journaled.")
            refusal = StorageUnavailable("A fault of the service kept it from storing usage.")
            refusal.__cause__ = error
            self._refuse(group, refusal)
        else:
            self._recovered()
            self._tell(group, None)
            self._folder.take(
                [
                    Journaled(ticket.command, number, place, ticket.folded)
                    for place, ticket in enumerate(group, 1)
                ]
            )

    def _refuse(self, group: list[Ticket], error: StorageUnavailable) -> None:
        if self._refusing_since is None:
            self._refusing_since = time.monotonic()
            log.error("Storage refuses writes, the service tries again: %s", error.__cause__)
        self._tell(group, error)
        for ticket in group:
            if ticket.told is None and len(self._backlog) < BACKLOG_LIMIT:
                self._backlog.append(ticket)
            elif ticket.told is None:
                self._count_dropped()

    def _recovered(self) -> None:
        if self._refusing_since is not None:
            lasted = time.monotonic() - self._refusing_since
            log.warning("Storage takes writes again after %.1f s.", lasted)
            self._refusing_since = None

    def _tell(self, group: list[Ticket], error: StorageUnavailable | None) -> None:
        waiting = [ticket.told for ticket in group if ticket.told is not None]
        if waiting:
            self._loop.call_soon_threadsafe(self._tell_each, waiting, error)

    def _tell_each(self, waiting: list[Outcome], error: StorageUnavailable | None) -> None:
        """What one listener gets wrong is not the next one's fault."""
        for told in waiting:
            try:
                told(None, error)
            except Exception as failure:  # noqa: BLE001 - a listener's bug, told like any other of the loop
                self._loop.call_exception_handler(
                    {"message": "A listener of a commit failed.", "exception": failure}
                )

    def _count_dropped(self) -> None:
        self.dropped += 1
        if self.dropped % 1000 == 1:
            log.error("%d usage messages dropped: the storage is too slow.", self.dropped)


def _tells(done: asyncio.Future[Any]) -> Outcome:
    """Puts an outcome into a future that somebody may have given up."""

    def tell(result: Any, error: BaseException | None) -> None:  # noqa: ANN401
        if done.done():
            return
        if error is None:
            done.set_result(result)
        else:
            done.set_exception(error)

    return tell
