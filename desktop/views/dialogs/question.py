"""A yes-or-no question before something is done."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.text import PlainLabel


class QuestionDialog(QDialog):
    """One text and two ways out; Enter and Esc take the harmless one."""

    agreed = Signal()

    def __init__(self, parent: QWidget, title: str, text: str, act: str) -> None:
        """Make a question; `act` is what the button says that goes on."""
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(440)
        self.text = PlainLabel(text, wrap=True)
        self.setAccessibleDescription(text)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.setDefault(True)
        self.cancel.clicked.connect(self.reject)
        self.go = Button(act)
        self.go.setAutoDefault(False)
        self.go.clicked.connect(self.accept)
        self.accepted.connect(self.agreed)
        self.finished.connect(self.deleteLater)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(PlainLabel(title, role="title"))
        column.addWidget(self.text)
        column.addLayout(row_of(None, self.cancel, self.go))
