"""Files that are there whole or not at all, that only their owner may read, and that are files.

What lies in a vault's folder is opened without following links, and refused when it is a link, a
pipe, a device, or a second name of another file: each would let somebody else read or replace it.
"""

import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from desktop.domain.errors import VaultDamaged, VaultError

PRIVATE_FILE: Final = 0o600
PRIVATE_FOLDER: Final = 0o700
OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
WRITABLE_BY_OTHERS: Final = stat.S_IWGRP | stat.S_IWOTH
NO_FOLLOW: Final = getattr(os, "O_NOFOLLOW", 0)
NON_BLOCKING: Final = getattr(os, "O_NONBLOCK", 0)
"""So that opening a pipe in a file's place does not wait for somebody to write to it."""


def replace_file(path: Path, content: bytes) -> None:
    """Write a file. Raises: OSError; then the old one is untouched."""
    with _replaced(path) as file:
        file.write(content)


def copy_file(source: Path, target: Path) -> None:
    """Copy a file of any size. Raises: OSError; then there is no new `target`."""
    with source.open("rb") as content, _replaced(target) as file:
        shutil.copyfileobj(content, file)


def create_empty(path: Path) -> None:
    """Make an empty private file. Raises: OSError, also when the name is taken."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | NO_FOLLOW, PRIVATE_FILE))


def read_private(path: Path, max_bytes: int) -> bytes:
    """A small file whole.

    Raises:
        FileNotFoundError: there is none.
        VaultDamaged: it is longer than `max_bytes`.
        VaultError: it is no ordinary file, or cannot be read.
    """
    require_ordinary(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | NO_FOLLOW | NON_BLOCKING)
        with os.fdopen(descriptor, "rb") as file:
            content = file.read(max_bytes + 1)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise VaultError(
            f"The vault's file {path.name} could not be read: {error.strerror}. Nothing was "
            "changed. Check that the disk is connected and that you may read the folder."
        ) from error
    if len(content) > max_bytes:
        raise VaultDamaged(
            f"The vault's file {path.name} is damaged: it is far too long. Nothing was changed. "
            "Restore a backup."
        )
    return content


def require_ordinary(path: Path) -> None:
    """Check that a name stands for one ordinary file of this user, and close it to others.

    Raises:
        FileNotFoundError: there is none.
        VaultError: it is a link, a folder, a pipe or a device, has a second name, belongs to
            somebody else, or others may write to it.
    """
    found = os.lstat(path)
    if not stat.S_ISREG(found.st_mode):
        raise _refused(path, "it is not an ordinary file but a link, a folder or a device")
    if os.name == "nt":
        return
    if found.st_nlink > 1:
        raise _refused(path, "it has a second name elsewhere (a hard link)")
    _close_to_others(path, found, PRIVATE_FILE)


def require_private_folder(directory: Path) -> None:
    """Check that the vault's folder is a folder of this user, and close it to others.

    Raises:
        FileNotFoundError: there is none.
        VaultError: it is a link or no folder, belongs to somebody else, or others may write to it.
    """
    found = os.lstat(directory)
    if not stat.S_ISDIR(found.st_mode):
        raise _refused(directory, "it is not a folder but a link, a file or a device")
    if os.name != "nt":
        _close_to_others(directory, found, PRIVATE_FOLDER)


def _close_to_others(path: Path, found: os.stat_result, mode: int) -> None:
    """Take away what others may do; refuse what they may have changed already."""
    if found.st_uid != os.geteuid():
        raise _refused(path, "it belongs to another user of this computer")
    if found.st_mode & WRITABLE_BY_OTHERS:
        raise _refused(path, f"other users may change it; `chmod {mode:o}` closes it to them")
    if found.st_mode & OTHERS:
        path.chmod(mode)


def _refused(path: Path, reason: str) -> VaultError:
    return VaultError(
        f"“{path.name}” cannot be part of a vault: {reason}. Nothing was changed. Put it right, "
        "or restore a backup."
    )


@contextmanager
def _replaced(path: Path) -> Iterator[IO[bytes]]:
    temporary = path.with_name(path.name + ".new")
    temporary.unlink(missing_ok=True)  # of a crash; it may be a link, hence not opened again
    create_empty(temporary)
    with temporary.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_directory(path.parent)


def sync_file(path: Path) -> None:
    """Bring a file that others wrote to the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())


def sync_directory(directory: Path) -> None:
    """Make a rename durable. Windows has no such call and does it by itself."""
    if os.name == "nt":
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
