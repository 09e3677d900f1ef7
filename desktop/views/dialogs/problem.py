"""A problem that has no page to appear on."""

from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from desktop.views.icons import Button, IconLabel
from desktop.views.page import row_of
from desktop.views.text import PlainLabel


class ProblemDialog(QDialog):
    """One text and a way to put it aside."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("UsageFlow Desktop")
        self.setMinimumWidth(440)
        self.text = PlainLabel(wrap=True)
        self.close_button = Button(self.tr("&Close"), role="primary")
        self.close_button.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        row = row_of(IconLabel("circle-alert", "bad", 24), self.text, spacing=14)
        row.setStretch(1, 1)
        column.addLayout(row)
        column.addLayout(row_of(None, self.close_button))


def show_problem(window: QWidget | None, text: str) -> None:
    """Say what went wrong in front of a window; a second problem takes the place of the first."""
    before = window.findChild(ProblemDialog) if window is not None else None
    dialog = before if isinstance(before, ProblemDialog) else ProblemDialog(window)
    dialog.text.setText(text)
    dialog.setAccessibleDescription(text)
    dialog.open()
