"""Packs past days of usage, so that questions about them read little. Any thread; open vault."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.services.storage import applications, day_packing

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

DAYS_A_TRANSACTION: Final = 4


class UsagePacking:
    def __init__(self, vault: Vault, clock: Callable[[], datetime]) -> None:
        """`clock` is aware."""
        self._vault = vault
        self._clock = clock

    def pack_by_itself(self) -> None:
        """Pack every day before today, UTC, that is not packed as it is; a chore of the upkeep.

        A few days in a transaction; a kill in between leaves the rest for the next time.
        Raises: VaultError.
        """
        if self._vault.is_older_copy:
            return
        before = calendar.day_number(self._clock().date())
        with self._vault.reading() as db:
            waiting = [
                (one, kind, day)
                for one in applications.all_ids(db)
                for kind, day in day_packing.to_pack(db, one, before)
            ]
        for first in range(0, len(waiting), DAYS_A_TRANSACTION):
            with self._vault.transaction() as db:
                for application_id, kind, day in waiting[first : first + DAYS_A_TRANSACTION]:
                    day_packing.pack(db, application_id, kind, day)
