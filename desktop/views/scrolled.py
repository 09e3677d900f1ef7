"""A column of widgets that scrolls where it is too high, and never sideways."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QSizePolicy, QVBoxLayout, QWidget


class Scrolled(QScrollArea):
    """Takes its colour from what it lies on."""

    def __init__(self, name: str, *parts: QWidget, spacing: int = 14) -> None:
        """`name` is what it holds, for screen readers."""
        super().__init__()
        self.setAccessibleName(name)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setProperty("role", "clear")
        self.column = QVBoxLayout(inside)
        self.column.setContentsMargins(2, 2, 10, 2)
        self.column.setSpacing(spacing)
        for part in parts:
            self.column.addWidget(part)
        self.column.addStretch()
        self.setWidget(inside)
        self.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)

    def fit_height(self, part: QWidget) -> None:
        """Keep a part that would take all the height there is at its own."""
        part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
