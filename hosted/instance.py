"""One service per data directory: its lock, its lasting port, and where others find it."""

import json
import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from hosted.errors import DirectoryLocked, PortInUse, StartFailed

LOCK_FILE: Final = "service.lock"
PORT_FILE: Final = "port"
STATE_FILE: Final = "service.json"
RESTORING: Final = "restore.unfinished"
"""There from the first file that a restore puts into the directory until the last one."""
DELETING: Final = "delete.unfinished"
"""There from before the key of a service is destroyed until its last file is gone."""
BACKLOG: Final = 2048


class DirectoryLock:
    """Held as long as the process lives; the operating system frees it after any kill."""

    def __init__(self, directory: Path) -> None:
        """Take the lock.

        Raises:
            DirectoryLocked: another service holds it.
            StartFailed: the directory cannot be written.
        """
        with told_in_words():
            self._file = os.open(directory / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(self._file)
        except OSError as error:
            os.close(self._file)
            raise DirectoryLocked(
                "Another service already runs on this data directory. Nothing was changed. "
                "Use that one, or stop it first."
            ) from error

    def release(self) -> None:
        """Let another service start."""
        os.close(self._file)


if sys.platform == "win32":
    import msvcrt

    def _lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def require_whole(directory: Path) -> None:
    """Refuse a directory whose restore or deletion was cut: it may hold half of a service.

    Raises: StartFailed.
    """
    if (directory / DELETING).exists():
        raise StartFailed(
            "A deletion of this data directory was cut off; what is left of the service cannot be "
            "used. Run `usageflow service delete` again: it goes on by itself."
        )
    if (directory / RESTORING).exists():
        raise StartFailed(
            "A restore into this data directory was cut off. Nothing was changed. Run "
            "`usageflow service restore` again: it begins anew by itself."
        )


def bind(directory: Path, host: str, port: int) -> socket.socket:
    """A listening socket. Port 0 means the port the directory got at first, for ever.

    SDKs point at the port, so a busy one is an error and never a reason to take another.

    Raises:
        PortInUse: the port is taken.
    """
    kept = _kept_port(directory)
    wanted = port or kept or 0
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, wanted))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise PortInUse(
            f"The service cannot listen on {host} port {wanted}: {error.strerror}. "
            "Its data are safe. End the program that uses the port, or choose another one with "
            "--port and point the SDKs at it."
        ) from error
    if kept is None:
        write_private(directory / PORT_FILE, str(listener.getsockname()[1]))
    return listener


def announce(directory: Path, state: dict[str, Any]) -> None:
    """Write where the running service is found."""
    write_private(directory / STATE_FILE, json.dumps(state))


def withdraw(directory: Path) -> None:
    """Remove the announcement at a clean exit."""
    with suppress(FileNotFoundError):
        (directory / STATE_FILE).unlink()


def write_private(path: Path, text: str) -> None:
    """Replace a small file at once; only its owner may read it.

    Raises:
        StartFailed: the directory cannot be written.
    """
    temporary = path.with_name(f".{path.name}.new")
    with told_in_words():
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_directory(path.parent)


def sync_directory(directory: Path) -> None:
    """Bring a directory's names to the disk. Raises: OSError."""
    if sys.platform == "win32":  # which has no such thing, and does it by itself
        return
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def told_in_words() -> Iterator[None]:
    """Turn what the operating system says of the data directory into a sentence.

    Raises:
        StartFailed: with that sentence.
    """
    try:
        yield
    except OSError as error:
        raise StartFailed(
            f"The data directory cannot be used: {error.strerror}. What is stored is safe. "
            "Check its permissions and the free disk space, or choose another directory."
        ) from error


def _kept_port(directory: Path) -> int | None:
    path = directory / PORT_FILE
    if not path.exists():
        return None
    text = path.read_text(encoding="ascii", errors="replace").strip()
    return int(text) if text.isdecimal() and 0 < int(text) < 65_536 else None  # noqa: PLR2004
