"""Secrets on the clipboard: for a short time, marked so that clipboard histories skip them."""

from hashlib import sha256
from typing import Final

from PySide6.QtCore import QByteArray, QCoreApplication, QMimeData, QObject, QTimer
from PySide6.QtGui import QGuiApplication

SECONDS_KEPT: Final = 20
SECRECY_HINT: Final = "x-kde-passwordManagerHint"
"""Source: the convention of KDE's clipboard manager, kept by others as well."""


class SecretClipboard(QObject):
    """Copies a secret and takes it back, unless something else was copied meanwhile."""

    def __init__(self, seconds: float = SECONDS_KEPT) -> None:
        super().__init__()
        self._digest = b""
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(int(seconds * 1000))
        self._timer.timeout.connect(self.clear)
        if application := QCoreApplication.instance():
            # Also because Qt must not find data of ours once the interpreter has ended: it crashes.
            application.aboutToQuit.connect(self.clear)

    def copy(self, secret: str) -> None:
        """Put a secret on the clipboard; only its digest is kept here."""
        data = QMimeData()
        data.setText(secret)
        data.setData(SECRECY_HINT, QByteArray(b"secret"))
        QGuiApplication.clipboard().setMimeData(data)
        self._digest = _digest(secret)
        self._timer.start()

    def clear(self) -> None:
        """Take the secret off the clipboard now, if it is still there."""
        self._timer.stop()
        clipboard = QGuiApplication.clipboard()
        if self._digest and _digest(clipboard.text()) == self._digest:
            clipboard.clear()
        self._digest = b""


def copy_text(text: str) -> None:
    """Copy something that is no secret."""
    QGuiApplication.clipboard().setText(text)


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
