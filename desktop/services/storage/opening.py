"""From files on a disk to an open vault: every check that stands between the two."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from sqlite3 import Connection

import msgspec

from desktop.domain.errors import (
    KeyringLocked,
    LedgerUnreadable,
    OlderCopy,
    VaultDamaged,
    VaultError,
)
from desktop.services.calls import Report
from desktop.services.storage import audit, backup, derivation, restoring, rotation, schema, slots
from desktop.services.storage import header as headers
from desktop.services.storage.audit import Event
from desktop.services.storage.backup import Backup, Reason, Source
from desktop.services.storage.credentials import Credential
from desktop.services.storage.database import DATABASE_DAMAGED, connect
from desktop.services.storage.erasure_ledger import ErasureLedger
from desktop.services.storage.erasure_replay import replay
from desktop.services.storage.files import create_empty, sync_directory
from desktop.services.storage.header import Header
from desktop.services.storage.key_memory import LockedKey
from desktop.services.storage.seal import seal_wrapping_key, unseal_wrapping_key
from desktop.services.storage.timestamps import microseconds
from desktop.services.storage.vault_files import VaultFiles
from desktop.services.storage.witness import (
    NEVER,
    Keyring,
    KeyringWitness,
    Records,
    Sighting,
    Witness,
)

Clock = Callable[[], datetime]


class Opened:
    """What is there only while the vault is open."""

    def __init__(
        self,
        data_key: bytes,
        wrapping_key: bytes,
        witness: Witness | None,
        seen_by_keyring: Sighting = NEVER,
    ) -> None:
        self.data_key = LockedKey(data_key)
        self.wrapping_key = LockedKey(wrapping_key)
        self.is_older_copy = False
        self.lacks_ledger = False
        """It was restored, and nobody can say yet who was erased since: nothing can be changed."""
        self.file: tuple[int, int] | None = None
        """What tells the database file from another one of its name."""
        self._witness = witness
        self._seen_by_keyring = seen_by_keyring

    @property
    def seen(self) -> Sighting:
        """Newest state that this computer has seen; `NEVER` when it remembers none."""
        seen_by_file = NEVER if self._witness is None else self._witness.seen
        return max(seen_by_file, self._seen_by_keyring)

    def bear_witness(self, sighting: Sighting) -> None:
        """Remember a committed state. Raises: OSError."""
        if self._witness is not None and not self.is_older_copy:
            self._witness.note(sighting)

    def forget(self) -> None:
        self.data_key.forget()
        self.wrapping_key.forget()
        if self._witness is not None:
            self._witness.close()


@dataclass(frozen=True, slots=True)
class Opening:
    """The way into one vault. The caller holds its lock."""

    files: VaultFiles
    clock: Clock
    witnesses: Path | None
    keyring: Keyring | None = None
    accepts_older_copy: bool = False

    def make(self, passphrase: str) -> Opened:
        """Write a new vault. Raises: VaultError, OSError."""
        if not self.files.is_missing:
            raise VaultError(
                "There is a vault in this folder already. Nothing was changed. Unlock it, or "
                "choose another folder."
            )
        data_key, bare = slots.new_key(), headers.new_header(self.clock())
        slot = slots.password_slot(bare.vault_id, passphrase, data_key, derivation.tuned_cost())
        header = msgspec.structs.replace(bare, sequence=1, slots=(slot,))
        self.files.unfinished.unlink(missing_ok=True)
        create_empty(self.files.unfinished)
        connection = connect(self.files.unfinished, data_key, "DELETE")
        try:
            sealed = seal_wrapping_key(data_key, slots.new_key())
            schema.create(connection, header.vault_id, sealed, self.clock())
            with committed(connection):
                audit.append(connection, Event.CREATED, self.clock())
        finally:
            connection.close()
        sync_directory(self.files.directory)
        headers.write_header(self.files.directory, header, data_key)
        return self.start(data_key, header)

    def restore(self, chosen: Backup, credential: Credential, report: Report) -> Opened:
        """Make a backup the vault, and open it; what was there is kept beside it.

        Raises: BackupDamaged, WrongPassphrase, VaultTooNew, DiskFull, Cancelled, VaultError,
            OSError; the vault is as it was before.
        """
        restoring.finish(self.files)
        restoring.prepare(self.files, chosen, credential, self.clock(), report)
        return self.through(credential)

    def through(self, credential: Credential) -> Opened:
        """Open what is there, and finish what a crash left of a rotation or a restore.

        Raises: WrongPassphrase, VaultDamaged, VaultTooNew, DiskFull, OlderCopy, VaultError,
            OSError.
        """
        restoring.finish(self.files)
        header = headers.read_header(self.files.directory)
        data_key = credential.data_key(header.slots, header.vault_id)
        headers.verify_mac(self.files.directory, data_key)
        if header.next_slots:
            header, data_key = rotation.settle(self.files, header, data_key, credential)
        rotation.tidy(self.files)
        return self.start(data_key, header)

    def start(self, data_key: bytes, header: Header) -> Opened:
        """Open the database under a key that is known to be the header's. Raises: as `through`."""
        self.files.finish_creation()
        self.files.check_database()
        self.files.check_sidecars()
        connection = connect(self.files.database, data_key, "WAL")
        try:
            opened = self._checked(connection, header, data_key)
            if opened.is_older_copy and self.accepts_older_copy:
                header = self._accept(connection, header, data_key)
                opened = self._checked(connection, header, data_key)
            if schema.is_outdated(connection):
                self._migrate(connection, opened)
            if not opened.is_older_copy:
                self._settle(connection, header)
                self._hold_against_ledger(connection, opened)
                row = schema.vault_row(connection)
                opened.bear_witness(Sighting(row.generation, microseconds(self.clock())))
        finally:
            connection.close()
        opened.file = identity(self.files.database)
        return opened

    def _checked(self, connection: Connection, header: Header, data_key: bytes) -> Opened:
        """The keys, and whether header, database and witness agree on how new this is."""
        row = schema.vault_row(connection)
        if row.vault_id != header.vault_id:
            raise VaultDamaged(DATABASE_DAMAGED)
        wrapping_key = unseal_wrapping_key(data_key, row.wrapping_key)
        witness = None
        if self.witnesses is not None:
            witness = Witness(self.witnesses, row.lineage, Records(row.lineage, wrapping_key))
        other = self.keyring_witness(header, row.lineage, wrapping_key)
        opened = Opened(data_key, wrapping_key, witness, other.seen() if other else NEVER)
        known = {row.header_sequence, row.pending_header_sequence}
        is_behind = opened.seen.generation > row.generation
        opened.is_older_copy = header.sequence not in known or is_behind
        return opened

    def keyring_witness(
        self, header: Header, lineage: str, wrapping_key: bytes
    ) -> KeyringWitness | None:
        """The witness in the keyring; None where the owner does not use one, or it is silent."""
        named = headers.keyring_name(header)
        if self.keyring is None or not named:
            return None
        try:
            if self.keyring.name() != named:
                return None
        except KeyringLocked:
            return None
        records = Records(lineage, wrapping_key)
        return KeyringWitness(self.keyring, header.vault_id, lineage, records)

    def _accept(self, connection: Connection, header: Header, data_key: bytes) -> Header:
        """Go on from the older copy, as the beginning of a line of its own."""
        row = schema.vault_row(connection)
        sequence = 1 + max(header.sequence, row.header_sequence, row.pending_header_sequence)
        with committed(connection):
            schema.announce_header(connection, sequence)
            schema.begin_lineage(connection)
            audit.append(connection, Event.OLDER_COPY_ACCEPTED, self.clock())
        newest = msgspec.structs.replace(header, sequence=sequence)
        headers.write_header(self.files.directory, newest, data_key)
        return newest

    def _migrate(self, connection: Connection, opened: Opened) -> None:
        if opened.is_older_copy:
            raise OlderCopy(
                "This is an older copy of the vault, written by an earlier version: it has to be "
                "accepted before it can be brought up to date. Nothing was changed. Restore the "
                "newest backup, or use: usageflow vault doctor --accept-older-copy"
            )
        source = Source(self.files, opened.data_key.value(), connection, self.clock())
        backup.make(source, Reason.BEFORE_MIGRATION)
        schema.upgrade(connection)
        with committed(connection):
            audit.append(connection, Event.MIGRATED, self.clock())

    def _hold_against_ledger(self, connection: Connection, opened: Opened) -> None:
        """Erase again who came back with a restored copy; a vault of its own begins a ledger."""
        ledger = ErasureLedger(self.files.directory, opened.wrapping_key.value())
        if schema.trusts_erasures(connection):
            ledger.create()
            return
        try:
            entries = ledger.entries()
        except LedgerUnreadable:
            opened.lacks_ledger = True
            return
        with committed(connection):
            now_us = microseconds(self.clock())
            replay(connection, opened.wrapping_key.value(), entries, now_us)
            schema.trust_erasures(connection)

    def _settle(self, connection: Connection, header: Header) -> None:
        """Finish what a crash left of a change of the header."""
        headers.repair_twins(self.files.directory)
        row = schema.vault_row(connection)
        if {row.header_sequence, row.pending_header_sequence} != {header.sequence}:
            with committed(connection):
                schema.settle_header(connection, header.sequence)


def identity(database: Path) -> tuple[int, int] | None:
    """What tells a file from another one of its name; None when it is gone."""
    try:
        found = database.lstat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino


@contextmanager
def committed(connection: Connection) -> Iterator[None]:
    """A transaction of a connection that nobody else uses."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
