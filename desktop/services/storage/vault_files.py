"""The files of a vault, by their names, and what must be true of them before they are opened."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from desktop.domain.errors import VaultDamaged, VaultError, VaultMissing
from desktop.services.storage import header as headers
from desktop.services.storage.database import DATABASE_DAMAGED, disk_full
from desktop.services.storage.erasure_ledger import FILE as LEDGER
from desktop.services.storage.files import (
    require_ordinary,
    require_private_folder,
    sync_directory,
)

DATABASE: Final = "vault.db"
PAGE_BYTES: Final = 4096
PLAIN_MAGIC: Final = b"SQLite format 3\x00"
SIDECARS: Final = ("vault.db-wal", "vault.db-shm", "vault.db-journal")
ROOM_TO_SPARE: Final = 1_000_000
"""Bytes that stay free beside a copy, for the header, the log and the operating system."""


@dataclass(frozen=True, slots=True)
class VaultFiles:
    """Names in one vault's folder."""

    directory: Path

    @classmethod
    def of(cls, directory: Path) -> "VaultFiles":
        """Links above the folder are the owner's affair, the folder itself must be none."""
        return cls(directory.absolute().parent.resolve() / directory.name)

    @property
    def header(self) -> Path:
        return self.directory / headers.FILE

    @property
    def twin(self) -> Path:
        return self.directory / headers.TWIN

    @property
    def database(self) -> Path:
        return self.directory / DATABASE

    @property
    def unfinished(self) -> Path:
        """A new vault's database until its header is written."""
        return self.directory / "vault.db.new"

    @property
    def rotated(self) -> Path:
        """The copy under the next data key, until it takes the database's place."""
        return self.directory / "vault.db.rotated"

    @property
    def lock(self) -> Path:
        return self.directory / "vault.lock"

    @property
    def backups(self) -> Path:
        return self.directory / "backups"

    @property
    def restored(self) -> Path:
        """A restored vault, verified and complete, on its way into place."""
        return self.directory / "restored"

    @property
    def is_missing(self) -> bool:
        parts = (self.header, self.twin, self.database, self.restored)
        return not any(part.is_symlink() or part.exists() for part in parts)

    def require_vault(self) -> None:
        """Raises: VaultMissing; VaultError when the folder cannot be one of a vault."""
        try:
            require_private_folder(self.directory)
        except FileNotFoundError as error:
            raise missing(self.directory) from error
        if self.is_missing:
            raise missing(self.directory)

    def check_database(self) -> None:
        """Refuse what the database library would take for a new, empty or plain database.

        Raises: VaultDamaged, VaultError.
        """
        try:
            require_ordinary(self.database)
            with self.database.open("rb") as file:
                start = file.read(PAGE_BYTES)
        except FileNotFoundError as error:
            raise VaultDamaged(
                "The vault's database file is missing. Its header is there and was not changed. "
                "Restore the newest backup, or put back the file vault.db."
            ) from error
        except OSError as error:
            raise VaultError(
                f"The vault's database could not be read: {error.strerror}. Nothing was changed."
            ) from error
        if len(start) < PAGE_BYTES or start.startswith(PLAIN_MAGIC):
            raise VaultDamaged(DATABASE_DAMAGED)

    def check_sidecars(self) -> None:
        """Raises: VaultError when a file that the database library would open is no plain file."""
        for name in SIDECARS:
            path = self.directory / name
            if path.is_symlink() or path.exists():
                require_ordinary(path)

    def finish_creation(self) -> None:
        """Give a database that was complete at a crash its name. Raises: OSError."""
        if self.unfinished.exists() and not self.database.exists():
            self.unfinished.replace(self.database)
            sync_directory(self.directory)

    def delete(self) -> None:
        """Delete every file of the vault, the header first; the folder too when nothing else is in.

        Raises: OSError.
        """
        names = (self.header, self.twin, self.database, self.unfinished, self.rotated, self.lock)
        others = (*SIDECARS, LEDGER)
        for path in (*names, *(self.directory / name for name in others)):
            path.unlink(missing_ok=True)
        for folder in (self.backups, self.restored):
            shutil.rmtree(folder, ignore_errors=True)
        if not any(self.directory.iterdir()):
            self.directory.rmdir()

    def size_bytes(self) -> int:
        """Of the database with what waits beside it to be taken in."""
        paths = (self.database, self.directory / SIDECARS[0])
        return sum(path.stat().st_size for path in paths if path.exists())


def missing(directory: Path) -> VaultMissing:
    return VaultMissing(
        f"There is no vault in {directory}. Nothing was done. Make one in the window, or with: "
        "usageflow workspace create (or: usageflow vault create)"
    )


def require_room(folder: Path, size_bytes: int) -> None:
    """Raises: DiskFull when a file of this size would not fit, before anything is written."""
    if shutil.disk_usage(folder).free < size_bytes + ROOM_TO_SPARE:
        raise disk_full()
