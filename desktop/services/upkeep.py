"""The thread that looks after the open vault: its backups, its witness, what is about to expire."""

import logging
import threading
from collections.abc import Callable, Iterable
from typing import Final

from desktop.domain.errors import AppError

log = logging.getLogger(__name__)

PAUSE_S: Final = 900.0
FIRST_PAUSE_S: Final = 20.0
"""The owner wants to see the charts first."""


class Upkeep:
    """Does its chores soon after `start` and then every quarter of an hour."""

    def __init__(self, chores: Iterable[Callable[[], object]]) -> None:
        """Make a thread that stands still until `start`; chores may raise AppError."""
        self._chores = tuple(chores)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin, once; further calls do nothing."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="upkeep", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; a chore under way is finished."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def do_all(self) -> None:
        """Every chore once; what failed is in the log, and tried again next time."""
        for chore in self._chores:
            try:
                chore()
            except AppError as error:
                # Nobody waits for an answer.
                log.warning("The vault's upkeep: %s", error)

    def _run(self) -> None:
        pause_s = FIRST_PAUSE_S
        while not self._stopping.wait(pause_s):
            self.do_all()
            pause_s = PAUSE_S
