"""The sheet of keyboard shortcuts."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDialog, QGridLayout, QVBoxLayout, QWidget

from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.text import PlainLabel


class ShortcutsDialog(QDialog):
    """Every command with its keys; Esc closes it."""

    def __init__(self, parent: QWidget, actions: list[QAction]) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Keyboard shortcuts"))
        rows = [(_plain(action.text()), _keys(action)) for action in actions]
        rows += [
            (self.tr("Chart or table (Usage)"), "T"),
            (self.tr("Compare (Usage)"), "C"),
            (self.tr("Move along a chart"), self.tr("Arrow keys, Home, End")),
            (self.tr("Next flag or gap of a chart"), "N"),
            (self.tr("Zoom a chart"), "+, -, 0"),
            (self.tr("Back in the first steps"), _native("Alt+Left")),
        ]
        grid = QGridLayout()
        grid.setHorizontalSpacing(32)
        grid.setVerticalSpacing(8)
        half = (len(rows) + 1) // 2
        for number, (text, keys) in enumerate(rows):
            line, side = number % half, 2 * (number // half)
            grid.addWidget(PlainLabel(text), line, side)
            grid.addWidget(PlainLabel(keys, role="muted"), line, side + 1)
        self.close_button = Button(self.tr("Close"), role="primary")
        self.close_button.clicked.connect(self.accept)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(16)
        column.addWidget(PlainLabel(self.tr("Keyboard shortcuts"), role="title"))
        column.addLayout(grid)
        column.addLayout(row_of(None, self.close_button))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)


def _plain(text: str) -> str:
    return text.replace("&", "")


def _keys(action: QAction) -> str:
    return action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)


def _native(keys: str) -> str:
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
