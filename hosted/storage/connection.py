"""How a connection to the encrypted data file is opened, and how its errors read."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from contract.result_codes import primary_code
from hosted.errors import StorageDamaged, StorageUnavailable

RAW_KEY: Final = re.compile(r"[0-9a-f]{64}\Z")
SQLITE_HEADER_BYTES: Final = 100
ENVIRONMENT: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_NOMEM,
    }
)
"""Primary result codes that are the machine's fault, not ours."""

UNREADABLE: Final = (
    "The service's data file cannot be read: the service key is not the one it was made with, "
    "or the file is damaged. Nothing was changed. Start with the right key, or restore a backup."
)


@contextmanager
def translated() -> Iterator[None]:
    """Turn the environment's database errors into words; bugs pass unchanged.

    Raises:
        StorageUnavailable: disk full, file gone, no permission, file damaged.
    """
    try:
        yield
    except sqlcipher.DatabaseError as error:
        if primary_code(error) not in ENVIRONMENT:
            raise
        raise StorageUnavailable(
            "The service could not read or write its data file. What was confirmed is safe. "
            "Free disk space or check the data directory; the service goes on by itself."
        ) from error


def connect(path: Path, key_hex: str, *, cache_kib: int = 16_384) -> sqlite3.Connection:
    """Open the encrypted file. The connection may move between threads, one at a time.

    Args:
        path: the data file; it is created when it does not exist.
        key_hex: 256-bit key, 64 lower-case hex digits. Anything else would silently be taken
            as a passphrase by the library, therefore the check.
        cache_kib: page cache of this connection.

    Raises:
        StorageDamaged: wrong key or damaged file.
        StorageUnavailable: the environment refused.
    """
    if not RAW_KEY.match(key_hex):
        raise ValueError("a raw key has 64 lower-case hex digits")
    with translated():
        db = sqlcipher.connect(
            str(path), timeout=5.0, isolation_level=None, check_same_thread=False
        )
    try:
        _prepare(db, key_hex, cache_kib)
    except BaseException:
        db.close()
        raise
    return db


def _prepare(db: sqlite3.Connection, key_hex: str, cache_kib: int) -> None:
    db.execute("PRAGMA cipher_log_level = NONE")
    db.execute(f"PRAGMA key = \"x'{key_hex}'\"")
    if db.execute("PRAGMA cipher_version").fetchone() is None:
        raise RuntimeError("the database library has no encryption")
    _prove_readable(db)
    with translated():
        db.execute("PRAGMA temp_store = MEMORY")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute(f"PRAGMA cache_size = -{cache_kib:d}")
        db.execute("PRAGMA foreign_keys = ON")
        db.execute("PRAGMA trusted_schema = OFF")


def _prove_readable(db: sqlite3.Connection) -> None:
    try:
        with translated():
            db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except StorageUnavailable as error:
        cause = error.__cause__
        if cause and primary_code(cause) in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
            raise StorageDamaged(UNREADABLE) from cause
        raise
