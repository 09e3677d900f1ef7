"""Secrets on the clipboard: for a short time, marked so that clipboard histories skip them."""

from hashlib import sha256
from typing import Final

from PySide6.QtCore import QByteArray, QCoreApplication, QMimeData, QObject, QTimer
from PySide6.QtGui import QGuiApplication

from desktop.views.concealed import MIME, concealing_converter

SECONDS_KEPT: Final = 20
WINDOWS: Final = 'application/x-qt-windows-mime;value="{}"'
"""How Qt is told to offer a format of Windows under its own name."""
SECRECY_HINTS: Final = {
    "x-kde-passwordManagerHint": b"secret",
    WINDOWS.format("ExcludeClipboardContentFromMonitorProcessing"): b"1",
    WINDOWS.format("CanIncludeInClipboardHistory"): bytes(4),
    WINDOWS.format("CanUploadToCloudClipboard"): bytes(4),
    MIME: b"1",
}
"""What asks clipboard managers to leave a secret alone; each system looks at its own.

Sources: KDE's clipboard manager, kept by others on Linux; Windows, "Clipboard formats" (a number of
four bytes, zero for no); nspasteboard.org. A manager that ignores them still loses the secret after
the time-out.
"""


class SecretClipboard(QObject):
    """Copies a secret and takes it back, unless something else was copied meanwhile.

    Lives as long as the application: a window that goes must not leave a secret behind.
    """

    def __init__(self, seconds: float = SECONDS_KEPT) -> None:
        super().__init__(QCoreApplication.instance())
        self._digest = b""
        self._converter = concealing_converter()
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
        for name, value in SECRECY_HINTS.items():
            data.setData(name, QByteArray(value))
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
