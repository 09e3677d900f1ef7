"""A sentence the owner has to see, whatever page is on screen."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def show_problem(parent: QWidget | None, text: str) -> None:
    """Show a text in a box that waits for nobody. GUI thread."""
    box = QMessageBox(parent)
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Warning)
    box.setWindowTitle("UsageFlow")
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(text)
    box.open()
