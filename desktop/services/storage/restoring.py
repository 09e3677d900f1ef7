"""Restoring: a backup becomes the vault, and what was there before is kept beside it.

The backup is copied into a folder inside the vault's and verified there. Giving that folder its
final name is the moment of decision: whatever crashes after it, the next unlock finishes.
"""

import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from desktop.domain.errors import VaultDamaged
from desktop.services.calls import Report
from desktop.services.storage import audit, backup, schema
from desktop.services.storage import header as headers
from desktop.services.storage.audit import Event
from desktop.services.storage.backup import TIME, Backup
from desktop.services.storage.credentials import Credential
from desktop.services.storage.database import connect, database_faults
from desktop.services.storage.files import PRIVATE_FOLDER, copy_file, sync_directory
from desktop.services.storage.vault_files import DATABASE, SIDECARS, VaultFiles, require_room
from desktop.services.storage.verification import verify_database

UNFINISHED: Final = ".unfinished-restored"
KEPT: Final = "before-restore-"
PARTS: Final = (*SIDECARS, DATABASE, headers.FILE, headers.TWIN)
"""Files that make a vault; the ones that depend on others go first."""


def prepare(
    files: VaultFiles,
    chosen: Backup,
    credential: Credential,
    now: datetime,
    report: Report,
) -> None:
    """Copy a backup beside the vault, verify it, and decide for it; `finish` puts it in place.

    The caller holds the vault's lock.
    Raises: BackupDamaged, WrongPassphrase, DiskFull, Cancelled, VaultError; the vault is as it was.
    """
    unfinished = files.directory / UNFINISHED
    shutil.rmtree(unfinished, ignore_errors=True)
    require_room(files.directory, chosen.size_bytes)
    unfinished.mkdir(PRIVATE_FOLDER)
    try:
        data_key = _copied(chosen, unfinished, credential, report)
        _note(unfinished / DATABASE, data_key, now)
        unfinished.rename(files.restored)
        sync_directory(files.directory)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise


def finish(files: VaultFiles) -> None:
    """Put a restored vault in place, if one is waiting; may be cut anywhere and called again.

    Raises: OSError.
    """
    if not files.restored.is_dir():
        return
    waiting = [name for name in PARTS if (files.restored / name).exists()]
    if DATABASE in waiting:  # else the old files were moved away before a crash
        _move_away(files)
    for name in waiting:
        (files.restored / name).replace(files.directory / name)
    sync_directory(files.directory)
    shutil.rmtree(files.restored)
    sync_directory(files.directory)


def _move_away(files: VaultFiles) -> None:
    """Keep the vault that is replaced, in a folder named after the time; nothing is deleted."""
    old = [name for name in PARTS if (files.directory / name).exists()]
    if not old:
        return
    named = files.restored / "kept-in"
    if not named.exists():
        named.write_text(datetime.now(UTC).strftime(TIME), encoding="ascii")
    kept = files.directory / (KEPT + named.read_text(encoding="ascii"))
    kept.mkdir(PRIVATE_FOLDER, exist_ok=True)
    for name in old:
        (files.directory / name).replace(kept / name)
    sync_directory(kept)


def _copied(chosen: Backup, target: Path, credential: Credential, report: Report) -> bytes:
    backup.check(chosen.path)
    for name in (DATABASE, headers.FILE):
        copy_file(chosen.path / name, target / name)
    try:
        header = headers.read_header(target)
        data_key = credential.data_key(header.slots, header.vault_id)
        headers.verify_mac(target, data_key)
        found = verify_database(target / DATABASE, data_key, report)
    except VaultDamaged as error:
        raise backup.damaged(chosen.path) from error
    if found.vault_id != header.vault_id:
        raise backup.damaged(chosen.path)
    return data_key


def _note(database: Path, data_key: bytes, now: datetime) -> None:
    with database_faults():
        connection = connect(database, data_key, "DELETE")
        try:
            connection.execute("BEGIN IMMEDIATE")
            schema.begin_lineage(connection)
            schema.distrust_erasures(connection)
            audit.append(connection, Event.RESTORED, now)
            connection.execute("COMMIT")
        finally:
            connection.close()
