"""Carrying out a rotation in an open vault; `rotation` says which steps and why."""

from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection
from typing import Final

import msgspec

from desktop.domain.errors import VaultDamaged, VaultError
from desktop.services.calls import Report
from desktop.services.storage import audit, backup, rotation, schema, slots
from desktop.services.storage import header as headers
from desktop.services.storage.audit import Event
from desktop.services.storage.backup import Reason, Source
from desktop.services.storage.database import connect, database_faults, file_faults
from desktop.services.storage.header import Header
from desktop.services.storage.seal import seal_wrapping_key
from desktop.services.storage.slots import Slot
from desktop.services.storage.timestamps import microseconds
from desktop.services.storage.vault import Vault
from desktop.services.storage.vault_files import require_room
from desktop.services.storage.verification import Verified, verify_database

ROOM: Final = 2.2
"""Times the database's size: a backup, a copy, and a margin."""
NewSlots = Callable[[Header, bytes], tuple[Slot, ...]]


def rotate(vault: Vault, new_slots: NewSlots, report: Report) -> None:
    """Put the vault under a new data key. Other transactions wait meanwhile: about 15 s for 1 GB.

    Args:
        vault: open, and not an older copy.
        new_slots: makes the slots that wrap the new key, from the header in force.
        report: told pages; a cancel leaves the old key in force and nothing behind.

    Raises: DiskFull, VaultDamaged, Cancelled, VaultError; the old key is in force.
    """
    with file_faults(), database_faults():
        require_room(vault.files.directory, int(ROOM * vault.files.size_bytes()))
        back_up(vault, Reason.BEFORE_ROTATION, report)
        new_key = slots.new_key()
        header = vault.header()
        next_slots = new_slots(header, new_key)
        rotating = msgspec.structs.replace(
            header, sequence=header.sequence + 1, next_slots=next_slots
        )
        with vault.transaction() as db:
            schema.announce_header(db, rotating.sequence)
        with vault.alone():
            _change_over(vault, rotating, new_key, report)
        with vault.transaction() as db:
            schema.settle_header(db, rotating.sequence + 1)


def back_up(
    vault: Vault, reason: Reason, report: Report, folder: Path | None = None
) -> backup.Backup:
    """Make a backup of an open vault, beside it or in `folder`. Raises: as `backup.make`."""
    connection = _connected(vault)
    try:
        source = Source(vault.files, vault.data_key(), connection, vault.clock())
        return backup.make(source, reason, report, folder)
    finally:
        connection.close()


def _connected(vault: Vault) -> Connection:
    with file_faults(), database_faults():
        return connect(vault.files.database, vault.data_key(), "WAL")


def _change_over(vault: Vault, rotating: Header, new_key: bytes, report: Report) -> None:
    files = vault.files
    try:
        _copy(vault, rotating, new_key, report)
        headers.write_header(files.directory, rotating, vault.data_key())
    except BaseException:
        rotation.tidy(files)
        raise
    rotation.put_in_place(files)
    vault.replace_data_key(new_key)
    final = rotation.committed(rotating)
    final = msgspec.structs.replace(final, sequence=rotating.sequence + 1)
    headers.write_header(files.directory, final, new_key)


def _copy(vault: Vault, rotating: Header, new_key: bytes, report: Report) -> None:
    """Write the database under the new key, and read all of it back."""
    files = vault.files
    rotation.tidy(files)
    connection = _connected(vault)
    try:
        busy, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise VaultError(
                "The key was not changed: another program holds the vault's database open. Close "
                "it, then try again."
            )
        with backup.one_picture(connection):
            expected = schema.vault_row(connection)
            backup.copy_database(connection, files.rotated, new_key, report)
    finally:
        connection.close()
    _mark(vault, rotating, new_key)
    verified = verify_database(files.rotated, new_key, report, "DELETE")
    _compare(verified, expected)


def _mark(vault: Vault, rotating: Header, new_key: bytes) -> None:
    """Make the copy one of the new key: its wrapping key, its header, its record."""
    connection = connect(vault.files.rotated, new_key, "DELETE")
    try:
        connection.execute("BEGIN IMMEDIATE")
        schema.replace_wrapping_key(connection, seal_wrapping_key(new_key, vault.wrapping_key()))
        schema.settle_header(connection, rotating.sequence)
        schema.announce_header(connection, rotating.sequence + 1)
        schema.next_generation(connection, microseconds(vault.clock()))
        audit.append(connection, Event.KEY_ROTATED, vault.clock())
        connection.execute("COMMIT")
    finally:
        connection.close()


def _compare(copy: Verified, source: schema.VaultRow) -> None:
    if (copy.vault_id, copy.generation) != (source.vault_id, source.generation + 1):
        raise VaultDamaged(
            "The copy under the new key is not what was copied. The old key stays in force and "
            "nothing was lost. Check the disk, then try again."
        )
