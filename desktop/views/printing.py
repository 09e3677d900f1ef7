"""Printing a plain text, through the system's own dialog."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QFont, QTextDocument
from PySide6.QtWidgets import QDialog, QWidget


def print_text(parent: QWidget, text: str) -> None:
    """Ask for a printer, and print a text on it letter by letter."""
    from PySide6.QtPrintSupport import QPrintDialog, QPrinter

    printer = QPrinter(QPrinter.PrinterMode.HighResolution)
    dialog = QPrintDialog(printer, parent)
    dialog.setWindowTitle(QCoreApplication.translate("printing", "Print"))
    dialog.accepted.connect(lambda: document(text).print_(printer))
    dialog.finished.connect(dialog.deleteLater)
    QDialog.open(dialog)


def document(text: str) -> QTextDocument:
    """The text as it is printed: figures of one width, no markup, nothing to undo."""
    made = QTextDocument()
    made.setUndoRedoEnabled(False)
    made.setDefaultFont(QFont("monospace", 11))
    made.setPlainText(text)
    return made
