"""The witness: the highest generation of a vault that this computer has seen.

It lies outside the vault's folder, so that it does not travel back in time with a folder that was
replaced by an older copy. It is written after each commit, in place and without waiting for the
disk: two records in turn, each with its own MAC, so that a torn one leaves the other. After a power
failure it may be behind the vault, never ahead of it.
"""

import hashlib
import hmac
import os
import threading
from pathlib import Path
from typing import Final

from desktop.domain.errors import VaultError
from desktop.services.storage.files import (
    NO_FOLLOW,
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    read_private,
)
from desktop.services.storage.seal import derived_key

RECORDS: Final = 2
NUMBER_BYTES: Final = 8
RECORD_BYTES: Final = NUMBER_BYTES + hashlib.sha256().digest_size


class Witness:
    """The witness of one line of copies. Any thread.

    A folder that cannot be written to costs this protection and nothing else.
    """

    def __init__(self, folder: Path, lineage: str, wrapping_key: bytes) -> None:
        """`wrapping_key` stays the same as long as the vault does."""
        self._path = folder / lineage
        self._lineage = lineage
        self._key = derived_key(wrapping_key, "witness")
        self._lock = threading.Lock()
        self._descriptor: int | None = None
        self.seen = self._read()
        """Highest generation seen; 0 when this computer has not seen the vault."""

    def note(self, generation: int) -> None:
        """The vault was committed at this generation. Raises: OSError."""
        with self._lock:
            if generation <= self.seen:
                return
            if self._descriptor is None:
                self._descriptor = self._open()
            # Seeking and writing is what every system has; the lock keeps the two together.
            os.lseek(self._descriptor, generation % RECORDS * RECORD_BYTES, os.SEEK_SET)
            os.write(self._descriptor, self._record(generation))
            self.seen = generation

    def close(self) -> None:
        with self._lock:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def _open(self) -> int:
        self._path.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        return os.open(self._path, os.O_WRONLY | os.O_CREAT | NO_FOLLOW, PRIVATE_FILE)

    def _read(self) -> int:
        try:
            stored = read_private(self._path, RECORDS * RECORD_BYTES)
        except (OSError, VaultError):
            # Missing or spoilt: whoever can do that can do without it, and nothing else is lost.
            return 0
        starts = range(0, len(stored), RECORD_BYTES)
        return max((self._generation(stored[at : at + RECORD_BYTES]) for at in starts), default=0)

    def _generation(self, record: bytes) -> int:
        number = int.from_bytes(record[:NUMBER_BYTES], "big")
        return number if hmac.compare_digest(record, self._record(number)) else 0

    def _record(self, generation: int) -> bytes:
        number = generation.to_bytes(NUMBER_BYTES, "big")
        return number + hmac.digest(self._key, self._lineage.encode() + number, "sha256")
