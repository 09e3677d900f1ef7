"""Sync: push the outbox, pull configuration and rollups, by itself while online."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain.connection import SyncPhase, SyncState
from desktop.domain.errors import (
    AccountDeleted,
    AppError,
    Cancelled,
    ServiceUnreachable,
    VaultError,
)
from desktop.domain.usage import Stamp
from desktop.services.calls import Report, callable_from_window
from desktop.services.storage import conflicts, outbox, sync_state
from desktop.services.sync_loop import SyncLoop

if TYPE_CHECKING:
    from desktop.services.keeper import EmbeddedKeeper
    from desktop.services.link import ServiceLink
    from desktop.services.storage.vault import Vault
    from desktop.services.sync_round import SyncRound

SKEW_TOLERANCE_S: Final = 60
CANCEL_CHECK_S: Final = 0.1
SHOWN_TO: Final = timedelta(seconds=30)
LOOP_FAULT: Final = (
    "Sync has stopped because of a fault in the program. Local data and waiting edits are safe; "
    "the log says more. Lock and unlock to start it again."
)


@dataclass(frozen=True, slots=True)
class _Ending:
    """How the last round ended."""

    phase: SyncPhase
    problem: str = ""
    problem_code: str = ""


class SyncService:
    """Rounds on demand, and by itself once `start` was called. Any thread; one round at a time."""

    def __init__(
        self,
        vault: "Vault",
        link: "ServiceLink",
        sync_round: "SyncRound",
        keeper: "EmbeddedKeeper",
        notice: Callable[[str], None],
    ) -> None:
        """`notice` is told on any thread what the window should read again."""
        self._vault = vault
        self._link = link
        self._round = sync_round
        self._keeper = keeper
        self._notice = notice
        self._one_at_a_time = threading.Lock()
        self._loop = SyncLoop(self._attempt_by_itself, self._loop_broke_down)
        self._ending = _Ending(SyncPhase.OFFLINE)
        self._last_success: datetime | None = None
        self._told: SyncState | None = None
        self._is_asked_for = False
        self.account_deleted: Callable[[], None] = lambda: None
        """Called when the service says that its account was deleted."""

    @callable_from_window
    def state(self) -> SyncState:
        """How sync stands. The short rounds that run by themselves do not count as running."""
        state = self._resting_state()
        is_long = self._is_asked_for or not (state.backfill_done or state.past_is_held)
        is_connected = state.phase is not SyncPhase.NOT_CONNECTED
        if is_long and is_connected and self._one_at_a_time.locked():
            return replace(state, phase=SyncPhase.RUNNING)
        return state

    @callable_from_window
    def run(self, report: Report) -> SyncState:
        """One whole round now: push, then pull to the end.

        Raises: ServiceUnreachable, ServiceRefused, VaultError, Cancelled.
        """
        while not self._one_at_a_time.acquire(timeout=CANCEL_CHECK_S):
            report(0)
        try:
            self._is_asked_for = True
            problem = self._attempt(report)
        finally:
            self._is_asked_for = False
            self._one_at_a_time.release()
        self._tell()
        if problem is not None:
            raise problem
        return self._resting_state()

    @callable_from_window
    def set_live(self, live: bool) -> None:  # noqa: FBT001 (a setting's value)
        """A page shows live data: sync every second instead of every 30."""
        self._loop.set_live(live)

    @callable_from_window
    def hold_past(self, held: bool) -> None:  # noqa: FBT001 (a setting's value)
        """Let the fetching of the past wait until it is wanted again, or the next unlock.

        Edits, configuration and new usage go on; what was fetched stays.
        """
        self._round.past_is_held = held
        self._notice("sync")
        self._loop.wake()

    @contextmanager
    def between_rounds(self) -> Iterator[None]:
        """No round runs, and no page that was fetched is stored, for as long as the block lasts."""
        with self._one_at_a_time:
            yield

    def start(self) -> None:
        """Sync by itself from now on until the process ends or `stop` is called."""
        self._loop.start()

    def stop(self) -> None:
        """End syncing by itself, and wait for the round that runs."""
        self._loop.stop()

    def stamp(self) -> Stamp:
        """How current the vault is."""
        return Stamp(self._success_time(), online=self._ending.phase is SyncPhase.IDLE)

    def told(self, told: bool) -> None:  # noqa: FBT001 (from a callback)
        """Take note of whether the service tells of news by itself."""
        self._loop.set_told(told)
        self._notice("sync")

    def news(self) -> None:
        """There is news on the service: sync now."""
        self._loop.wake()

    def edited(self) -> None:
        """Tell that an edit waits: it is sent at once, and the window hears of it."""
        self._notice("configuration")
        self._notice("sync")
        self._loop.wake()

    def connected(self) -> None:
        """Tell that the workspace was connected, perhaps to another service than before."""
        self._link.forget()
        self._ending = _Ending(SyncPhase.OFFLINE)
        self._notice("connection")
        self._loop.wake()

    def _attempt(self, report: Report) -> AppError | None:
        """One round; what went wrong becomes part of the state and is returned."""
        try:
            with self._link.client() as client:
                if client is None:
                    self._ending = _Ending(SyncPhase.NOT_CONNECTED)
                    return None
                self._round.run(client, report)
        except Cancelled as error:
            return error
        except AppError as error:
            # The service may be another one when it comes back: it must name itself again.
            self._link.forget()
            offline = isinstance(error, ServiceUnreachable)
            phase = SyncPhase.OFFLINE if offline else SyncPhase.FAILED
            self._ending = _Ending(phase, str(error), error.code)
            return self._noted(error)
        self._ending = _Ending(SyncPhase.IDLE)
        self._last_success = self._round.finished_at
        return None

    def _noted(self, error: AppError) -> AppError:
        """Tell of a deleted account; where the vault cannot keep that, the next round does."""
        if isinstance(error, AccountDeleted):
            try:
                self.account_deleted()
            except VaultError as problem:
                return problem
        return error

    def _keep_embedded(self) -> AppError | None:
        """Start the service of this computer if it should run; only where rounds are automatic."""
        if self._ending.phase is SyncPhase.IDLE:
            return None
        try:
            self._keeper.keep()
        except AppError as error:
            self._ending = _Ending(SyncPhase.FAILED, str(error), error.code)
            return error
        return None

    def _attempt_by_itself(self, is_stopping: Callable[[], bool]) -> float | None:
        def report(done: int, total: int | None = None) -> None:  # noqa: ARG001 (nobody watches)
            if is_stopping():
                raise Cancelled("Sync was stopped. What was stored until then is kept.")

        with self._one_at_a_time:
            problem = self._keep_embedded() or self._attempt(report)
        self._tell()
        if problem is None:
            return None
        return problem.retry_after_s if isinstance(problem, ServiceUnreachable) else 0.0

    def _loop_broke_down(self) -> None:
        self._ending = _Ending(SyncPhase.FAILED, LOOP_FAULT)
        self._notice("sync")

    def _tell(self) -> None:
        """Send a notice if the window would show something else than after the last one."""
        state = self._resting_state()
        if self._told is None or _looks_different(self._told, state):
            self._told = state
            self._notice("sync")

    def _resting_state(self) -> SyncState:
        with self._vault.reading() as db:
            waiting, aside = outbox.waiting(db), conflicts.count(db)
            finished = sync_state.cursor(db, "backfill").finished
            connected = sync_state.connection(db) is not None
        ending = self._ending if connected else _Ending(SyncPhase.NOT_CONNECTED)
        offset = self._round.clock_offset_s
        return SyncState(
            phase=ending.phase,
            last_success=self._success_time(),
            waiting_edits=waiting,
            conflicts=aside,
            backfill_done=finished,
            problem=ending.problem,
            problem_code=ending.problem_code,
            past_is_held=self._round.past_is_held,
            clock_offset_s=offset if abs(offset) > SKEW_TOLERANCE_S else 0,
        )

    def _success_time(self) -> datetime | None:
        if self._last_success is not None:
            return self._last_success
        with self._vault.reading() as db:
            return sync_state.last_success(db)


def _looks_different(told: SyncState, state: SyncState) -> bool:
    """Whether the window shows something else; it shows the time of success to the minute."""
    if replace(told, last_success=None) != replace(state, last_success=None):
        return True
    if told.last_success is None or state.last_success is None:
        return told.last_success is not state.last_success
    return state.last_success - told.last_success >= SHOWN_TO
