"""What keeps a vault's files from being opened or protected, and how each of it is put right.

Everything here is about names, modes and leftovers; no content is changed and no key is needed.
"""

import os
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from desktop.domain.errors import VaultError
from desktop.domain.vault import Finding, Severity
from desktop.services.storage import header as headers
from desktop.services.storage.database import file_faults
from desktop.services.storage.files import (
    OTHERS,
    PRIVATE_FILE,
    PRIVATE_FOLDER,
    WRITABLE_BY_OTHERS,
    copy_file,
)
from desktop.services.storage.lock import VaultLock
from desktop.services.storage.vault_files import DATABASE, SIDECARS, VaultFiles

LASTING: Final = (DATABASE, headers.FILE, headers.TWIN)
"""Files with a content of their own; the others are made anew."""


@dataclass(frozen=True, slots=True)
class Fault:
    finding: Finding
    mend: Callable[[], None] | None = None
    """Puts it right; None when only the owner can, or the next unlock does."""


def faults(files: VaultFiles) -> tuple[Fault, ...]:
    """What is wrong with the files of a vault. Changes nothing. Raises: VaultError."""
    if os.name == "nt":
        return tuple(_unfinished(files))
    with file_faults():
        return (*_folders(files), *_names(files), *_lock(files), *_unfinished(files))


def mend(files: VaultFiles) -> tuple[Finding, ...]:
    """Put right what can be, and tell what was done, and what was not.

    Raises: VaultInUse, DiskFull, VaultError.
    """
    with file_faults():
        # Without these the lock itself could be somebody else's file.
        first = [fault for fault in (*_folders(files), *_lock(files)) if fault.mend]
        done = [_mended(fault) for fault in first]
        lock = VaultLock(files.lock)
        try:
            done += [_mended(fault) for fault in faults(files)]
        finally:
            lock.release()
    return tuple(done)


def _mended(fault: Fault) -> Finding:
    if fault.mend is None:
        return fault.finding
    try:
        fault.mend()
    except VaultError as error:
        return Finding(fault.finding.topic, Severity.WARNING, str(error))
    return Finding(fault.finding.topic, Severity.OK, f"Repaired: {fault.finding.text}")


def _folders(files: VaultFiles) -> Iterator[Fault]:
    for folder in (files.directory, files.backups):
        if folder.is_symlink() or not folder.is_dir():
            continue
        if folder.stat().st_mode & OTHERS:
            yield _open_to_others(folder, PRIVATE_FOLDER)


def _names(files: VaultFiles) -> Iterator[Fault]:
    for name in (*LASTING, *SIDECARS):
        path = files.directory / name
        try:
            found = path.lstat()
        except FileNotFoundError:
            continue
        if stat.S_ISLNK(found.st_mode):
            yield _fault("links", f"{name} is a link to a file elsewhere.", partial(_own, path))
        elif not stat.S_ISREG(found.st_mode):
            yield _fault("links", f"{name} is no ordinary file. Put a backup in its place.")
        elif found.st_nlink > 1:
            text = f"{name} has a second name elsewhere, through which it can be changed."
            yield _fault("links", text, partial(_own, path))
        elif found.st_mode & OTHERS:
            yield _open_to_others(path, PRIVATE_FILE)


def _lock(files: VaultFiles) -> Iterator[Fault]:
    """Nobody has to remove a lock that a killed process left: the system freed it already."""
    try:
        found = files.lock.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode) or found.st_nlink > 1:
        yield _fault("lock", "vault.lock is a link or no ordinary file.", files.lock.unlink)
    elif found.st_mode & OTHERS:
        yield _open_to_others(files.lock, PRIVATE_FILE)


def _unfinished(files: VaultFiles) -> Iterator[Fault]:
    """What a crash left; the next unlock finishes it, for that needs the key."""
    waiting = {
        files.unfinished: "A vault that was being made",
        files.rotated: "A rotation of the key",
        files.restored: "A restore",
    }
    for path, what in waiting.items():
        if path.exists():
            text = f"{what} was cut off by a crash. Unlocking finishes it or takes it back."
            yield Fault(Finding("unfinished", Severity.ADVICE, text))


def _own(path: Path) -> None:
    """Put a copy of its own in the place of a name that leads elsewhere. Raises: VaultError."""
    real = path.resolve(strict=True)
    log = real.with_name(f"{real.name}-wal")
    if path.name in SIDECARS or (real != path and log.exists() and log.stat().st_size):
        raise VaultError(
            f"{path.name} leads to {real}, which another program has open or left unfinished. "
            "Nothing was changed. Close that program, or restore a backup."
        )
    copy_file(real, path)


def _open_to_others(path: Path, mode: int) -> Fault:
    can = "change" if path.stat().st_mode & WRITABLE_BY_OTHERS else "look into"
    text = f"Other users of this computer may {can} {path.name}."
    if path.stat().st_uid != os.geteuid():
        return _fault("modes", f"{path.name} belongs to another user. Give it to yourself first.")
    return _fault("modes", text, partial(path.chmod, mode))


def _fault(topic: str, text: str, mend_it: Callable[[], None] | None = None) -> Fault:
    return Fault(Finding(topic, Severity.WARNING, text), mend_it)
