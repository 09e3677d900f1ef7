"""The vault: one encrypted database that is opened with a passphrase."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from desktop.domain.connection import VaultState
from desktop.domain.errors import VaultDamaged, VaultError, VaultLocked
from desktop.paths import make_private
from desktop.services.storage import header as headers
from desktop.services.storage import schema
from desktop.services.storage.database import (
    DATABASE_DAMAGED,
    connect,
    database_faults,
    file_faults,
)
from desktop.services.storage.files import sync_directory
from desktop.services.storage.header import Argon2Cost
from desktop.services.storage.lock import VaultLock
from desktop.services.storage.seal import derived_key, seal, unseal

NEW_COST: Final = Argon2Cost()
PAGE_BYTES: Final = 4096
PLAIN_MAGIC: Final = b"SQLite format 3\x00"


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
        with self._opening, file_faults(), database_faults():
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
        with self._opening, file_faults(), database_faults():
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
        connection = connect(unfinished, data_key, "DELETE")
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
        connection = connect(self._database, data_key, "WAL")
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
            handle = _Handle(connect(self._database, self._data_key, "WAL"))
            self._local.handle = handle
        return handle.connection

    @contextmanager
    def _within(self, begin: str) -> Iterator[Connection]:
        with database_faults():
            connection = self._connection()
            connection.execute(begin)
            try:
                yield connection
                connection.execute("COMMIT")
            finally:
                # A full disk rolls back by itself; a second ROLLBACK would hide its error.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")


def _locked() -> VaultLocked:
    return VaultLocked("The vault is locked. Nothing was changed. Unlock it and try again.")


def _new_wrapping_key(data_key: bytes) -> bytes:
    """A fresh key for single secrets, sealed under the data key, so that every slot reaches it."""
    return seal(derived_key(data_key, "items"), os.urandom(headers.KEY_BYTES), "wrapping key")
