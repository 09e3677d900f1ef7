"""A backup each day while the vault is open."""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.domain.errors import AppError
from desktop.services.calls import no_report
from desktop.services.storage.backup import Reason

if TYPE_CHECKING:
    from desktop.services.storage.health import Health

log = logging.getLogger(__name__)


class DailyBackup:
    """Makes a backup when a day has passed."""

    def __init__(
        self, health: "Health", beside: Callable[[], object], notice: Callable[[str], None]
    ) -> None:
        """Do nothing yet.

        Args:
            health: makes the vault's backup.
            beside: backs up what belongs to the vault but lies elsewhere; raises AppError.
            notice: told `backup` after a backup, good or bad.
        """
        self._health = health
        self._beside = beside
        self._notice = notice

    def make_if_due(self) -> bool:
        """Whether a backup was due; what failed is in the log, and tried again next time."""
        try:
            if not self._health.backup_is_due():
                return False
            self._health.back_up(no_report, Reason.DAILY)
            self._beside()
        except AppError as error:
            # Nobody waits for an answer; the age of the last backup is shown in Settings.
            log.warning("The daily backup failed: %s", error)
        self._notice("backup")
        return True
