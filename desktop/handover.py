"""One window for each workspace: a second start hands its link to the open one, and ends.

The open window listens on a local socket in a folder that only this user can enter. What comes in
is text from outside: one line, of bounded length, nothing or a link.
"""

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import InvalidInput
from desktop.paths import make_private, runtime

# isort: split
from PySide6.QtCore import QObject, QTimer, Signal

if TYPE_CHECKING:
    from PySide6.QtCore import QLockFile
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)

SCHEME: Final = "usageflow://"
"""Begins a link that the main window opens."""
MOST_BYTES: Final = 65_536
"""Of one line, its end included."""
MOST_AT_ONCE: Final = 4
"""Second starts that may wait."""
PATIENCE_MS: Final = 2_000
"""For a second start that says nothing, and for a window that does not answer."""
TAKEN: Final = b"taken\n"
REFUSED: Final = b"refused\n"


def checked_link(text: str) -> str:
    """The link, if a window would take it; what it asks for is read when it is opened.

    Raises: InvalidInput.
    """
    if not text.startswith(SCHEME) or not text.isprintable() or " " in text:
        raise InvalidInput(
            f"This is no link for this program: it has to begin with {SCHEME} and to contain "
            "neither spaces nor control characters. Nothing was done.",
            field="link",
        )
    if len(text.encode()) >= MOST_BYTES:
        raise InvalidInput(
            "The link is too long. Nothing was done. Open the view and filter it there.",
            field="link",
        )
    return text


def hand_over(workspace: Path, link: str) -> bool:
    """Have the open window of a workspace come forward and show a link, or nothing.

    Whether one did: where none is open, or it does not answer in time, this start goes on.
    """
    address = _address(workspace)
    if sys.platform != "win32" and not address.exists():
        return False  # without loading Qt's network module
    from PySide6.QtNetwork import QLocalSocket

    socket = QLocalSocket()
    socket.connectToServer(_name(address))
    if not socket.waitForConnected(PATIENCE_MS):
        return False
    socket.write(f"{link}\n".encode())
    while not socket.canReadLine():
        if not socket.waitForReadyRead(PATIENCE_MS):
            return False
    return bytes(socket.readLine(MOST_BYTES).data()) == TAKEN


class WindowDoor(QObject):
    """Where second starts knock. GUI thread."""

    knocked = Signal(str)
    """Somebody started the program again: a link, or nothing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None

    @property
    def is_open(self) -> bool:
        return self._server is not None

    def open(self, workspace: Path) -> None:
        """Listen for a workspace, and no longer for another one.

        The lock says whether a window lives, so that what a killed one left is taken over. Where
        another window listens, or nobody can, this one just stays as it is.
        """
        from PySide6.QtCore import QLockFile

        self.close()
        address = _address(workspace)
        try:
            _make_folder(address.parent)
        except OSError as error:
            log.warning("second starts cannot be heard: %s", error.strerror)
            return
        lock = QLockFile(f"{address}.lock")
        lock.setStaleLockTime(0)  # never by age: a window may stay open for weeks
        if not lock.tryLock(0):
            return
        self._lock = lock
        self._listen(_name(address))

    def close(self) -> None:
        """Let another window listen."""
        if self._server is not None:
            self._server.close()
            self._server.deleteLater()
            self._server = None
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _listen(self, name: str) -> None:
        from PySide6.QtNetwork import QLocalServer

        server = QLocalServer(self)
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.setMaxPendingConnections(MOST_AT_ONCE)
        server.newConnection.connect(self._welcome)
        QLocalServer.removeServer(name)
        if server.listen(name):
            self._server = server
        else:
            log.warning("second starts cannot be heard: %s", server.errorString())
            self.close()

    def _welcome(self) -> None:
        while self._server is not None and (guest := self._server.nextPendingConnection()):
            guest.setReadBufferSize(MOST_BYTES)
            guest.readyRead.connect(lambda guest=guest: self._hear(guest))
            guest.disconnected.connect(guest.deleteLater)
            QTimer.singleShot(PATIENCE_MS, guest, guest.abort)
            self._hear(guest)  # what came before anybody listened

    def _hear(self, guest: "QLocalSocket") -> None:
        if not guest.canReadLine():
            if guest.bytesAvailable() >= MOST_BYTES:
                guest.abort()
            return
        link = _read(bytes(guest.readLine(MOST_BYTES).data()))
        guest.write(REFUSED if link is None else TAKEN)
        guest.flush()
        guest.disconnectFromServer()
        if link is not None:
            self.knocked.emit(link)


def _read(line: bytes) -> str | None:
    """A link, nothing, or None for what no second start of ours says."""
    try:
        text = line.decode().removesuffix("\n")
        return checked_link(text) if text else text
    except (UnicodeDecodeError, InvalidInput):
        return None


def _address(workspace: Path) -> Path:
    """The socket of a workspace; short, because a socket's path may have 107 bytes only."""
    # Not hashlib, which loads OpenSSL: every start comes here before its first paint.
    from PySide6.QtCore import QCryptographicHash

    place = os.fsencode(workspace.resolve())
    digest = QCryptographicHash.hash(place, QCryptographicHash.Algorithm.Sha256)
    return runtime() / bytes(digest.data()).hex()[:16]


def _name(address: Path) -> str:
    """What Qt calls the address: a path, or the name of a pipe of this user."""
    return f"usageflow-{address.name}" if sys.platform == "win32" else str(address)


def _make_folder(folder: Path) -> None:
    """Raises: OSError, also where somebody else could put a socket there."""
    make_private(folder)
    if sys.platform != "win32":
        found = folder.stat()
        if found.st_uid != os.getuid() or found.st_mode & 0o077:
            raise PermissionError(1, "the folder for it is open to others")
