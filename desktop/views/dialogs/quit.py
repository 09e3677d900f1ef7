"""The question at Quit: whether the service on this computer goes on counting."""

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QVBoxLayout, QWidget

from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.text import PlainLabel


class AtQuit(StrEnum):
    KEEP = "keep"
    STOP = "stop"


class QuitDialog(QDialog):
    """Keeps the service running unless the owner says otherwise."""

    decided = Signal(object, object)
    """An `AtQuit`, and whether to remember it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Quit UsageFlow"))
        self.setMinimumWidth(460)
        self.remember = QCheckBox(self.tr("Remember my choice"))
        self.keep = Button(self.tr("&Keep it running"), role="primary")
        self.stop = Button(self.tr("&Stop it"))
        self.cancel = Button(self.tr("&Cancel"))
        self.keep.clicked.connect(lambda: self._decide(AtQuit.KEEP))
        self.stop.clicked.connect(lambda: self._decide(AtQuit.STOP))
        self.cancel.clicked.connect(self.reject)
        text = self.tr(
            "The embedded service counts the calls of your API. Kept running, it goes on while "
            "UsageFlow is closed. Stopped, calls are not counted until you start it again."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        title = PlainLabel(self.tr("Keep the embedded service running?"), role="title")
        for part in (title, PlainLabel(text, wrap=True), self.remember):
            column.addWidget(part)
        column.addLayout(row_of(self.cancel, None, self.stop, self.keep))
        self.keep.setDefault(True)
        self.keep.setFocus()

    def _decide(self, choice: AtQuit) -> None:
        self.accept()
        self.decided.emit(choice, self.remember.isChecked())
