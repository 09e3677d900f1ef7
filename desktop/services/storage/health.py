"""How a vault fares: what it is, its backups, and what deserves the owner's attention."""

import os
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from desktop.domain.vault import (
    BackupCheck,
    BackupSummary,
    Finding,
    RecoveryState,
    Severity,
    VaultInfo,
    Verification,
)
from desktop.services.calls import Report
from desktop.services.storage import audit, backup, rekeying, schema
from desktop.services.storage import header as headers
from desktop.services.storage.audit import Event
from desktop.services.storage.backup import Backup, Reason
from desktop.services.storage.database import file_faults
from desktop.services.storage.files import OTHERS
from desktop.services.storage.slots import FORMAT
from desktop.services.storage.timestamps import moment
from desktop.services.storage.vault import Vault
from desktop.services.storage.verification import verify_vault

STALE: Final = timedelta(days=3)
CLOUD_FOLDERS: Final = frozenset(
    {"dropbox", "onedrive", "google drive", "googledrive", "icloud drive", "mobile documents"}
    | {"nextcloud", "owncloud", "syncthing", "mega", "pcloud", "box", "box sync", "yandex.disk"}
)
"""Names of folders that programs copy elsewhere while they change, compared in lower case."""
MARKERS: Final = (".dropbox", ".stfolder", ".sync", ".owncloudsync.log")
"""Files that such programs leave at the top of their folder."""


class Health:
    """Looks after one open vault. Any thread."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def info(self) -> VaultInfo:
        header, files = self._vault.header(), self._vault.files
        kept = backup.listed(files.backups)
        with self._vault.reading() as db:
            row, version = schema.vault_row(db), schema.version(db)
            changed_at = schema.changed_at(db)
            rotated_us = audit.latest(db, Event.KEY_ROTATED)
        seen = self._vault.seen
        return VaultInfo(
            directory=str(self._vault.directory),
            vault_id=header.vault_id,
            format=FORMAT,
            schema_version=version,
            created_at=header.created_at,
            generation=row.generation,
            size_bytes=files.size_bytes(),
            is_older_copy=self._vault.is_older_copy,
            recovery=headers.recovery_state(header),
            keyring=headers.keyring_name(header),
            key_since=header.created_at if rotated_us is None else moment(rotated_us),
            last_backup_at=kept[0].made_at if kept else None,
            backups=len(kept),
            key_is_in_locked_memory=self._vault.key_is_in_locked_memory,
            changed_at=changed_at,
            seen_generation=seen.generation,
            seen_at=moment(seen.at_us) if seen.at_us else None,
        )

    def back_up(self, report: Report, reason: Reason = Reason.MANUAL) -> BackupSummary:
        """Raises: DiskFull, BackupDamaged, Cancelled, VaultError."""
        made = rekeying.back_up(self._vault, reason, report)
        backup.prune(self._vault.files.backups)
        return summary(made)

    def backup_is_due(self) -> bool:
        return backup.is_due(backup.listed(self._vault.files.backups), self._vault.clock())

    def backups(self) -> tuple[BackupSummary, ...]:
        return tuple(map(summary, backup.listed(self._vault.files.backups)))

    def check_backups(self, report: Report) -> tuple[BackupCheck, ...]:
        """Compare the files of every backup with its manifest, newest first. Raises: Cancelled."""
        checked = []
        kept = backup.listed(self._vault.files.backups)
        for place, one in enumerate(kept):
            report(place, len(kept))
            checked.append(BackupCheck(str(one.path), backup.is_sound(one.path)))
        return tuple(checked)

    def verify(self, report: Report) -> Verification:
        """Raises: VaultDamaged, Cancelled, VaultError."""
        with file_faults():
            found = verify_vault(self._vault.files, self._vault.data_key(), report)
        return Verification(found.pages, found.generation, found.audit_entries)

    def findings(self, info: VaultInfo) -> tuple[Finding, ...]:
        """One of each topic, most urgent first."""
        directory = self._vault.files.directory
        found = [
            _freshness(info),
            _recovery(info),
            self._backup_age(info),
            _folder(directory),
            _modes(directory),
            _memory(info),
        ]
        order = [Severity.WARNING, Severity.ADVICE, Severity.OK]
        return tuple(sorted(found, key=lambda finding: order.index(finding.severity)))

    def _backup_age(self, info: VaultInfo) -> Finding:
        if info.last_backup_at is None:
            return _advice("backup", "There is no backup yet. One is made each day by itself.")
        if self._vault.clock() - info.last_backup_at > STALE:
            return _warning(
                "backup",
                f"The last backup is of {info.last_backup_at:%Y-%m-%d}. Look for free disk space, "
                "then make one now.",
            )
        return _ok("backup", f"The last backup is of {info.last_backup_at:%Y-%m-%d}, verified.")


def summary(made: Backup) -> BackupSummary:
    return BackupSummary(
        str(made.path), made.made_at, made.reason, made.generation, made.size_bytes
    )


def is_synced_elsewhere(directory: Path) -> bool:
    """Whether a program that copies folders to the network seems to own this one."""
    folders = (directory, *directory.parents)
    return any(
        folder.name.lower() in CLOUD_FOLDERS
        or folder.name.lower().startswith(("onedrive - ", "dropbox ("))
        or any((folder / marker).exists() for marker in MARKERS)
        for folder in folders
    )


def _freshness(info: VaultInfo) -> Finding:
    if info.is_older_copy:
        return _warning(
            "freshness",
            f"This is an older copy, of {_state(info.changed_at, info.generation)}; this computer "
            f"has seen {_state(info.seen_at, info.seen_generation)}. It can be read, not changed. "
            "Restore the newest backup, or accept this copy.",
        )
    return _ok("freshness", "This is the newest state that this computer has seen.")


def _state(at: datetime | None, generation: int) -> str:
    if not generation:
        return "a header of another time"
    when = "an unknown time" if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
    return f"{when} (change {generation})"


def _recovery(info: VaultInfo) -> Finding:
    match info.recovery:
        case RecoveryState.CONFIRMED:
            return _ok("recovery-code", "A recovery code was printed and typed back.")
        case RecoveryState.UNCONFIRMED:
            return _warning("recovery-code", "The recovery code was never typed back. Do it now.")
        case RecoveryState.NONE:
            return _warning(
                "recovery-code",
                "There is no recovery code: a forgotten passphrase would lose the vault.",
            )


def _folder(directory: Path) -> Finding:
    if is_synced_elsewhere(directory):
        return _warning(
            "folder",
            "The vault lies in a folder that is copied to the network while it changes. That can "
            "spoil it and spread old copies. Move it to a folder of this computer.",
        )
    return _ok("folder", "The vault lies in a folder of this computer.")


def _modes(directory: Path) -> Finding:
    names = [directory, *(path for path in directory.iterdir() if path.is_file())]
    is_open = os.name != "nt" and any(path.stat().st_mode & OTHERS for path in names)
    if is_open:
        return _warning("modes", "Other users of this computer may look into the vault's folder.")
    closed = f"Only you may open the vault's folder ({stat.S_IMODE(directory.stat().st_mode):o})."
    return _ok("modes", closed)


def _memory(info: VaultInfo) -> Finding:
    if info.key_is_in_locked_memory:
        return _ok("memory", "The key lies in memory that is never swapped.")
    return _advice("memory", "The system did not keep the key's memory from the swap; encrypt it.")


def _ok(topic: str, text: str) -> Finding:
    return Finding(topic, Severity.OK, text)


def _advice(topic: str, text: str) -> Finding:
    return Finding(topic, Severity.ADVICE, text)


def _warning(topic: str, text: str) -> Finding:
    return Finding(topic, Severity.WARNING, text)
