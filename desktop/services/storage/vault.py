"""The vault: one encrypted database, opened through a slot of its header."""

import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from sqlite3 import Connection

import msgspec

from desktop.domain.connection import VaultState
from desktop.domain.errors import LedgerUnreadable, OlderCopy, VaultError, VaultLocked
from desktop.paths import make_private
from desktop.services.calls import Report
from desktop.services.storage import audit, credentials, rotation, schema, slots
from desktop.services.storage import header as headers
from desktop.services.storage.audit import Event
from desktop.services.storage.backup import Backup
from desktop.services.storage.credentials import Credential
from desktop.services.storage.database import (
    compact,
    connect,
    database_faults,
    file_faults,
)
from desktop.services.storage.erasure_ledger import ErasureLedger, LedgerEntry
from desktop.services.storage.erasure_replay import replay
from desktop.services.storage.files import PRIVATE_FOLDER, require_private_folder
from desktop.services.storage.gate import Gate
from desktop.services.storage.header import Header
from desktop.services.storage.key_memory import LockedKey
from desktop.services.storage.lock import VaultLock
from desktop.services.storage.opening import Clock, Opened, Opening, identity
from desktop.services.storage.seal import seal_item, unseal_item
from desktop.services.storage.slots import RecoverySlot, Slot
from desktop.services.storage.timestamps import microseconds
from desktop.services.storage.vault_files import VaultFiles
from desktop.services.storage.witness import NEVER, Keyring, KeyringWitness, Sighting


class _Handle:
    """A thread's connection, closed with the thread: its thread-local is the only strong one."""

    def __init__(self, connection: Connection, era: int) -> None:
        self.connection = connection
        self.era = era

    def __del__(self) -> None:
        self.connection.close()


class Vault:
    """The vault in one directory; every method may be called on any thread.

    Ending the process is what erases the data key; `close` only lets another process open the file.
    """

    def __init__(
        self,
        directory: Path,
        clock: Clock | None = None,
        witnesses: Path | None = None,
        keyring: Keyring | None = None,
    ) -> None:
        """Touch nothing yet.

        Args:
            directory: of the vault's files; it need not exist.
            clock: tells the time, aware.
            witnesses: folder outside the vault that remembers how new it was; without one an older
                copy of both files is not noticed.
            keyring: remembers it as well, where the owner lets it open the vault.
        """
        self.directory = directory
        self.files = VaultFiles.of(directory)
        self.clock = clock or (lambda: datetime.now(UTC))
        self._witnesses = witnesses
        self._keyring = keyring
        self._opening = threading.Lock()
        self._changing_header = threading.Lock()
        self._gate = Gate()
        self._local = threading.local()
        self._handles: weakref.WeakSet[_Handle] = weakref.WeakSet()
        self._era = 0
        self._opened: Opened | None = None
        self._lock: VaultLock | None = None

    def state(self) -> VaultState:
        """Whether there is a vault and it is open. Raises: VaultError saying what is wrong."""
        if self._opened is not None:
            return VaultState.OPEN
        if self.files.is_missing:
            return VaultState.MISSING
        with file_faults():
            self.files.require_vault()
            if not self.files.restored.exists():
                headers.read_header(self.files.directory)
                if not self.files.unfinished.exists():
                    self.files.check_database()
        return VaultState.LOCKED

    @property
    def is_older_copy(self) -> bool:
        """Whether this computer has seen a newer state: then nothing can be changed."""
        return self._opened is not None and self._opened.is_older_copy

    @property
    def lacks_ledger(self) -> bool:
        """Whether it was restored and the list of erased people could not be read yet."""
        return self._opened is not None and self._opened.lacks_ledger

    @property
    def erasure_ledger(self) -> ErasureLedger:
        """The list of erased people beside the vault. Raises: VaultLocked."""
        return ErasureLedger(self.files.directory, self.wrapping_key())

    def hold_against(self, entries: Iterable[LedgerEntry]) -> None:
        """Erase again whom these entries name, and trust a restored copy from now on.

        Raises: DiskFull, VaultError; then it stays open for reading.
        """
        opened = self._open()
        with self._within("BEGIN IMMEDIATE") as db:
            replay(db, opened.wrapping_key.value(), entries, microseconds(self.clock()))
            schema.trust_erasures(db)
        opened.lacks_ledger = False
        with file_faults():
            self.erasure_ledger.create()

    @property
    def seen(self) -> Sighting:
        """Newest state that this computer has seen of the vault. Raises: VaultLocked."""
        return self._open().seen

    @property
    def key_is_in_locked_memory(self) -> bool:
        """Whether the system keeps the key's page out of the swap. Raises: VaultLocked."""
        return self._open().data_key.is_locked

    def create(self, passphrase: str) -> None:
        """Make a new vault and open it. Takes about a second.

        The database is complete before the header appears, and the header before the database
        gets its name: a crash leaves either nothing or a vault.
        Raises: VaultError (there is one already, or the folder cannot be used), DiskFull.
        """
        with self._opening, file_faults(), database_faults():
            self._require_folder()
            with self._locked():
                self._opened = self._way_in().make(passphrase)

    def unlock(self, passphrase: str) -> None:
        """Open the vault by its passphrase; see `unlock_by`."""
        self.unlock_by(credentials.passphrase(passphrase))

    def unlock_by(self, credential: Credential, *, accept_older_copy: bool = False) -> None:
        """Open the vault; does nothing when it is open. A passphrase takes about 0.7 s.

        Finishes what a crash left of a creation, a rotation or a restore.

        Args:
            credential: what opens a slot.
            accept_older_copy: go on from here, even when a newer state was seen before.

        Raises: VaultMissing, WrongPassphrase, VaultDamaged, VaultTooNew, VaultInUse, DiskFull,
            OlderCopy (it would have to be migrated), VaultError.
        """
        with self._opening, file_faults(), database_faults():
            if self._opened is not None:
                return
            self.files.require_vault()
            with self._locked():
                way_in = self._way_in(accept_older_copy=accept_older_copy)
                self._opened = way_in.through(credential)
        if credential.kind == credentials.RECOVERY_CODE and not self.is_older_copy:
            self._note_recovery(credential)

    def accept_older_copy(self, credential: Credential | None = None) -> None:
        """Go on from the older copy that is open, as the beginning of a line of its own.

        Args:
            credential: has to open the vault, unless that was done just now.

        Raises: WrongPassphrase, DiskFull, VaultError; then the copy stays open for reading.
        """
        with self._opening, self.alone(), file_faults(), database_faults():
            opened = self._open()
            header = self.header()
            if credential is not None:
                credential.data_key(header.slots, header.vault_id)
            if opened.is_older_copy:
                way_in = self._way_in(accept_older_copy=True)
                self._opened = way_in.start(opened.data_key.value(), header)
                opened.forget()

    def note_in_keyring(self) -> None:
        """Let the keyring remember how new this is, where it opens the vault.

        Raises: KeyringLocked, VaultLocked, VaultError.
        """
        witness = self.keyring_witness()
        if witness is not None and not self.is_older_copy:
            with self.reading() as db:
                generation = schema.vault_row(db).generation
            witness.note(Sighting(generation, microseconds(self.clock())))

    def keyring_witness(self) -> KeyringWitness | None:
        """What the keyring remembers of this line of copies. Raises: VaultLocked, VaultError."""
        with self.reading() as db:
            lineage = schema.vault_row(db).lineage
        return self._way_in().keyring_witness(self.header(), lineage, self.wrapping_key())

    def restore(self, chosen: Backup, credential: Credential, report: Report) -> None:
        """Make a backup this folder's vault and open it; what was there is kept beside it.

        Args:
            chosen: the backup, from wherever it is.
            credential: opens the backup, with the passphrase of its time.
            report: told the stages of the verification; a cancel leaves everything as it was.

        Raises: BackupDamaged, WrongPassphrase, VaultTooNew, VaultInUse, DiskFull, Cancelled,
            VaultError.
        """
        with self._opening, file_faults(), database_faults():
            self._require_folder()
            with self._locked():
                self._opened = self._way_in().restore(chosen, credential, report)

    def close(self) -> None:
        """Forget the keys, close every connection and let another process open the vault.

        Other threads must have ended: theirs are closed with them.
        """
        with self._opening:
            opened, self._opened = self._opened, None
            self._close_connections()
            if opened is not None:
                opened.forget()
            self._release_lock()

    def remove(self) -> None:
        """Close the vault and delete its files; the header first, without which nothing opens.

        Files of others in the folder stay. Raises: VaultError; what is left opens no more.
        """
        with self.reading() as db:
            lineage = schema.vault_row(db).lineage
        with self._opening, self.alone(), file_faults():
            self._open().forget()
            self._opened = None
            self.files.delete()
            self._release_lock()
            if self._witnesses is not None:
                (self._witnesses / lineage).unlink(missing_ok=True)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """One write transaction on this thread's connection: all of it, or none.

        Raises: VaultLocked, OlderCopy, VaultError, VaultDamaged; nothing of it was kept.
        """
        if self.is_older_copy:
            raise OlderCopy(
                "This is an older copy of the vault: it can be read, but not changed. Nothing was "
                "stored. Restore the newest backup, or accept this copy."
            )
        if self.lacks_ledger:
            raise LedgerUnreadable(
                "This vault was restored, and it is not known yet who was erased since the backup "
                "was made: it can be read, but not changed. Nothing was stored. Connect to the "
                "service, which has a copy of that list, or put the file erasures.ledger back "
                "beside the vault and unlock again; see: usageflow privacy erasures"
            )
        with self._within("BEGIN IMMEDIATE") as connection:
            yield connection

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One consistent picture of the vault for as long as the block lasts.

        Raises: VaultLocked, VaultError, VaultDamaged.
        """
        with self._within("BEGIN DEFERRED") as connection:
            yield connection

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No transaction and no connection of this vault for as long as the block lasts."""
        with self._gate.closed():
            self._close_connections()
            yield

    def compact(self) -> None:
        """Write the database anew without what was deleted from it; it has to be small by then.

        Raises: DiskFull, VaultError; then it is as it was.
        """
        with self.alone(), file_faults(), database_faults():
            compact(self.files.database, self.data_key())

    def seal(self, plain: bytes, bound: str) -> bytes:
        """Encrypt one value once more, under a key of its own that only the open vault can open."""
        return seal_item(self._open().wrapping_key.value(), plain, bound)

    def unseal(self, sealed: bytes, bound: str) -> bytes:
        """Raises: VaultDamaged when the value or what it was bound to was altered; VaultLocked."""
        return unseal_item(self._open().wrapping_key.value(), sealed, bound)

    def data_key(self) -> bytes:
        """For what copies and checks the files. Raises: VaultLocked."""
        return self._open().data_key.value()

    def wrapping_key(self) -> bytes:
        """For a rotation, which seals it under the next data key. Raises: VaultLocked."""
        return self._open().wrapping_key.value()

    def header(self) -> Header:
        """The header in force. Raises: VaultLocked, VaultError."""
        with file_faults():
            return rotation.in_force(self.files, self.data_key())

    def change_header(self, change: Callable[[Header], Header], event: Event) -> None:
        """Write another header; a crash at any step leaves the old or the new one, and both open.

        Raises: OlderCopy, DiskFull, VaultError; then the old header is in force.
        """
        with self._changing_header, file_faults():
            data_key = self.data_key()
            old = rotation.in_force(self.files, data_key)
            new = msgspec.structs.replace(change(old), sequence=old.sequence + 1)
            headers.content(new, data_key)
            with self.transaction() as db:
                schema.announce_header(db, new.sequence)
                audit.append(db, event, self.clock())
            headers.write_header(self.files.directory, new, data_key)
            # A full disk now only delays the note: the next unlock settles it.
            with suppress(VaultError), self.transaction() as db:
                schema.settle_header(db, new.sequence)

    def replace_data_key(self, new_data_key: bytes) -> None:
        """The database has just been replaced by its copy under another key; nobody is inside."""
        opened = self._open()
        opened.data_key.forget()
        opened.data_key = LockedKey(new_data_key)
        opened.file = identity(self.files.database)

    def _require_folder(self) -> None:
        """Make the folder, or close an empty one to others. Raises: VaultError, OSError."""
        directory = self.files.directory
        make_private(directory)
        if not directory.is_symlink() and not any(directory.iterdir()):
            directory.chmod(PRIVATE_FOLDER)
        require_private_folder(directory)

    def _way_in(self, *, accept_older_copy: bool = False) -> Opening:
        return Opening(self.files, self.clock, self._witnesses, self._keyring, accept_older_copy)

    def _note_recovery(self, credential: Credential) -> None:
        """Whoever opens the vault by the code has it: from now on it counts."""

        def confirm(header: Header) -> Header:
            return headers.with_slots(header, (confirmed(s, header.vault_id) for s in header.slots))

        def confirmed(slot: Slot, vault_id: str) -> Slot:
            if isinstance(slot, RecoverySlot) and credential.opens(slot, vault_id):
                return slots.confirmed(slot)
            return slot

        self.change_header(confirm, Event.OPENED_BY_RECOVERY_CODE)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Take the lock for good, unless what follows fails."""
        self._lock = VaultLock(self.files.lock)
        try:
            yield
        except BaseException:
            self._release_lock()
            raise

    def _release_lock(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _open(self) -> Opened:
        if self._opened is None:
            raise VaultLocked("The vault is locked. Nothing was changed. Unlock it and try again.")
        return self._opened

    def _close_connections(self) -> None:
        self._era += 1
        for handle in list(self._handles):
            handle.connection.close()

    def _connection(self, opened: Opened) -> Connection:
        if identity(self.files.database) != opened.file:
            raise VaultError(
                "The vault's file was removed or replaced while it was open. Nothing was written "
                "to the file that is there now. Lock the vault, look at its folder, and restore a "
                "backup if the file is gone."
            )
        handle: _Handle | None = getattr(self._local, "handle", None)
        if handle is None or handle.era != self._era:
            with file_faults():
                connection = connect(
                    self.files.database,
                    opened.data_key.value(),
                    "WAL",
                    read_only=opened.is_older_copy,
                )
            handle = _Handle(connection, self._era)
            self._local.handle = handle
            self._handles.add(handle)
        return handle.connection

    @contextmanager
    def _within(self, begin: str) -> Iterator[Connection]:
        with self._gate.passing(), database_faults():
            opened = self._open()
            connection = self._connection(opened)
            connection.execute(begin)
            changes = connection.total_changes
            sighting = NEVER
            try:
                yield connection
                if connection.total_changes != changes:
                    now_us = microseconds(self.clock())
                    sighting = Sighting(schema.next_generation(connection, now_us), now_us)
                connection.execute("COMMIT")
            finally:
                # A full disk rolls back by itself; a second ROLLBACK would hide its error.
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
        # A witness that cannot be written costs a protection, not the transaction before it.
        with suppress(OSError):
            opened.bear_witness(sighting)
