"""Keeping secrets out of screenshots and shared screens, where the system can do that.

Windows and macOS let a program leave a window out of what others capture; Linux has no such call
under X11, and Wayland leaves it to the compositor. A window is guarded only while it shows a
secret, so that the charts can be shared.
"""

import ctypes
import sys
from collections.abc import Callable
from typing import Any, Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget

from desktop.views.secret_text import SecretText

EXCLUDED: Final = 0x11
"""WDA_EXCLUDEFROMCAPTURE: the window is left out, as if it were not there (Windows 10, 2004)."""
BLACKED_OUT: Final = 0x01
"""WDA_MONITOR: older versions of Windows show it black."""
UNGUARDED: Final = 0x00
SHARING_NONE: Final = 0
SHARING_READ_ONLY: Final = 1
"""NSWindowSharingType of macOS; reading is what a window starts with."""

SetGuard = Callable[[int, bool], bool]
"""Takes Qt's number of a window and whether to guard it; whether the system did."""


def on_windows(window_id: int, wanted: bool) -> bool:  # noqa: FBT001 (as SetGuard)
    """Set the display affinity of a window."""
    user32: Any = ctypes.windll.user32  # type: ignore[attr-defined,unused-ignore]
    set_affinity = user32.SetWindowDisplayAffinity
    if not wanted:
        return bool(set_affinity(window_id, UNGUARDED))
    return bool(set_affinity(window_id, EXCLUDED) or set_affinity(window_id, BLACKED_OUT))


def on_macos(window_id: int, wanted: bool) -> bool:  # noqa: FBT001 (as SetGuard)
    """Set the sharing type of the window a view lies in."""
    objc: Any = ctypes.CDLL("/usr/lib/libobjc.A.dylib")
    objc.sel_registerName.restype = ctypes.c_void_p
    objc.sel_registerName.argtypes = [ctypes.c_char_p]
    objc.objc_msgSend.restype = ctypes.c_void_p
    objc.objc_msgSend.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    window = objc.objc_msgSend(window_id, objc.sel_registerName(b"window"))
    if not window:
        return False
    objc.objc_msgSend.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong]
    sharing = SHARING_NONE if wanted else SHARING_READ_ONLY
    objc.objc_msgSend(window, objc.sel_registerName(b"setSharingType:"), sharing)
    return True


def of_this_system() -> SetGuard | None:
    """How windows are guarded here; None where the system has no way."""
    return {"win32": on_windows, "darwin": on_macos}.get(sys.platform)


class CaptureGuard(QObject):
    """Guards each top-level window for as long as some part of it shows a secret."""

    def __init__(self, set_guard: SetGuard | None = None) -> None:
        super().__init__()
        self._set_guard = set_guard or of_this_system()
        self._showing: dict[QWidget, set[QWidget]] = {}
        self.is_wanted = True

    @property
    def is_possible(self) -> bool:
        """Whether this system can leave a window out."""
        return self._set_guard is not None

    def use(self, *, wanted: bool) -> None:
        """Switch it on or off, also for what is on screen now."""
        self.is_wanted = wanted
        for window in self._showing:
            self._apply(window, guarded=wanted)

    def watch(self, part: QWidget) -> None:
        """Guard the window of this part while it shows a secret.

        A `SecretText` shows one while it is uncovered, any other part while it is visible.
        """
        if isinstance(part, SecretText):
            part.uncovered.connect(lambda: self._note_shown(part))
            part.covered.connect(lambda: self._note_hidden(part))
        else:
            part.installEventFilter(self)
            if part.isVisible():
                self._note_shown(part)

    def _note_shown(self, part: QWidget) -> None:
        window = part.window()
        parts = self._showing.setdefault(window, set())
        if not parts and self.is_wanted:
            self._apply(window, guarded=True)
        parts.add(part)

    def _note_hidden(self, part: QWidget) -> None:
        for window, parts in list(self._showing.items()):
            parts.discard(part)
            if not parts:
                del self._showing[window]
                self._apply(window, guarded=False)

    def _apply(self, window: QWidget, *, guarded: bool) -> None:
        if self._set_guard is not None:
            self._set_guard(int(window.winId()), guarded)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        if isinstance(watched, QWidget):
            if event.type() is QEvent.Type.Show:
                self._note_shown(watched)
            elif event.type() is QEvent.Type.Hide:
                self._note_hidden(watched)
        return False
