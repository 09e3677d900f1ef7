"""Rotation: the same vault under a new data key, by a verified copy.

1. A backup. 2. A copy of the database under the new key, verified, as `vault.db.rotated`.
3. A header that holds the slots of both keys. 4. The copy takes the database's place.
5. A header with the new slots only. A crash before 4 leaves the old key in force, one after it the
new key; the next unlock sees which of the two opens the database, and finishes.
"""

from pathlib import Path
from sqlite3 import Connection

import msgspec

from desktop.domain.errors import VaultDamaged
from desktop.services.storage import header as headers
from desktop.services.storage import schema
from desktop.services.storage.credentials import Credential
from desktop.services.storage.database import DATABASE_DAMAGED, connect, database_faults
from desktop.services.storage.files import sync_directory
from desktop.services.storage.header import Header
from desktop.services.storage.vault_files import SIDECARS, VaultFiles


def put_in_place(files: VaultFiles) -> None:
    """Let the copy take the database's place; nobody has it open. Raises: OSError."""
    # What is left of a write-ahead log belongs to the old key and must not meet the new file.
    for name in SIDECARS:
        (files.directory / name).unlink(missing_ok=True)
    files.rotated.replace(files.database)
    sync_directory(files.directory)


def settle(
    files: VaultFiles, header: Header, data_key: bytes, credential: Credential
) -> tuple[Header, bytes]:
    """Finish a rotation that was cut: whichever key opens the database is in force.

    Raises: WrongPassphrase, VaultDamaged (neither opens it), VaultError, OSError.
    """
    new_key = credential.data_key(header.next_slots, header.vault_id)
    if _opens(files.database, new_key):
        settled, in_force = committed(header), new_key
    elif _opens(files.database, data_key):
        settled, in_force = msgspec.structs.replace(header, next_slots=()), data_key
    else:
        raise VaultDamaged(DATABASE_DAMAGED)
    headers.write_header(files.directory, settled, in_force)
    return settled, in_force


def in_force(files: VaultFiles, data_key: bytes) -> Header:
    """The header without the half of a rotation that could not be finished.

    Until a rotation has ended its header vouches for the old key. Raises: VaultError, OSError.
    """
    header = headers.read_header(files.directory)
    if not header.next_slots:
        return header
    try:
        headers.verify_mac(files.directory, data_key)
    except VaultDamaged:
        return committed(header)
    return msgspec.structs.replace(header, next_slots=())


def committed(header: Header) -> Header:
    """The header once the new key is in force."""
    return msgspec.structs.replace(header, slots=header.next_slots, next_slots=())


def tidy(files: VaultFiles) -> None:
    """Remove a copy that a crash left behind; no header refers to it any more. Raises: OSError."""
    for name in (files.rotated.name, *(files.rotated.name + end for end in ("-wal", "-shm"))):
        (files.directory / name).unlink(missing_ok=True)


def _opens(database: Path, data_key: bytes) -> bool:
    try:
        with database_faults():
            connection = connect(database, data_key, "WAL")
            return _is_vault(connection)
    except VaultDamaged:
        return False


def _is_vault(connection: Connection) -> bool:
    try:
        return bool(schema.vault_row(connection))
    finally:
        connection.close()
