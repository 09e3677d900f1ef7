"""A button that does something for as long as it is held down, by mouse or by the space bar."""

from typing import Final

from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QHideEvent

from desktop.views.icons import Button
from desktop.views.text import set_tooltip

LONGEST_MS: Final = 60_000
"""Lets go by itself: a key release that never arrived must not hold it for ever."""


class HoldButton(Button):
    """Also lets go when it loses the focus, is hidden, or its window is left."""

    held = Signal()
    let_go = Signal()

    def __init__(self, label: str, *, icon_name: str = "") -> None:
        super().__init__(label, icon_name=icon_name)
        set_tooltip(self, self.tr("Press and hold; on the keyboard hold the space bar."))
        self.is_held = False
        self._longest = QTimer(self)
        self._longest.setSingleShot(True)
        self._longest.setInterval(LONGEST_MS)
        self._longest.timeout.connect(self.release_hold)
        self.pressed.connect(self._hold)
        self.released.connect(self.release_hold)

    def _hold(self) -> None:
        if not self.is_held:
            self.is_held = True
            self._longest.start()
            self.held.emit()

    def release_hold(self) -> None:
        """Let go now, whatever the finger does."""
        if self.is_held:
            self.is_held = False
            self._longest.stop()
            self.let_go.emit()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt calls it)
        self.release_hold()
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        self.release_hold()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt calls it)
        super().changeEvent(event)
        if event.type() is QEvent.Type.ActivationChange and not self.isActiveWindow():
            self.release_hold()
