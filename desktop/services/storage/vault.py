"""The vault: one encrypted database that is opened with a passphrase.

The only module that knows the database library's connections and errors. A full disk, a busy file
or a damaged page becomes a `VaultError` in words; a misspelt table stays what it is, a bug.
"""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from desktop.domain.connection import VaultState
from desktop.domain.errors import VaultDamaged, VaultError, VaultLocked
from desktop.paths import make_private
from desktop.services.storage import header as headers
from desktop.services.storage import schema
from desktop.services.storage.files import sync_directory
from desktop.services.storage.header import Argon2Cost
from desktop.services.storage.lock import VaultLock
from desktop.services.storage.seal import derived_key, seal, unseal

NEW_COST: Final = Argon2Cost()
CACHE_KIB: Final = 65_536
BUSY_MS: Final = 10_000
PAGE_BYTES: Final = 4096
PLAIN_MAGIC: Final = b"SQLite format 3\x00"
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
    13: "the disk is full",
    14: "the file could not be opened",
}
"""Primary codes of faults that lie outside the program."""

DATABASE_DAMAGED: Final = (
    "The vault's database is damaged and was not opened. Nothing was changed or deleted. "
    "Put back a copy of both vault files from a backup."
)


class _Handle:
    """A thread's connection, closed with the thread: its thread-local is the only reference."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def __del__(self) -> None:
        self.connection.close()


class Vault:
    """The vault in one directory; every method may be called on any thread.

    Ending the process is what erases the data key; `close` only lets another process open the file.
    """

    def __init__(self, directory: Path, cost: Argon2Cost = NEW_COST) -> None:
        self.directory = directory
        self._cost = cost
        self._header = directory / "vault.hdr"
        self._database = directory / "vault.db"
        self._opening = threading.Lock()
        self._local = threading.local()
        self._data_key: bytes | None = None
        self._wrapping_key: bytes | None = None
        self._lock: VaultLock | None = None
        self._generation = 0

    def state(self) -> VaultState:
        """Whether there is a vault and it is open. Raises: VaultError saying what is wrong."""
        if self._data_key is not None:
            return VaultState.OPEN
        if not self._header.exists() and not self._database.exists():
            return VaultState.MISSING
        headers.read_header(self._header)
        if not self._unfinished().exists():
            self._check_file()
        return VaultState.LOCKED

    def create(self, passphrase: str) -> None:
        """Make a new vault and open it.

        The database is complete before the header appears, and the header before the database
        gets its name: a crash leaves either nothing or a vault.
        Raises: VaultError (there is one already, or the folder cannot be written).
        """
        with self._opening, _file_faults(), _database_faults():
            make_private(self.directory)
            self._take_lock()
            try:
                self._make(passphrase)
            except BaseException:
                self._release_lock()
                raise

    def unlock(self, passphrase: str) -> None:
        """Open the vault; does nothing when it is open. Takes about 0.3 s.

        Raises: WrongPassphrase, VaultDamaged, VaultInUse, VaultError.
        """
        with self._opening, _file_faults(), _database_faults():
            if self._data_key is not None:
                return
            header = headers.read_header(self._header)
            self._take_lock()
            try:
                data_key = headers.open_slot(header, passphrase)
                headers.verify_mac(self._header, data_key)
                self._finish_creation()
                self._start(data_key, header.vault_id)
            except BaseException:
                self._release_lock()
                raise

    def close(self) -> None:
        """Forget the keys, close this thread's connection and let another process open the vault.

        Other threads must have ended: theirs are closed with them.
        """
        with self._opening:
            self._data_key = self._wrapping_key = None
            self._generation += 1
            self._local = threading.local()
            self._release_lock()

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction on this thread's connection: all of it, or none.

        Raises: VaultLocked, VaultError, VaultDamaged; nothing of the transaction was kept.
        """
        with self._within("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent picture of the vault for as long as the block lasts.

        Raises: VaultLocked, VaultError, VaultDamaged.
        """
        with self._within("BEGIN DEFERRED") as connection:
            yield connection

    def seal(self, plain: bytes, bound: str) -> bytes:
        """Encrypt one value once more, under the key that only the open vault has."""
        return seal(self._open_key(), plain, bound)

    def unseal(self, sealed: bytes, bound: str) -> bytes:
        """Raises: VaultDamaged when the value or what it was bound to was altered; VaultLocked."""
        return unseal(self._open_key(), sealed, bound)

    def _make(self, passphrase: str) -> None:
        if self._header.exists() or self._database.exists():
            raise VaultError(
                "There is a vault in this folder already. Nothing was changed. Unlock it, or "
                "choose another folder."
            )
        data_key = os.urandom(headers.KEY_BYTES)
        header = headers.new_header(passphrase, data_key, self._cost)
        unfinished = self._unfinished()
        unfinished.unlink(missing_ok=True)
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        connection = _connect(unfinished, data_key, "DELETE")
        try:
            schema.create(connection, header.vault_id, _new_wrapping_key(data_key))
        finally:
            connection.close()
        sync_directory(self.directory)
        headers.write_header(self._header, header, data_key)
        self._finish_creation()
        self._start(data_key, header.vault_id)

    def _finish_creation(self) -> None:
        """Give a database that was complete at a crash its name."""
        if self._unfinished().exists() and not self._database.exists():
            self._unfinished().replace(self._database)
            sync_directory(self.directory)

    def _start(self, data_key: bytes, vault_id: str) -> None:
        self._check_file()
        connection = _connect(self._database, data_key, "WAL")
        try:
            if schema.vault_id(connection) != vault_id:
                raise VaultDamaged(DATABASE_DAMAGED)
            schema.upgrade(connection, self._database)
            sealed = schema.wrapping_key(connection)
        finally:
            connection.close()
        self._wrapping_key = unseal(derived_key(data_key, "items"), sealed, "wrapping key")
        self._data_key = data_key

    def _check_file(self) -> None:
        """Refuse what the database library would take for a new, empty or plain database."""
        try:
            with self._database.open("rb") as file:
                start = file.read(PAGE_BYTES)
        except FileNotFoundError as error:
            raise VaultDamaged(
                "The vault's database file is missing. Its header is there and was not changed. "
                "Put back the file vault.db from a backup."
            ) from error
        except OSError as error:
            raise VaultError(
                f"The vault's database could not be read: {error.strerror}. Nothing was changed."
            ) from error
        if len(start) < PAGE_BYTES or start.startswith(PLAIN_MAGIC):
            raise VaultDamaged(DATABASE_DAMAGED)

    def _unfinished(self) -> Path:
        return self.directory / "vault.db.new"

    def _take_lock(self) -> None:
        self._lock = VaultLock(self.directory / "vault.lock")

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _open_key(self) -> bytes:
        if self._wrapping_key is None:
            raise _locked()
        return self._wrapping_key

    def _connection(self) -> Connection:
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None:
            if self._data_key is None:
                raise _locked()
            handle = _Handle(_connect(self._database, self._data_key, "WAL"))
            self._local.handle = handle
        return handle.connection

    @contextmanager
    def _within(self, begin: str) -> Iterator[Connection]:
        with _database_faults():
            connection = self._connection()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                # A full disk rolls back by itself; a second ROLLBACK would hide its error.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


@contextmanager
def _database_faults() -> Iterator[None]:
    try:
        yield
    except sqlcipher.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in DAMAGE:
            raise VaultDamaged(DATABASE_DAMAGED) from error
        if code in ENVIRONMENT:
            raise VaultError(_in_words(ENVIRONMENT[code])) from error
        raise


@contextmanager
def _file_faults() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise VaultError(_in_words(error.strerror or "the system refused")) from error


def _in_words(reason: str) -> str:
    return (
        f"The vault could not be read or written: {reason}. What was stored before is safe, this "
        "change was not stored. Remove the cause, then try again."
    )


def _locked() -> VaultLocked:
    return VaultLocked("The vault is locked. Nothing was changed. Unlock it and try again.")


def _new_wrapping_key(data_key: bytes) -> bytes:
    """A fresh key for single secrets, sealed under the data key, so that every slot reaches it."""
    return seal(derived_key(data_key, "items"), os.urandom(headers.KEY_BYTES), "wrapping key")


def _connect(path: Path, data_key: bytes, journal: str) -> Connection:
    """A keyed connection with the vault's settings; the file must exist."""
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
        _set_up(connection, journal)
    except BaseException:
        connection.close()
        raise
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


def _set_up(connection: Connection, journal: str) -> None:
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
    ):
        connection.execute(f"PRAGMA {setting}")
