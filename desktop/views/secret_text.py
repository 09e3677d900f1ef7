"""A box that shows a secret for a moment: nothing in it can be selected, copied or undone."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QTextOption
from PySide6.QtWidgets import QPlainTextEdit

DOTS: Final = "•" * 12
HEIGHT_PX: Final = 58
"""Two lines; a longer secret scrolls."""


class SecretText(QPlainTextEdit):
    """Dots, or the secret. Long ones break anywhere, so that no end is hidden."""

    uncovered = Signal()
    """The secret is about to be on screen."""
    covered = Signal()

    def __init__(self, name: str) -> None:
        """`name` is said by screen readers; it never holds the secret."""
        super().__init__()
        self.setAccessibleName(name)
        self.setReadOnly(True)
        self.setUndoRedoEnabled(False)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedHeight(HEIGHT_PX)
        self._hidden = DOTS
        self.is_shown = False

    def cover(self, hint: str = "", dots: str = DOTS) -> None:
        """Show dots and the hint alone, now and whenever the secret is hidden."""
        self._hidden = f"{dots}{hint}"
        self.hide_secret()

    def show_secret(self, secret: str) -> None:
        """Show the secret until `hide_secret`."""
        self.is_shown = True
        self.uncovered.emit()
        self.setPlainText(secret)

    def hide_secret(self) -> None:
        """Go back to the dots."""
        self.setPlainText(self._hidden)
        if self.is_shown:
            self.is_shown = False
            self.covered.emit()
