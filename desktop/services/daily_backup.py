"""The thread that makes a backup each day while the vault is open."""

import logging
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import AppError
from desktop.services.calls import no_report
from desktop.services.storage.backup import Reason

if TYPE_CHECKING:
    from desktop.services.storage.health import Health

log = logging.getLogger(__name__)

PAUSE_S: Final = 900.0
FIRST_PAUSE_S: Final = 20.0
"""The owner wants to see the charts first."""


class DailyBackup:
    """Looks every quarter of an hour whether a day has passed."""

    def __init__(
        self, health: "Health", beside: Callable[[], object], notice: Callable[[str], None]
    ) -> None:
        """Make a thread that stands still until `start`.

        Args:
            health: makes the vault's backup.
            beside: backs up what belongs to the vault but lies elsewhere; raises AppError.
            notice: told `backup` after a backup, good or bad.
        """
        self._health = health
        self._beside = beside
        self._notice = notice
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, once; further calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="backup", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; a backup under way is finished."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

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

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping.wait(pause_s):
            self.make_if_due()
            pause_s = PAUSE_S
