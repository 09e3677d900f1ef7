"""How much usage the vault keeps. Needs the open vault; any thread."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.errors import InvalidInput
from desktop.domain.usage_questions import VaultExtent
from desktop.services.calls import Report, callable_from_window, no_report
from desktop.services.storage import applications, kept_usage

if TYPE_CHECKING:
    from desktop.domain.ids import ApplicationId
    from desktop.services.storage.vault import Vault

MOST_MONTHS: Final = 1200


class UsageKeepingService:
    def __init__(
        self, vault: Vault, clock: Callable[[], datetime], notice: Callable[[str], None]
    ) -> None:
        """`clock` is aware; `notice` tells the window what changed."""
        self._vault = vault
        self._clock = clock
        self._notice = notice

    @callable_from_window
    def extent(self) -> VaultExtent:
        """How much usage is here, without the sample, and how much is to be kept."""
        with self._vault.reading() as db:
            ids = applications.real_ids(db)
            firsts = [kept_usage.first_day(db, one) for one in ids]
            lasts = [kept_usage.last_day(db, one) for one in ids]
            first = min((day for day in firsts if day is not None), default=None)
            last = max((day for day in lasts if day is not None), default=None)
            size_bytes, months = kept_usage.used_bytes(db), kept_usage.keep_months(db)
        if first is None or last is None:
            return VaultExtent("", 0, size_bytes, months)
        begun, ended = calendar.day_of_number(first), calendar.day_of_number(last)
        spanned = calendar.month_number(ended) - calendar.month_number(begun) + 1
        return VaultExtent(begun.isoformat(), spanned, size_bytes, months)

    @callable_from_window
    def keep(self, months: int) -> None:
        """Keep the current month and so many before it; 0 keeps everything.

        What is older goes with the next `let_go`, or by itself within a quarter of an hour.
        Raises: InvalidInput (field `months`), OlderCopy, VaultError.
        """
        if not 0 <= months <= MOST_MONTHS:
            raise InvalidInput(
                f"Choose between 1 and {MOST_MONTHS:,} months, or 0 to keep everything. Nothing "
                "was changed.",
                field="months",
            )
        with self._vault.transaction() as db:
            kept_usage.set_keep_months(db, months)

    @callable_from_window
    def let_go(self, report: Report) -> None:
        """Delete usage that is older than what is to be kept, some days in a transaction.

        The sample keeps its year. What was deleted before a cancel is gone.
        Raises: Cancelled, OlderCopy, DiskFull, VaultError.
        """
        today = self._clock().date()
        with self._vault.reading() as db:
            first = kept_usage.first_wanted(db, today)
            ids = applications.real_ids(db)
            if not any(kept_usage.is_older(db, one, first) for one in ids):
                return
        try:
            self._let_go(report, ids, first)
        finally:
            self._notice("usage")

    def _let_go(self, report: Report, ids: Sequence[ApplicationId], first: int) -> None:
        for done, application_id in enumerate(ids):
            has_more = True
            while has_more:
                report(done, len(ids))
                with self._vault.transaction() as db:
                    has_more = kept_usage.let_go(db, application_id, first)
        with self._vault.transaction() as db:
            kept_usage.note_kept_from(db, first)

    def let_go_by_itself(self) -> None:
        """As a chore of the vault's upkeep. Raises: VaultError."""
        if not self._vault.is_older_copy:
            self.let_go(no_report)
