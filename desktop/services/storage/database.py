"""Connections to the vault's database, and its errors in words.

The only module that knows the database library. A full disk, a busy file or a damaged page becomes
a `VaultError`; a misspelt table stays what it is, a bug.
"""

import errno
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from contract.result_codes import primary_code
from desktop.domain.errors import DiskFull, VaultDamaged, VaultError
from desktop.services.storage.files import require_ordinary

CACHE_KIB: Final = 65_536
FEW_PAGES_KIB: Final = 2048
IN_MEMORY: Final = 2
SIDECAR_BYTES: Final = 65_536
"""Of the index that the database library makes beside a file in write-ahead mode, and some more."""
BUSY_MS: Final = 10_000
NO_FOLLOW: Final = 0 if os.name == "nt" else 0x01000000
"""SQLITE_OPEN_NOFOLLOW: a symbolic link in the vault's place is refused."""
RAW_KEY: Final = re.compile(r"[0-9a-f]{64}")
DAMAGE: Final = frozenset({11, 26})
"""Primary codes CORRUPT and NOTADB. Source: sqlite.org/rescode.html."""
ENVIRONMENT: Final = {
    3: "the system does not permit it",
    5: "another program keeps it busy",
    6: "another program keeps it busy",
    7: "the computer has run out of memory",
    8: "the disk or the folder is read-only",
    10: "the disk reported an error",
    14: "the file could not be opened",
}
"""Primary codes of faults that lie outside the program."""
FULL: Final = 13
FORBIDDEN_FUNCTIONS: Final = frozenset({"load_extension", "sqlcipher_export"})
WHOLE_NUMBER: Final = re.compile(r"-?[0-9]+")
READABLE_PRAGMAS: Final = frozenset(
    {
        "application_id",
        "cipher_hmac_algorithm",
        "cipher_integrity_check",
        "cipher_memory_security",
        "cipher_page_size",
        "cipher_provider_version",
        "cipher_version",
        "defer_foreign_keys",
        "foreign_keys",
        "foreign_key_check",
        "freelist_count",
        "journal_mode",
        "page_count",
        "quick_check",
        "synchronous",
        "table_list",
        "temp_store",
        "trusted_schema",
        "user_version",
        "wal_checkpoint",
    }
)
"""What a statement of the program may ask of an open vault."""

DATABASE_DAMAGED: Final = (
    "The vault's database is damaged. Nothing was changed or deleted. Restore the newest backup, "
    "or put back a copy of both vault files."
)


@contextmanager
def few_pages(connection: Connection) -> Iterator[None]:
    """Hold few pages in memory for as long as the block lasts: for much that is read once."""
    (usual,) = connection.execute("PRAGMA cache_size").fetchone()
    connection.execute(f"PRAGMA cache_size = -{FEW_PAGES_KIB}")
    try:
        yield
    finally:
        connection.execute(f"PRAGMA cache_size = {usual}")


@contextmanager
def database_faults() -> Iterator[None]:
    """Turn errors of the database into the owner's words."""
    try:
        yield
    except sqlcipher.DatabaseError as error:
        code = primary_code(error)
        if code in DAMAGE:
            raise VaultDamaged(DATABASE_DAMAGED) from error
        if code == FULL:
            raise disk_full() from error
        if code in ENVIRONMENT:
            raise VaultError(_in_words(ENVIRONMENT[code])) from error
        raise


@contextmanager
def file_faults() -> Iterator[None]:
    """Turn errors of the file system into the owner's words."""
    try:
        yield
    except OSError as error:
        # EFBIG: a limit that an administrator set to the size of files.
        if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
            raise disk_full() from error
        raise VaultError(_in_words(error.strerror or "the system refused")) from error


def disk_full() -> DiskFull:
    return DiskFull(_in_words("the disk is full"))


def _in_words(reason: str) -> str:
    return (
        f"The vault could not be read or written: {reason}. What was stored before is safe, this "
        "change was not stored. Remove the cause, then try again."
    )


def connect(path: Path, data_key: bytes, journal: str, *, read_only: bool = False) -> Connection:
    """A keyed connection with the vault's settings; the file must exist and its folder be real.

    Raises: VaultError, and what the database library raises.
    """
    require_ordinary(path)
    try:
        return _connected(path, data_key, journal, read_only=read_only)
    except sqlcipher.OperationalError as error:
        # Without room for its sidecars the library only says that it cannot open the file.
        if shutil.disk_usage(path.parent).free < SIDECAR_BYTES:
            raise disk_full() from error
        raise


def compact(path: Path, data_key: bytes) -> None:
    """Write the database anew without what was deleted from it; nobody else has it open.

    The copy is made in memory: it has to be small. Raises: as `connect`.
    """
    connection = connect(path, data_key, "WAL")
    try:
        connection.set_authorizer(None)  # it attaches its copy, which nothing else may
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        connection.close()


def _connected(path: Path, data_key: bytes, journal: str, *, read_only: bool) -> Connection:
    connection = sqlcipher.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        isolation_level=None,
        check_same_thread=False,
        uri=True,
        flags=sqlcipher.SQLITE_OPEN_READWRITE | sqlcipher.SQLITE_OPEN_URI | NO_FOLLOW,
    )
    try:
        connection.execute("PRAGMA cipher_log_level = NONE")
        _set_key(connection, data_key.hex())
        _set_up(connection, journal, read_only=read_only)
        _require_encryption(connection)
    except BaseException:
        connection.close()
        raise
    connection.set_authorizer(_permit)
    return connection


def _set_key(connection: Connection, key: str) -> None:
    """Hand over the key as SQL text: the library has no other way to take a raw one.

    A key of another shape would silently be taken for a passphrase, and an error of the statement
    would quote it: hence the check, and an error without a cause.
    """
    if RAW_KEY.fullmatch(key) is None:
        raise VaultError("The vault's key has a wrong form. Nothing was changed.")
    try:
        connection.execute(f"PRAGMA key = \"x'{key}'\"")
    except sqlcipher.DatabaseError:
        raise VaultError("The vault's key was not accepted. Nothing was changed.") from None


def _set_up(connection: Connection, journal: str, *, read_only: bool) -> None:
    if connection.execute("PRAGMA cipher_version").fetchone() is None:
        raise VaultError(
            "This installation cannot encrypt: the SQLCipher library is missing. Nothing was "
            "written. Install the program again."
        )
    for setting in (
        f"busy_timeout = {BUSY_MS}",
        "temp_store = 2",  # sorting in memory only: temporary files would be written in the clear
        f"cache_size = -{CACHE_KIB}",
        "foreign_keys = ON",
        "trusted_schema = OFF",
        f"journal_mode = {journal}",
        "synchronous = FULL",
        f"query_only = {int(read_only)}",
    ):
        connection.execute(f"PRAGMA {setting}")


def _require_encryption(connection: Connection) -> None:
    """Refuse a library that was built to write what it sorts to files in the clear."""
    (temporary,) = connection.execute("PRAGMA temp_store").fetchone()
    if temporary != IN_MEMORY:
        raise VaultError(
            "The database library of this installation writes temporary files in the clear. "
            "Nothing was written. Install the program again."
        )


def _permit(
    action: int, first: str | None, second: str | None, _database: str | None, _inner: str | None
) -> int:
    """What statements may do once the connection is set up: nothing that leaves the encryption.

    An attached database may be a plain file, a pragma may take the key away, an extension may do
    anything.
    """
    if action == sqlcipher.SQLITE_ATTACH:
        return sqlcipher.SQLITE_DENY
    if action == sqlcipher.SQLITE_PRAGMA and not _is_harmless(first or "", second):
        return sqlcipher.SQLITE_DENY
    if action == sqlcipher.SQLITE_FUNCTION and second in FORBIDDEN_FUNCTIONS:
        return sqlcipher.SQLITE_DENY
    return sqlcipher.SQLITE_OK


def _is_harmless(pragma: str, value: str | None) -> bool:
    if pragma in {"user_version", "application_id", "max_page_count", "query_only", "cache_size"}:
        return value is None or WHOLE_NUMBER.fullmatch(value) is not None
    # ALTER TABLE checks its table with quick_check by itself.
    takes_value = {"wal_checkpoint", "quick_check", "defer_foreign_keys"}
    return pragma in READABLE_PRAGMAS and (value is None or pragma in takes_value)
