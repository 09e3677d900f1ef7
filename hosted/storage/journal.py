"""The journal of the embedded form: an encrypted file of its own.

Apart from the data file, so that confirming a call never waits for a fold: SQLite lets one
connection write to a file at a time.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from hosted.errors import StorageDamaged
from hosted.storage.connection import connect, translated

JOURNAL_FILE: Final = "journal.db"
CACHE_KIB: Final = 4096
CHECKPOINT_PAGES: Final = 4000
"""16 MiB of log between two checkpoints, each of which one commit has to wait for."""
KEPT_LOG_BYTES: Final = 32 * 2**20
FORGET_EVERY: Final = 64
"""Entries that are deleted together; each deletion makes one commit a little dearer."""

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    service_id TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS journal (number INTEGER PRIMARY KEY, entry BLOB NOT NULL) STRICT;
"""
APPEND: Final = "INSERT INTO journal (number, entry) VALUES (:number, :entry)"
FORGET: Final = "DELETE FROM journal WHERE number <= :up_to"


class EmbeddedJournal:
    """See `hosted.storage.base.Journal`. Commits reach the disk before `append` returns."""

    def __init__(self, directory: Path, key_hex: str, service_id: str, folded: int) -> None:
        """Open or make the journal of a service.

        Args:
            directory: the data directory.
            key_hex: the storage key.
            service_id: whose journal it has to be.
            folded: number of the last entry the data file knows; new ones get higher numbers.

        Raises:
            StorageDamaged: wrong key, damaged file, or another service's journal.
            StorageUnavailable: the environment refused.
        """
        self._db = connect(directory / JOURNAL_FILE, key_hex, cache_kib=CACHE_KIB)
        with translated():
            self._db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES:d}")
            self._db.execute(f"PRAGMA journal_size_limit = {KEPT_LOG_BYTES:d}")
            self._db.executescript(SCHEMA)
            self._claim(service_id)
            newest = self._db.execute("SELECT max(number) FROM journal").fetchone()[0]
        self._number = max(folded, newest or 0)
        self._forgotten = self._forgettable = 0

    def _claim(self, service_id: str) -> None:
        row = {"service_id": service_id}
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (1, :service_id)", row)
        (owner,) = self._db.execute("SELECT service_id FROM meta").fetchone()
        if owner != service_id:
            self._db.close()
            raise StorageDamaged(
                f"The file {JOURNAL_FILE} belongs to another service's data. Nothing was changed. "
                "Put back the files that belong together."
            )

    @property
    def newest(self) -> int:
        return self._number

    def append(self, entry: bytes) -> int:
        """Store an entry for good; return its number."""
        self._number += 1  # also for one that fails: part of it may have reached the disk
        row = {"number": self._number, "entry": entry}
        with translated():
            if self._forgettable - self._forgotten < FORGET_EVERY:
                self._db.execute(APPEND, row)
            else:
                self._append_and_forget(row)
        return self._number

    def _append_and_forget(self, row: dict[str, int | bytes]) -> None:
        up_to = self._forgettable
        self._db.execute("BEGIN IMMEDIATE")
        try:
            self._db.execute(FORGET, {"up_to": up_to})
            self._db.execute(APPEND, row)
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        self._forgotten = up_to

    def entries(self, after: int) -> Iterator[tuple[int, bytes]]:
        """Entries with a higher number, in order."""
        with translated():
            yield from self._db.execute(
                "SELECT number, entry FROM journal WHERE number > :after ORDER BY number",
                {"after": after},
            )

    def forget(self, up_to: int) -> None:
        """Entries up to this number may go."""
        self._forgettable = max(self._forgettable, up_to)

    def forget_now(self, up_to: int) -> None:
        """Delete folded entries; nothing of them stays in the file or in its log."""
        with translated():
            self._db.execute("PRAGMA secure_delete = ON")
            self._db.execute(FORGET, {"up_to": up_to})
            self._db.execute("PRAGMA secure_delete = OFF")
            self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        self._forgotten = self._forgettable = max(self._forgettable, up_to)

    def close(self) -> None:
        """Let go of the file; entries that are folded stay until the next append."""
        self._db.close()
