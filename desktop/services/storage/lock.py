"""The vault's lock file: one process at a time has a vault open.

The operating system holds the lock, not the file's existence: it ends with the process that took
it, however that ends.
"""

import os
import sys
import time
from pathlib import Path
from typing import Final

from desktop.domain.errors import VaultError, VaultInUse
from desktop.services.storage.files import NO_FOLLOW, PRIVATE_FILE

PATIENCE_S: Final = 2.0
"""A core that was just told to end may hold the lock for up to a second."""
PAUSE_S: Final = 0.02

if sys.platform == "win32":
    import msvcrt

    def _try_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _try_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class VaultLock:
    """Held from construction until `release` or the end of the process."""

    def __init__(self, path: Path) -> None:
        """Raises: VaultInUse (another process kept it for 2 s), VaultError."""
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | NO_FOLLOW, PRIVATE_FILE)
        except OSError as error:
            raise VaultError(
                f"The vault's folder cannot be written to: {error.strerror}. Nothing was changed."
            ) from error
        try:
            self._take(time.monotonic() + PATIENCE_S)
        except VaultInUse:
            self.release()
            raise

    def release(self) -> None:
        os.close(self._descriptor)

    def _take(self, deadline: float) -> None:
        while True:
            try:
                _try_lock(self._descriptor)
            except OSError as error:
                if time.monotonic() > deadline:
                    raise VaultInUse(
                        "This vault is open in another window or command. Nothing was changed. "
                        "Close it there, then try again."
                    ) from error
                time.sleep(PAUSE_S)
            else:
                return
