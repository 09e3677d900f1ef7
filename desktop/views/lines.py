"""A column that is filled anew as a whole, and lines that begin with an icon."""

from collections.abc import Iterable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.views.icons import IconLabel
from desktop.views.text import PlainLabel


class Lines(QWidget):
    """Holds whatever it was filled with last."""

    def __init__(self, spacing: int = 8) -> None:
        super().__init__()
        self._spacing = spacing
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._inside = QWidget()
        self._outer.addWidget(self._inside)
        self.hide()

    def fill(self, parts: Iterable[QWidget]) -> None:
        """Show these in place of what was there; nothing at all hides it."""
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._spacing)
        for part in parts:
            column.addWidget(part)
        self._outer.replaceWidget(self._inside, inside)
        self._inside.hide()
        self._inside.deleteLater()
        self._inside = inside
        inside.show()
        self.setVisible(column.count() > 0)


class IconLine(QWidget):
    """A text that may take several lines, beside the icon that says of what kind it is."""

    def __init__(self, icon_name: str, colour: str, text: str, role: str = "") -> None:
        super().__init__()
        self.label = PlainLabel(text, role=role, wrap=True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(IconLabel(icon_name, colour), 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self.label, 1)
