"""The group commit: one thread that takes everything queued and commits it at once.

While one commit waits for the disk, the next group gathers: batches grow with the load and no
timer is needed. A command's outcome is told only after its commit, so that what was confirmed
survives any kill.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any, Final

from hosted.errors import StorageUnavailable
from hosted.metering.ledger import Command, EventCommand
from hosted.storage.base import Storage

log = logging.getLogger(__name__)

GROUP_LIMIT: Final = 1000
BACKLOG_LIMIT: Final = 100_000
"""Commands nobody waits for that are kept while the storage refuses; more are dropped."""
RETRY_AFTER_S: Final = 0.5

Outcome = Callable[[Any, BaseException | None], None]
"""Called on the event loop with a command's result, or with the reason why it was not done."""


@dataclass(slots=True)
class Ticket:
    """A queued command, and who wants to know."""

    command: Command
    told: Outcome | None
    result: Any = None
    error: BaseException | None = None


class Writer:
    """Owns the writing side of the storage. Submit on the event loop's thread."""

    def __init__(self, storage: Storage, loop: asyncio.AbstractEventLoop) -> None:
        self._storage = storage
        self._loop = loop
        self._queue: SimpleQueue[Ticket | None] = SimpleQueue()
        self._backlog: deque[Ticket] = deque()
        self._refusing_since: float | None = None
        self._next_try = 0.0
        self._dropped = 0
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    @property
    def is_healthy(self) -> bool:
        """False from a refused commit to the next one that succeeds."""
        return self._refusing_since is None

    @property
    def is_overloaded(self) -> bool:
        """True when so much is queued that what nobody waits for has to be dropped."""
        return self._queue.qsize() > BACKLOG_LIMIT

    def start(self) -> None:
        """Begin to take commands."""
        self._thread.start()

    def submit(self, command: Command, told: Outcome | None = None) -> None:
        """Queue a command; `told` is called on the event loop after its commit."""
        if told is None and self.is_overloaded:
            self._count_dropped()
            return
        self._queue.put(Ticket(command, told))

    async def run(self, command: Command) -> Any:  # noqa: ANN401 - whatever the command returns
        """Commit a command and return its result.

        Raises:
            StorageUnavailable: nothing was changed.
        """
        done: asyncio.Future[Any] = self._loop.create_future()

        def tell(result: Any, error: BaseException | None) -> None:  # noqa: ANN401
            if done.done():
                return
            if error is None:
                done.set_result(result)
            else:
                done.set_exception(error)

        self.submit(command, tell)
        return await done

    def stop(self) -> None:
        """Commit what is queued and end the thread. Call it off the event loop."""
        self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        running = True
        while running:
            tickets, running = self._take()
            if tickets or self._backlog:
                self._serve(tickets)
        self._next_try = 0.0
        if self._backlog:
            self._serve([])
        if self._backlog:
            log.error("%d usage messages could not be stored before the end.", len(self._backlog))

    def _take(self) -> tuple[list[Ticket], bool]:
        """Wait for work; everything that is queued by then, and whether more may come."""
        tickets: list[Ticket] = []
        timeout = RETRY_AFTER_S if self._backlog else None
        try:
            ticket = self._queue.get(timeout=timeout)
            while ticket is not None:
                tickets.append(ticket)
                if len(tickets) >= GROUP_LIMIT:
                    break
                ticket = self._queue.get_nowait()
        except Empty:
            return tickets, True
        return tickets, ticket is not None

    def _serve(self, tickets: list[Ticket]) -> None:
        if time.monotonic() < self._next_try:
            self._refuse(tickets, StorageUnavailable("The data file refused the last write."))
            return
        group = [*self._backlog, *tickets]
        self._backlog.clear()
        try:
            self._commit(group)
        except StorageUnavailable as error:
            self._next_try = time.monotonic() + RETRY_AFTER_S
            self._refuse(group, error)
        else:
            self._recovered()
            self._tell(group)

    def _commit(self, group: list[Ticket]) -> None:
        try:
            self._commit_together(group)
        except StorageUnavailable:
            raise
        except Exception:  # a bug in one command must not end the metering of all
            log.exception("A group was rolled back; its commands are tried one by one.")
            self._commit_apart(group)

    def _commit_together(self, group: list[Ticket]) -> None:
        commands = [ticket.command for ticket in group]
        with self._storage.transaction() as transaction:
            transaction.expect([c.event for c in commands if isinstance(c, EventCommand)])
            for ticket in group:
                ticket.result = ticket.command.apply(transaction)

    def _commit_apart(self, group: list[Ticket]) -> None:
        """Keep one bad command from taking a whole group with it."""
        for ticket in group:
            try:
                self._commit_together([ticket])
            except StorageUnavailable:
                raise
            except Exception as error:  # told to whoever waits for the command
                log.exception("A command failed; nothing of it was stored.")
                ticket.error = error

    def _refuse(self, group: list[Ticket], error: StorageUnavailable) -> None:
        if self._refusing_since is None:
            self._refusing_since = time.monotonic()
            log.error("Storage refuses writes, the service tries again: %s", error.__cause__)
        waiting = [ticket for ticket in group if ticket.told is not None]
        for ticket in waiting:
            ticket.error = error
        self._tell(waiting)
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

    def _tell(self, group: list[Ticket]) -> None:
        waiting = [ticket for ticket in group if ticket.told is not None]
        if waiting:
            self._loop.call_soon_threadsafe(self._tell_each, waiting)

    def _tell_each(self, tickets: list[Ticket]) -> None:
        """One call of the loop for each: what one listener gets wrong is not the next one's."""
        for ticket in tickets:
            if ticket.told is not None:
                self._loop.call_soon(ticket.told, ticket.result, ticket.error)

    def _count_dropped(self) -> None:
        self._dropped += 1
        if self._dropped % 1000 == 1:
            log.error("%d usage messages dropped: the storage is too slow.", self._dropped)
