"""Masks card numbers wherever text is typed, pasted or dropped: the one place for every field.

Passphrases are left alone: they are never stored or shown, and would be others afterwards.
"""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from desktop.views.passphrase_field import NEVER_MASKED

if TYPE_CHECKING:
    from PySide6.QtGui import QWindow
    from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

WATCHED: Final = "watchedForCards"
SHORTEST: Final = 12
"""Characters; no card number has fewer digits."""


class CardGuard(QObject):
    """Watches a text field from when it first has the focus or something is dragged to a window.

    Typing and pasting need the focus, dropping does not. A filter of the whole application would
    see both, and hold up every other event of every widget.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        application.focusChanged.connect(self._watch_focused)
        application.focusWindowChanged.connect(self._watch_window)

    def _watch_focused(self, _before: QWidget | None, focused: QWidget | None) -> None:
        _watch(focused)

    def _watch_window(self, window: "QWindow | None") -> None:
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, _window: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        if event.type() is QEvent.Type.DragEnter:
            for widget in QApplication.allWidgets():
                _watch(widget)
        return False


def _watch(widget: QWidget | None) -> None:
    if widget is None or widget.property(WATCHED):
        return
    if isinstance(widget, QLineEdit):
        _watch_line(widget)
    else:
        _watch_larger(widget)


def _watch_line(field: QLineEdit) -> None:
    field.setProperty(WATCHED, True)  # noqa: FBT003 (Qt's argument)
    if field.echoMode() is QLineEdit.EchoMode.Normal and not field.property(NEVER_MASKED):
        field.textChanged.connect(lambda: _mask_line(field))
        _mask_line(field)


def _watch_larger(widget: QWidget) -> None:
    """A text of several lines, or the field of a list of choices."""
    # Here: the Unlock window has a line to type in, and its start pays for what is imported.
    from PySide6.QtWidgets import QComboBox, QPlainTextEdit, QTextEdit

    if isinstance(widget, QComboBox):
        _watch(widget.lineEdit())
    elif isinstance(widget, QPlainTextEdit | QTextEdit):
        widget.setProperty(WATCHED, True)  # noqa: FBT003 (Qt's argument)
        widget.textChanged.connect(lambda: _mask_text(widget))
        _mask_text(widget)


def _mask_line(field: QLineEdit) -> None:
    """`setText` also leaves nothing for Undo to bring back."""
    if masked := _other(field.text()):
        place = field.cursorPosition()
        field.setText(masked)
        field.setCursorPosition(place)


def _mask_text(field: "QPlainTextEdit | QTextEdit") -> None:
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
