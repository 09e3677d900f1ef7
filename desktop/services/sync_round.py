"""One round of sync: push the outbox, then pull configuration and usage.

No transaction is held across the network: read, close, send, record the answer.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import CursorUnknown
from desktop.services.ahead import Ahead
from desktop.services.calls import Report
from desktop.services.storage import outbox, sync_state
from desktop.services.sync_pull import PullSide
from desktop.services.sync_push import PushSide

if TYPE_CHECKING:
    from desktop.services.client import ServiceClient
    from desktop.services.storage.vault import Vault

STAMP_EVERY_S: Final = 10
"""A round that brings nothing new renews the stored stamp no more often than this."""


@dataclass(frozen=True, slots=True)
class RoundSteps:
    """What other parts of the product do in each round."""

    greetings: "tuple[Callable[[ServiceClient], None], ...]"
    """Called with the service, in order, at the start."""
    follow: "Callable[[ServiceClient, int], bool]"
    """Called with the service and the sequence of its newest erasure, before usage."""
    changed: "Callable[[ServiceClient], None]"
    """Called with the service after a round that brought rows with limits."""
    concluded: Callable[[], None]
    """Called at the end of a round that got through."""


class SyncRound:
    """Runs rounds, one at a time: the caller sees to that. Used in the core only."""

    def __init__(
        self,
        vault: "Vault",
        clock: Callable[[], datetime],
        notice: Callable[[str], None],
        steps: RoundSteps,
    ) -> None:
        """Make a round that was not run yet.

        Args:
            vault: open while a round runs.
            clock: aware.
            notice: told what the window should read again.
            steps: what other parts of the product do in each round.
        """
        self._steps = steps
        self._vault = vault
        self._clock = clock
        self._push_side = PushSide(vault, clock, notice)
        self._pull_side = PullSide(vault, clock, notice, steps.follow)
        self.finished_at: datetime | None = None
        """End of the last round that got through."""

    @property
    def past_is_held(self) -> bool:
        """Whether the past waits; any thread may change it."""
        return self._pull_side.past_is_held

    @past_is_held.setter
    def past_is_held(self, held: bool) -> None:
        self._pull_side.past_is_held = held

    @property
    def clock_offset_s(self) -> int:
        """Service clock minus ours at the last answer, rounded."""
        return self._pull_side.clock_offset_s

    def run(self, client: "ServiceClient", report: Report) -> None:
        """Push everything, pull everything.

        A cancel lands within a tenth of a second, or at the end of the page that is being stored.
        Raises: ServiceUnreachable, ServiceRefused, VaultError, Cancelled; what was stored until
        then stays and the next round goes on from there.
        """
        for greet in self._steps.greetings:
            greet(client)
        with Ahead(lambda: report(0)) as ahead:
            self._push_side.run(client, ahead, report)
            try:
                self._pull_side.run(client, ahead, report)
            except CursorUnknown:
                self.begin_anew()
                self._pull_side.run(client, ahead, report)
            if self._pull_side.take_news_of_limits():
                self._steps.changed(client)
        self._stamp()
        self._steps.concluded()

    def begin_anew(self) -> None:
        """Forget how far the feeds were followed; stored rows stay until they are replaced."""
        with self._vault.transaction() as db:
            sync_state.begin_resync(db, replaces_all=False)
            outbox.distrust_service_rows(db)

    def _stamp(self) -> None:
        now = self.finished_at = self._clock()
        with self._vault.reading() as db:
            stored = sync_state.last_success(db)
        if stored is None or abs((now - stored).total_seconds()) >= STAMP_EVERY_S:
            with self._vault.transaction() as db:
                sync_state.store_success(db, now)
