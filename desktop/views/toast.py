"""A short message above the page with one button to undo what was just done."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from desktop.views.accessibility import announce
from desktop.views.icons import Button, IconButton
from desktop.views.text import PlainLabel

SHOWN_FOR_MS = 10_000
MARGIN_PX = 24


class Toast(QFrame):
    """Floats above the lower edge of its window; goes by itself."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setProperty("role", "toast")
        self.text = PlainLabel()
        self.undo = Button(self.tr("Undo"))
        self.undo.clicked.connect(self.take_back)
        close = IconButton("x", self.tr("Dismiss"))
        close.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 8, 8, 8)
        row.setSpacing(12)
        for part in (self.text, self.undo, close):
            row.addWidget(part)
        self._undo: Callable[[], None] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(SHOWN_FOR_MS)
        self._timer.timeout.connect(self.hide)
        window.installEventFilter(self)
        self.hide()

    def offer(self, text: str, undo: Callable[[], None] | None = None) -> None:
        """Say what was done and, if it can be undone, how to take it back."""
        self.text.setText(text)
        self._undo = undo
        self.undo.setVisible(undo is not None)
        self.adjustSize()
        self._place()
        self.show()
        self.raise_()
        self._timer.start()
        announce(self, text)

    def take_back(self) -> None:
        """Undo what the message is about, if it is still there."""
        undo, self._undo = self._undo, None
        if undo is not None and self.isVisible():
            self.hide()
            undo()

    def _place(self) -> None:
        window = self._window
        width = min(self.sizeHint().width(), window.width() - 2 * MARGIN_PX)
        height = self.sizeHint().height()
        self.setGeometry(
            (window.width() - width) // 2, window.height() - height - 2 * MARGIN_PX, width, height
        )

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._place()
        return super().eventFilter(watched, event)
