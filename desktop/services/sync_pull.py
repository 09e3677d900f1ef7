"""The incoming half of a round: configuration, what changed in usage, and the past.

Every page is stored with its cursor in one transaction, so that a kill at any instant loses nothing
and doubles nothing. The next page of the past is fetched and decoded while one is stored.
"""

import time
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import ServiceFaulty
from desktop.services.calls import Report
from desktop.services.limit_history import LIMIT_ROWS
from desktop.services.reconcile import take_row
from desktop.services.storage import (
    account,
    applications,
    configuration,
    refusals,
    rollups,
    sync_state,
)
from desktop.services.storage.refusals import RefusedItem
from desktop.services.storage.sync_state import Cursor, Reached, Stream

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.messages.rollups import RollupRow
    from desktop.services.ahead import Ahead
    from desktop.services.client import ServiceClient
    from desktop.services.storage.vault import Vault
    from desktop.services.sync_answers import ConfigurationPage, RollupPage

TAIL_EVERY_S: Final = 1.0
"""While the past is fetched, what changes is fetched as often."""
MOST_EMPTY_PAGES: Final = 1_000
FOREIGN: Final = "It belongs to an application that this account does not have."


class PullSide:
    """Follows the feeds of the service; remembers how far only in the vault."""

    def __init__(
        self,
        vault: "Vault",
        clock: Callable[[], datetime],
        notice: Callable[[str], None],
        follow: "Callable[[ServiceClient, int], bool]",
    ) -> None:
        self.follow = follow
        """Told of the service's newest erasure before usage comes under new ids."""
        self._vault = vault
        self._clock = clock
        self._notice = notice
        self.clock_offset_s = 0
        """Service clock minus ours at the last answer, rounded."""
        self._limits_came = False
        self.past_is_held = False
        """The past waits; asked before each page of it. Any thread may change it."""

    def run(self, client: "ServiceClient", ahead: "Ahead", report: Report) -> None:
        """Follow every feed to its end.

        Raises:
            CursorUnknown: the service starts anew; so has a clean re-sync.
            ServiceUnreachable, ServiceRefused, VaultError, Cancelled: what was stored stays.
        """
        _Pulling(self, self._vault, client, ahead, report).run()

    def store_configuration(self, page: "ConfigurationPage") -> None:
        """Store a page with its cursor; rows of no application of the account are left out."""
        if not page.rows and not page.refused and self.cursor("changes").value == page.next_cursor:
            return
        with self._vault.transaction() as db:
            epoch = sync_state.epoch(db)
            for row in page.rows:
                if row.entity == "application":
                    account.note(db, row.entity_id)
                take_row(db, row, epoch)
            foreign = () if page.has_more else account.remove_foreign(db)
            refused = [RefusedItem(key.entity, key.entity_id, FOREIGN) for key in foreign]
            refusals.add(db, "configuration", (*page.refused, *refused), self._clock())
            reached = Reached(page.next_cursor, not page.has_more, len(page.rows))
            sync_state.store_cursor(db, "changes", reached)
        if page.rows:
            self._notice("configuration")
        self._limits_came |= any(row.entity in LIMIT_ROWS for row in page.rows)

    def take_news_of_limits(self) -> bool:
        """Whether rows with limits came since the last question."""
        came, self._limits_came = self._limits_came, False
        return came

    def store_usage(self, stream: Stream, page: "RollupPage") -> None:
        """Store a page with its cursor; the last page of the past ends a re-sync."""
        cursor = Cursor(page.next_cursor, finished=not page.has_more)
        if not page.rows and not page.refused and self.cursor(stream) == cursor:
            return
        with self._vault.transaction() as db:
            rows, foreign = _of_account(page.rows, account.applications(db))
            rollups.store_page(db, rows, sync_state.epoch(db), applications.zones(db))
            refusals.add(db, "usage", (*page.refused, *foreign), self._clock())
            reached = Reached(
                cursor.value or "", cursor.finished, len(rows), page.reached_day, page.oldest_day
            )
            sync_state.store_cursor(db, stream, reached)
            if stream == "backfill" and cursor.finished:
                _end_resync(db)
        if page.rows:
            self._notice("usage")

    def told_of_erasures(self) -> None:
        """Customers went: every page shows something else now."""
        for topic in ("configuration", "usage"):
            self._notice(topic)

    def cursor(self, stream: Stream) -> Cursor:
        with self._vault.reading() as db:
            return sync_state.cursor(db, stream)

    def knows(self, rows: "Iterable[RollupRow]") -> bool:
        """Whether the account has the applications of all rows."""
        wanted = {row.application_id for row in rows}
        with self._vault.reading() as db:
            return wanted <= account.applications(db)


class _Pulling:
    """One run: what must not happen twice in it, and when the tail was last followed."""

    def __init__(
        self,
        side: PullSide,
        vault: "Vault",
        client: "ServiceClient",
        ahead: "Ahead",
        report: Report,
    ) -> None:
        self._side = side
        self._vault = vault
        self._client = client
        self._ahead = ahead
        self._report = report
        self._stored = 0
        self._asked_again = False
        self._tail_at = 0.0
        self._seen: dict[Stream, set[str]] = defaultdict(set)
        self._empty: dict[Stream, int] = defaultdict(int)

    def run(self) -> None:
        # The tail's first cursor is taken before the past is fetched: what changes behind its back
        # comes with the tail.
        if not self._configuration():
            self._tail()
        self._past()

    def _configuration(self) -> bool:
        """Follow configuration; return whether the service says that no usage is new."""
        while True:
            self._report(self._stored)
            cursors = (self._side.cursor("changes").value, self._side.cursor("tail").value)
            page, self._side.clock_offset_s = self._ahead.call(self._client.changes, *cursors)
            if self._side.follow(self._client, page.erasures):
                self._side.told_of_erasures()
                continue  # the page may hold who has just been erased
            self._require_progress("changes", page, len(page.rows))
            self._side.store_configuration(page)
            if not page.has_more:
                return page.usage_is_current is True

    def _tail(self) -> None:
        more = True
        while more:
            self._report(self._stored)
            cursor = self._side.cursor("tail").value
            page = self._ahead.call(self._client.rollups, "tail", cursor)
            self._take("tail", page)
            more = page.has_more
        self._tail_at = time.monotonic()

    def _past(self) -> None:
        cursor = self._side.cursor("backfill")
        if cursor.finished or self._side.past_is_held:
            return
        following = self._ahead.begin(self._client.rollups, "backfill", cursor.value)
        more = True
        while more:
            self._report(self._stored)
            page = self._ahead.wait(following)
            more = page.has_more and not self._side.past_is_held
            if more:
                following = self._ahead.begin(self._client.rollups, "backfill", page.next_cursor)
            self._take("backfill", page)
            if time.monotonic() - self._tail_at >= TAIL_EVERY_S:
                self._tail()

    def _take(self, stream: Stream, page: "RollupPage") -> None:
        self._require_progress(stream, page, len(page.rows))
        if not self._asked_again and not self._side.knows(page.rows):
            # An application that was made a moment ago: its row comes before its usage.
            self._asked_again = True
            self._configuration()
        self._side.store_usage(stream, page)
        self._stored += len(page.rows)

    def _require_progress(
        self, stream: Stream, page: "ConfigurationPage | RollupPage", rows: int
    ) -> None:
        """Raises: ServiceFaulty for a feed that never ends."""
        self._empty[stream] = 0 if rows else self._empty[stream] + 1
        goes_round = page.next_cursor in self._seen[stream]
        if page.has_more and (goes_round or self._empty[stream] > MOST_EMPTY_PAGES):
            raise ServiceFaulty(
                "The service sends the same page again and again. What was stored is safe, "
                "waiting edits were sent. Look at the service's log, or update it."
            )
        self._seen[stream].add(page.next_cursor)


def _of_account(
    rows: "Iterable[RollupRow]", known: frozenset[str]
) -> "tuple[tuple[RollupRow, ...], tuple[RefusedItem, ...]]":
    """Rows of the account's applications, and one refusal for each other application."""
    rows = tuple(rows)
    foreign = sorted({row.application_id for row in rows} - known)
    if not foreign:
        return rows, ()
    refused = tuple(RefusedItem("usage", application_id, FOREIGN) for application_id in foreign)
    return tuple(row for row in rows if row.application_id in known), refused


def _end_resync(db: "Connection") -> None:
    """Drop what the service did not send again.

    Usage older than all it still has stays, for that it has let go by its own retention; of another
    service than before nothing stays.
    """
    epoch = sync_state.epoch(db)
    if epoch == 0:
        return
    oldest = rollups.oldest_day(db, epoch)
    replaces_all = sync_state.end_resync(db)
    rollups.remove_older(db, epoch, 0 if replaces_all or oldest is None else oldest)
    configuration.remove_older(db, epoch)
