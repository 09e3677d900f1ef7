"""Folds what was journaled into events and rollups, on a thread of its own.

A call that comes alone is folded at once. Under load, folds wait for each other: an event that was
opened and settled meanwhile is written once, and a rollup row that many calls changed is too.
"""

import asyncio
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import msgspec

from hosted.errors import StorageUnavailable
from hosted.metering import journal
from hosted.metering.ledger import Command, EventCommand, is_fresh
from hosted.metering.leisure import Leisure
from hosted.storage.base import Storage, Transaction
from hosted.storage.positions import JournalPosition

log = logging.getLogger(__name__)

FOLD_LIMIT: Final = 8000
"""Commands of one transaction."""
PAUSE_S: Final = 0.1
LONG_PAUSE_S: Final = 0.5
BUSY_FROM: Final = 500
"""Commands in a fold from which on the next one waits longer."""
ROOM: Final = 50_000
"""Commands that may wait for their fold; beyond, the journal waits."""
RETRY_AFTER_S: Final = 0.5
PIECE: Final = 32
"""Commands between two looks whether to rest."""

Outcome = Callable[[Any, BaseException | None], None]
"""Called on the event loop with a command's result, or with the reason why it was not done."""


class Journaled(msgspec.Struct, frozen=True, gc=False):
    """A command that is in the journal, and who wants its result once it is folded."""

    command: EventCommand
    number: int
    """Its entry."""
    place: int
    """Its place in the entry, from 1 on."""
    folded: Outcome | None = None

    @property
    def position(self) -> JournalPosition:
        """How far the journal is folded when this command is."""
        return JournalPosition(self.number, self.place)


@dataclass(frozen=True, slots=True)
class Errand:
    """A command that is no message of an SDK: it runs after everything before it was folded."""

    command: Command
    told: Outcome
    can_wait: bool = False
    """Nobody looks at its result: it goes along with the next fold that is due."""


class Folder:
    """Owns the storage's transactions. `take`, `run` and `wait_for_room` come from one thread."""

    def __init__(
        self,
        storage: Storage,
        loop: asyncio.AbstractEventLoop,
        committed: Callable[[], None],
    ) -> None:
        """`committed` is called on the event loop after each of the storage's commits."""
        self._storage = storage
        self._loop = loop
        self._committed = committed
        self._changed = threading.Condition()
        self._waiting: deque[Journaled] = deque()
        self._errands: deque[Errand] = deque()
        self._is_ending = False
        self._next_fold = 0.0
        self._refusing_since: float | None = None
        self._leisure = Leisure(self._unhurried)
        self._thread = threading.Thread(target=self._run, name="folder", daemon=True)

    @property
    def is_healthy(self) -> bool:
        """False from a refused fold to the next one that succeeds."""
        return self._refusing_since is None

    def start(self) -> None:
        """Fold what an earlier process left in the journal, then begin to take more.

        Raises:
            StorageUnavailable: nothing is lost; the journal is folded at the next start.
        """
        done = self._storage.folded()
        for number, entry in self._storage.journal.entries(done.number - 1):
            commands = journal.read(entry)
            skipped = done.commands if number == done.number else 0
            self._waiting += [
                Journaled(command, number, place)
                for place, command in enumerate(commands[skipped:], skipped + 1)
            ]
            if len(self._waiting) >= FOLD_LIMIT:
                self._fold_all()
        self._fold_all()
        self._thread.start()

    def take(self, commands: Sequence[Journaled]) -> None:
        """Fold these soon, after those before them."""
        with self._changed:
            self._waiting += commands
            self._changed.notify_all()

    def run(self, errand: Errand) -> None:
        """Do an errand now, after folding what was taken before it."""
        with self._changed:
            self._errands.append(errand)
            self._changed.notify_all()

    def wait_for_room(self) -> None:
        """Return when not too many commands wait for their fold."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._waiting) < ROOM or self._is_ending)

    def stop(self) -> None:
        """Fold what was taken and end the thread."""
        with self._changed:
            self._is_ending = True
            self._changed.notify_all()
        self._thread.join()

    def _run(self) -> None:
        is_ending = False
        while not is_ending:
            is_ending = self._wait()
            self._work()
        if self._waiting:
            log.error(
                "%d usage messages wait in the journal; the next start counts them.",
                len(self._waiting),
            )

    def _wait(self) -> bool:
        """Wait until something is due; whether the end has come."""
        with self._changed:
            while not (self._is_ending or self._is_awaited()):
                has_work = self._waiting or self._errands
                due = self._next_fold if has_work else self._storage.next_resend
                rest = None if due is None else max(due, self._next_fold) - time.monotonic()
                if rest is not None and rest <= 0:
                    break
                self._changed.wait(rest)
            return self._is_ending

    def _work(self) -> None:
        with self._changed:
            errands, self._errands = self._errands, deque()
        began = time.monotonic()
        try:
            folded = self._fold_all()
        except StorageUnavailable as error:
            self._refuse(errands, error)
            return
        except Exception as error:  # the thread that counts must not end before the process does
            log.exception("Counting failed; it is tried again.")
            refusal = StorageUnavailable("A fault of the service kept it from counting usage.")
            refusal.__cause__ = error
            self._refuse(errands, refusal)
            return
        self._recovered()
        pause = LONG_PAUSE_S if folded >= BUSY_FROM else PAUSE_S
        self._next_fold = began + pause
        for errand in errands:
            self._do(errand)

    def _fold_all(self) -> int:
        """Fold what waits, and tell of rows whose second is over; how many commands it was.

        What arrives meanwhile waits for the next fold: a small one costs nearly as much as a large.
        """
        folded = 0
        while True:
            with self._changed:
                group = list(islice(self._waiting, FOLD_LIMIT))
            if group or self._storage.next_resend is not None:
                self._fold(group)
            folded += len(group)
            if len(group) < FOLD_LIMIT:
                return folded

    def _fold(self, group: list[Journaled]) -> None:
        try:
            self._fold_together(group)
        except StorageUnavailable:
            raise
        except Exception:  # a bug in one command must not end the metering of all
            log.exception("A group was rolled back; its commands are tried one by one.")
            for item in group:
                self._fold_alone(item)

    def _fold_together(self, group: list[Journaled]) -> None:
        self._leisure.begin()
        with self._storage.transaction(self._leisure.rest) as transaction:
            transaction.expect(
                [item.command.event for item in group],
                [item.command.event for item in group if is_fresh(item.command)],
            )
            results = self._applied(group, transaction)
            if group:
                transaction.mark_folded(group[-1].position)
        self._are_done(group)
        self._loop.call_soon_threadsafe(self._committed)
        for folded, result in results:
            self._loop.call_soon_threadsafe(folded, result, None)

    def _applied(
        self, group: list[Journaled], transaction: Transaction
    ) -> list[tuple[Outcome, Any]]:
        """Run the commands; the results somebody wants."""
        results: list[tuple[Outcome, Any]] = []
        for start in range(0, len(group), PIECE):
            self._leisure.rest()
            for item in group[start : start + PIECE]:
                result = item.command.apply(transaction)
                if item.folded is not None:
                    results.append((item.folded, result))
        return results

    def _unhurried(self) -> int:
        """How many commands wait; 0 when somebody waits for the end of the fold."""
        is_hurried = self._is_ending or self._is_awaited() or not self._thread.is_alive()
        return 0 if is_hurried else len(self._waiting)

    def _is_awaited(self) -> bool:
        """Whether an errand waits that should not have to."""
        with self._changed:
            return any(not errand.can_wait for errand in self._errands)

    def _fold_alone(self, item: Journaled) -> None:
        """Keep one bad command from taking a whole group with it."""
        try:
            self._fold_together([item])
        except StorageUnavailable:
            raise
        except Exception:  # the same command would fail at every start
            log.exception("A usage message could not be counted; it is left out.")
            with self._storage.transaction() as transaction:
                transaction.mark_folded(item.position)
            self._are_done([item])

    def _are_done(self, group: list[Journaled]) -> None:
        """Let go of commands after their commit."""
        with self._changed:
            for _ in group:
                self._waiting.popleft()
            self._changed.notify_all()
        if group:
            self._storage.journal.forget(group[-1].number - 1)

    def _do(self, errand: Errand) -> None:
        result: Any = None
        error: BaseException | None = None
        try:
            with self._storage.transaction() as transaction:
                result = errand.command.apply(transaction)
        except Exception as failure:  # told to whoever waits for the command
            if not isinstance(failure, StorageUnavailable):
                log.exception("A command failed; nothing of it was stored.")
            error = failure
        self._loop.call_soon_threadsafe(self._committed)
        self._loop.call_soon_threadsafe(errand.told, result, error)

    def _refuse(self, errands: deque[Errand], error: StorageUnavailable) -> None:
        self._next_fold = time.monotonic() + RETRY_AFTER_S
        if self._refusing_since is None:
            self._refusing_since = time.monotonic()
            log.error("Storage refuses writes, the service tries again: %s", error.__cause__)
        for errand in errands:
            self._loop.call_soon_threadsafe(errand.told, None, error)

    def _recovered(self) -> None:
        if self._refusing_since is not None:
            lasted = time.monotonic() - self._refusing_since
            log.warning("Storage takes writes again after %.1f s.", lasted)
            self._refusing_since = None
