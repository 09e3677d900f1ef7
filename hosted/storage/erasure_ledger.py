"""The erasure ledger of the embedded form: an encrypted file of its own that only grows.

It stays where it is when data are restored from an archive, and says what has to be erased again.
"""

import threading
from pathlib import Path
from typing import Final

from hosted.errors import StorageDamaged
from hosted.storage.connection import connect, translated
from hosted.storage.usage_records import NotedErasure

LEDGER_FILE: Final = "erasures.db"
CACHE_KIB: Final = 256

SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS meta (
    only_row INTEGER NOT NULL PRIMARY KEY CHECK (only_row = 1),
    service_id TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS erasures (
    sequence INTEGER PRIMARY KEY AUTOINCREMENT,
    erasure_id TEXT NOT NULL UNIQUE,
    content BLOB NOT NULL
) STRICT;
CREATE TRIGGER IF NOT EXISTS erasures_are_not_changed BEFORE UPDATE ON erasures
BEGIN SELECT raise(ABORT, 'the erasure ledger is not changed'); END;
CREATE TRIGGER IF NOT EXISTS erasures_are_not_deleted BEFORE DELETE ON erasures
BEGIN SELECT raise(ABORT, 'the erasure ledger is not deleted'); END;
"""


class EmbeddedErasures:
    """See `hosted.storage.base.Erasures`. Entries reach the disk before `note` returns."""

    def __init__(self, directory: Path, key_hex: str, service_id: str) -> None:
        """Open or make the ledger of a service.

        Raises:
            StorageDamaged: wrong key, damaged file, or another service's ledger.
            StorageUnavailable: the environment refused.
        """
        self._lock = threading.Lock()
        self._db = connect(directory / LEDGER_FILE, key_hex, cache_kib=CACHE_KIB)
        with translated():
            self._db.executescript(SCHEMA)
            self._db.execute("INSERT OR IGNORE INTO meta VALUES (1, ?)", (service_id,))
            (owner,) = self._db.execute("SELECT service_id FROM meta").fetchone()
            (self.newest,) = self._db.execute(
                "SELECT coalesce(max(sequence), 0) FROM erasures"
            ).fetchone()
        if owner != service_id:
            self._db.close()
            raise StorageDamaged(
                f"The file {LEDGER_FILE} belongs to another service's data. Nothing was changed. "
                "Put back the files that belong together."
            )

    def note(self, erasure_id: str, content: bytes) -> NotedErasure:
        with self._lock, translated():
            self._db.execute(
                "INSERT OR IGNORE INTO erasures (erasure_id, content) VALUES (?, ?)",
                (erasure_id, content),
            )
            row = self._db.execute(
                "SELECT sequence, erasure_id, content FROM erasures WHERE erasure_id = ?",
                (erasure_id,),
            ).fetchone()
            noted = NotedErasure(*row)
            self.newest = max(self.newest, noted.sequence)
        return noted

    def find(self, erasure_id: str) -> NotedErasure | None:
        with self._lock, translated():
            row = self._db.execute(
                "SELECT sequence, erasure_id, content FROM erasures WHERE erasure_id = ?",
                (erasure_id,),
            ).fetchone()
        return None if row is None else NotedErasure(*row)

    def page(self, after: int, limit: int) -> list[NotedErasure]:
        with self._lock, translated():
            rows = self._db.execute(
                "SELECT sequence, erasure_id, content FROM erasures WHERE sequence > ? "
                "ORDER BY sequence LIMIT ?",
                (after, limit),
            ).fetchall()
        return [NotedErasure(*row) for row in rows]

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()
