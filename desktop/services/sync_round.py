"""One round of sync: push the outbox, then pull configuration and usage.

No transaction is held across the network: read, close, send, record the answer. Every page is
stored with its cursor, so that a kill at any instant loses nothing and doubles nothing.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import CursorUnknown
from desktop.services.calls import Report
from desktop.services.reconcile import settle, take_row
from desktop.services.storage import applications, configuration, outbox, rollups, sync_state
from desktop.services.storage.outbox import PendingEdit
from desktop.services.storage.sync_state import Reached

if TYPE_CHECKING:
    from contract.messages.configuration import ChangesPage
    from desktop.services.answers import RollupPage
    from desktop.services.client import ServiceClient
    from desktop.services.storage.vault import Vault

PUSH_LIMIT: Final = 500
STAMP_EVERY_S: Final = 10
"""A round that brings nothing new renews the stored stamp no more often than this."""


class SyncRound:
    """Runs rounds, one at a time: the caller sees to that. Used in the core only."""

    def __init__(
        self,
        vault: "Vault",
        clock: Callable[[], datetime],
        notice: Callable[[str], None],
        introduce: "Callable[[ServiceClient], None]",
    ) -> None:
        """`introduce` is called with the service at the start of each round."""
        self._introduce = introduce
        self._vault = vault
        self._clock = clock
        self._notice = notice
        self.clock_offset_s = 0
        """Service clock minus ours at the last answer, rounded."""
        self.finished_at: datetime | None = None
        """End of the last round that got through."""

    def run(self, client: "ServiceClient", report: Report) -> None:
        """Push everything, pull everything.

        Raises: ServiceUnreachable, ServiceRefused, VaultError, Cancelled; what was stored until
        then stays and the next round goes on from there.
        """
        self._introduce(client)
        self._push(client, report)
        try:
            self._pull(client, report)
        except CursorUnknown:
            with self._vault.transaction() as db:
                sync_state.begin_resync(db, replaces_all=False)
                outbox.distrust_service_rows(db)
            self._pull(client, report)
        self._stamp()

    def _push(self, client: "ServiceClient", report: Report) -> None:
        sent = 0
        while pending := self._pending():
            report(sent, sent + len(pending))
            results = client.push(pending)
            with self._vault.transaction() as db:
                now = self._clock()
                for edit, result in zip(pending, results, strict=True):
                    settle(db, edit, result, now)
            sent += len(pending)
            self._notice("configuration")

    def _pending(self) -> tuple[PendingEdit, ...]:
        """The edits that leave next, noted as sent: from now on they cannot be undone here."""
        with self._vault.reading() as db:
            if outbox.waiting(db) == 0:
                return ()
        with self._vault.transaction() as db:
            edits = outbox.first_of_each_row(db, PUSH_LIMIT)
            outbox.mark_sent(db, edits, self._clock())
        return edits

    def _pull(self, client: "ServiceClient", report: Report) -> None:
        self._pull_configuration(client, report)
        # The tail's first cursor is taken before the backfill starts: what changes behind the
        # backfill's back comes with the tail, after every page of the past.
        stored = self._pull_tail(client, report, 0)
        while not self._cursor("backfill").finished:
            page = client.rollups("backfill", self._cursor("backfill").value)
            self._store_rollups("backfill", page)
            stored = self._pull_tail(client, report, stored + len(page.rows))

    def _pull_configuration(self, client: "ServiceClient", report: Report) -> None:
        more = True
        while more:
            report(0)
            page, self.clock_offset_s = client.changes(self._cursor("changes").value)
            self._store_configuration(page)
            more = page.has_more

    def _pull_tail(self, client: "ServiceClient", report: Report, stored: int) -> int:
        """Pull what changed since the last page; return `stored` plus the rows that came."""
        more = True
        while more:
            report(stored)
            page = client.rollups("tail", self._cursor("tail").value)
            self._store_rollups("tail", page)
            stored += len(page.rows)
            more = page.has_more
        return stored

    def _cursor(self, stream: sync_state.Stream) -> sync_state.Cursor:
        with self._vault.reading() as db:
            return sync_state.cursor(db, stream)

    def _store_configuration(self, page: "ChangesPage") -> None:
        if not page.rows and self._cursor("changes").value == page.next_cursor:
            return
        with self._vault.transaction() as db:
            epoch = sync_state.epoch(db)
            for row in page.rows:
                take_row(db, row, epoch)
            reached = Reached(page.next_cursor, not page.has_more, len(page.rows))
            sync_state.store_cursor(db, "changes", reached)
        if page.rows:
            self._notice("configuration")

    def _store_rollups(self, stream: sync_state.Stream, page: "RollupPage") -> None:
        before = self._cursor(stream)
        if not page.rows and before == sync_state.Cursor(page.next_cursor, not page.has_more):
            return
        with self._vault.transaction() as db:
            epoch = sync_state.epoch(db)
            rollups.store_page(db, page.rows, epoch, applications.zones(db))
            reached = Reached(page.next_cursor, not page.has_more, len(page.rows))
            sync_state.store_cursor(db, stream, reached)
            if stream == "backfill" and not page.has_more and epoch > 0:
                rollups.remove_older(db, epoch)
                configuration.remove_older(db, epoch)
        if page.rows:
            self._notice("usage")

    def _stamp(self) -> None:
        now = self.finished_at = self._clock()
        with self._vault.reading() as db:
            stored = sync_state.last_success(db)
        if stored is None or abs((now - stored).total_seconds()) >= STAMP_EVERY_S:
            with self._vault.transaction() as db:
                sync_state.store_success(db, now)
