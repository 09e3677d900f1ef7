"""Backups: whole, encrypted, verified copies of a vault with a header of their own.

A backup is a folder `<time>-<reason>` with `vault.db`, `vault.hdr` and `backup.json`, which tells
without any key what the files should be. It has a temporary name until it has been verified.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

from desktop.domain.errors import BackupDamaged, VaultDamaged, VaultError
from desktop.services.calls import Report, no_report
from desktop.services.storage import header as headers
from desktop.services.storage import schema
from desktop.services.storage.database import connect, database_faults, file_faults
from desktop.services.storage.files import (
    PRIVATE_FOLDER,
    create_empty,
    read_private,
    replace_file,
    sync_directory,
    sync_file,
)
from desktop.services.storage.vault_files import DATABASE, VaultFiles, require_room
from desktop.services.storage.verification import verify_database

FORMAT: Final = 1
MANIFEST: Final = "backup.json"
MAX_MANIFEST_BYTES: Final = 65_536
UNFINISHED: Final = ".unfinished-"
NAME: Final = re.compile(r"(\d{8}T\d{6}Z)-([a-z-]+?)(-\d+)?")
TIME: Final = "%Y%m%dT%H%M%SZ"
PAGES_A_STEP: Final = 2_000
"""8 MB: short enough for a cancel, long enough not to count."""
RECENT_KEPT: Final = 5
DAYS_KEPT: Final = 7
WEEKS_KEPT: Final = 4
OTHERS_KEPT: Final = 3
DAY: Final = timedelta(days=1)


class Reason(StrEnum):
    DAILY = "daily"
    MANUAL = "manual"
    BEFORE_MIGRATION = "before-migration"
    BEFORE_ROTATION = "before-rotation"


@dataclass(frozen=True, slots=True, repr=False)
class Source:
    """An open vault to be copied."""

    files: VaultFiles
    data_key: bytes
    connection: Connection
    """Nobody else uses it, and it is in no transaction."""
    now: datetime


@dataclass(frozen=True, slots=True)
class Backup:
    """A finished backup, as its manifest tells it."""

    path: Path
    made_at: datetime
    reason: str
    vault_id: str
    generation: int
    schema_version: int
    size_bytes: int

    @property
    def name(self) -> str:
        return self.path.name


def make(
    source: Source, reason: Reason, report: Report = no_report, folder: Path | None = None
) -> Backup:
    """Copy, verify, and only then give the copy its name; other transactions go on.

    Args:
        source: what is copied, as it is at the beginning.
        reason: becomes part of the name.
        report: told pages, twice as many as there are: copied, then verified; a cancel leaves
            nothing behind.
        folder: where the backup's own folder goes; beside the vault by default.

    Raises: DiskFull, BackupDamaged (the copy is not what was written), Cancelled, VaultError.
    """
    folder = folder or source.files.backups
    with file_faults(), database_faults():
        folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        _sweep(folder)
        require_room(folder, source.files.size_bytes())
        name = _free_name(folder, source.now, reason)
        unfinished = folder / f"{UNFINISHED}{name}"
        unfinished.mkdir(PRIVATE_FOLDER)
        try:
            _fill(unfinished, source, reason, report)
            unfinished.rename(folder / name)
            sync_directory(folder)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise
    return read(folder / name)


def listed(folder: Path) -> tuple[Backup, ...]:
    """Finished backups, newest first; what cannot be read as one is left out."""
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if NAME.fullmatch(path.name) and not path.is_symlink() and path.is_dir():
            try:
                found.append(read(path))
            except BackupDamaged:
                continue
    return tuple(sorted(found, key=lambda backup: (backup.made_at, backup.name), reverse=True))


def read(path: Path) -> Backup:
    """What a backup says of itself; its content is not looked at. Raises: BackupDamaged."""
    manifest = _manifest(path)
    try:
        return Backup(
            path=path,
            made_at=datetime.strptime(manifest["made_at"], TIME).replace(tzinfo=UTC),
            reason=str(manifest["reason"]),
            vault_id=str(manifest["vault_id"]),
            generation=int(manifest["generation"]),
            schema_version=int(manifest["schema_version"]),
            size_bytes=sum(int(entry["size_bytes"]) for entry in manifest["files"].values()),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise damaged(path) from error


def check(path: Path) -> Backup:
    """Compare a backup's files with its manifest; needs no key. Raises: BackupDamaged."""
    backup = read(path)
    entries = _manifest(path)["files"]
    if set(entries) != {DATABASE, headers.FILE}:
        raise damaged(path)
    for name, entry in entries.items():
        if _fingerprint(path, name) != entry:
            raise damaged(path)
    return backup


def is_sound(path: Path) -> bool:
    """Whether a backup's files are what its manifest says."""
    try:
        check(path)
    except BackupDamaged:
        return False
    return True


def newest_sound(folder: Path) -> Backup | None:
    """The newest sound backup."""
    return next((backup for backup in listed(folder) if is_sound(backup.path)), None)


def chosen(folder: Path, path: str) -> Backup:
    """The backup to restore: the one at `path`, or else the newest sound one of a folder.

    Raises: BackupDamaged, which names the newest sound one when there is one.
    """
    if path:
        try:
            return check(Path(path))
        except BackupDamaged as error:
            sound = newest_sound(Path(path).parent)
            hint = "" if sound is None else f" The newest sound one is {sound.path}."
            raise BackupDamaged(f"{error}{hint}") from error
    sound = newest_sound(folder)
    if sound is None:
        raise BackupDamaged(
            f"There is no sound backup in {folder}. Nothing was changed. Name the folder of a "
            "backup that lies elsewhere."
        )
    return sound


def is_due(backups: Iterable[Backup], now: datetime) -> bool:
    """Whether a day has passed since the last one; one from the future does not count."""
    ages = [now - backup.made_at for backup in backups]
    return not any(-DAY < age < DAY for age in ages)


def prune(folder: Path) -> tuple[Backup, ...]:
    """Remove what need not be kept any longer; return it. Raises: VaultError."""
    backups = listed(folder)
    kept = _kept(backups)
    removed = tuple(backup for backup in backups if backup not in kept)
    with file_faults():
        for backup in removed:
            # Out of sight first: a folder that was removed half must not look like a backup.
            doomed = backup.path.rename(folder / f"{UNFINISHED}{backup.name}")
            shutil.rmtree(doomed)
    return removed


def damaged(path: Path) -> BackupDamaged:
    return BackupDamaged(
        f"The backup {path.name} is damaged and was not used. Nothing was changed. Use the backup "
        "before it."
    )


def _kept(backups: tuple[Backup, ...]) -> set[Backup]:
    """The 5 newest, the newest of each of 7 days and 4 weeks, 3 made before something else."""
    before = [b for b in backups if b.reason not in {Reason.DAILY, Reason.MANUAL}]
    days: dict[object, Backup] = {}
    weeks: dict[object, Backup] = {}
    for backup in backups:
        days.setdefault(backup.made_at.date(), backup)
        weeks.setdefault(backup.made_at.isocalendar()[:2], backup)
    return {
        *backups[:RECENT_KEPT],
        *list(days.values())[:DAYS_KEPT],
        *list(weeks.values())[:WEEKS_KEPT],
        *before[:OTHERS_KEPT],
    }


def _fill(target: Path, source: Source, reason: Reason, report: Report) -> None:
    header = read_private(_header_in_use(source.files), headers.MAX_BYTES)
    with one_picture(source.connection):
        row = schema.vault_row(source.connection)
        version = schema.version(source.connection)
        progress = _Progress(report)
        copy_database(source.connection, target / DATABASE, source.data_key, progress.copied)
    replace_file(target / headers.FILE, header)
    _verify(target, source.data_key, (row, version), progress.verified)
    manifest = {
        "format": FORMAT,
        "made_at": source.now.astimezone(UTC).strftime(TIME),
        "reason": reason.value,
        "vault_id": row.vault_id,
        "generation": row.generation,
        "schema_version": version,
        "files": {name: _fingerprint(target, name) for name in (DATABASE, headers.FILE)},
    }
    manifest["checksum"] = _checksum(manifest)
    replace_file(target / MANIFEST, json.dumps(manifest, indent=1).encode("ascii"))


def _checksum(manifest: dict[str, Any]) -> str:
    """Against accidents; what a backup holds is authenticated when it is opened."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode("ascii")).hexdigest()


def _header_in_use(files: VaultFiles) -> Path:
    """The header, once both files are the same."""
    headers.repair_twins(files.directory)
    return files.header


def copy_database(
    source: Connection, target: Path, data_key: bytes, report: Report = no_report
) -> None:
    """Copy the picture that the caller holds into a new file under `data_key`, page by page.

    Raises: what the database library raises, VaultError, OSError, Cancelled.
    """
    create_empty(target)
    copy = connect(target, data_key, "DELETE")
    try:
        source.backup(
            copy,
            pages=PAGES_A_STEP,
            progress=lambda _status, left, total: report(total - left, total),
        )
    finally:
        copy.close()
    sync_file(target)


@contextmanager
def one_picture(source: Connection) -> Iterator[None]:
    """Let a connection see one state throughout: others' commits would restart the copying."""
    source.execute("BEGIN")
    try:
        source.execute("SELECT count(*) FROM sqlite_schema").fetchone()  # begins the picture
        yield
    finally:
        source.execute("ROLLBACK")


class _Progress:
    """One count over the two halves of a backup."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._pages = 1

    def copied(self, done: int, total: int | None = None) -> None:
        self._pages = total or 1
        self._report(done, 2 * self._pages)

    def verified(self, done: int, total: int | None = None) -> None:
        self._report(self._pages + self._pages * done // (total or 1), 2 * self._pages)


def _verify(
    target: Path, data_key: bytes, copied: tuple[schema.VaultRow, int], report: Report
) -> None:
    row, version = copied
    try:
        headers.verify_content(read_private(target / headers.FILE, headers.MAX_BYTES), data_key)
        found = verify_database(target / DATABASE, data_key, report)
    except VaultDamaged as error:
        raise damaged(target) from error
    if (found.vault_id, found.generation, found.schema_version) != (
        row.vault_id, row.generation, version,
    ):  # fmt: skip
        raise damaged(target)


def _fingerprint(folder: Path, name: str) -> dict[str, Any]:
    """Size and SHA-256 of a file. Raises: BackupDamaged when it is gone or cannot be read."""
    try:
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
            return {"size_bytes": file.tell(), "sha256": digest}
    except OSError as error:
        raise damaged(folder) from error


def _manifest(path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(read_private(path / MANIFEST, MAX_MANIFEST_BYTES))
    except (OSError, ValueError, VaultError, RecursionError) as error:
        raise damaged(path) from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise damaged(path)
    if manifest.pop("checksum", None) != _checksum(manifest):
        raise damaged(path)
    return manifest


def _free_name(folder: Path, now: datetime, reason: Reason) -> str:
    name = f"{now.astimezone(UTC).strftime(TIME)}-{reason.value}"
    number = 2
    candidate = name
    while (folder / candidate).exists():
        candidate = f"{name}-{number}"
        number += 1
    return candidate


def _sweep(folder: Path) -> None:
    """Remove what a crash left unfinished."""
    for path in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(path)
