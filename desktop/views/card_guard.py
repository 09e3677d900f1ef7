"""Masks card numbers wherever text is typed, pasted or dropped: the one place for every field.

Passphrases are left alone: they are never stored or shown, and would be others afterwards.
"""

from typing import Final

from PySide6.QtCore import QCoreApplication, QEvent, QObject
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QTextEdit

SHORTEST: Final = 12
"""Characters; no card number has fewer digits."""


class CardGuard(QObject):
    """Watches every text field of the application from the moment it is first shown."""

    def __init__(self, application: QCoreApplication) -> None:
        super().__init__(application)
        application.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        if event.type() is QEvent.Type.Polish:
            _watch(watched)
        return False


def _watch(field: QObject) -> None:
    if isinstance(field, QLineEdit):
        if field.echoMode() is QLineEdit.EchoMode.Normal:
            field.textChanged.connect(lambda: _mask_line(field))
            _mask_line(field)
    elif isinstance(field, QPlainTextEdit | QTextEdit):
        field.textChanged.connect(lambda: _mask_text(field))
        _mask_text(field)


def _mask_line(field: QLineEdit) -> None:
    """`setText` also leaves nothing for Undo to bring back."""
    if masked := _other(field.text()):
        place = field.cursorPosition()
        field.setText(masked)
        field.setCursorPosition(place)


def _mask_text(field: QPlainTextEdit | QTextEdit) -> None:
    """All text is set anew, which also leaves nothing for Undo to bring back."""
    if masked := _other(field.toPlainText()):
        place = field.textCursor().position()
        field.setPlainText(masked)
        cursor = field.textCursor()
        cursor.setPosition(place)
        field.setTextCursor(cursor)


def _other(text: str) -> str:
    """The text with its card numbers masked; empty when there are none."""
    if len(text) < SHORTEST:
        return ""
    from contract.card_numbers import masked  # compiled when somebody first types

    found = masked(text)
    return found if found != text else ""
