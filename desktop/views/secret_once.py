"""A secret that is shown this once: copied, kept in the vault, or lost."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout

from desktop.views.clipboard import SECONDS_KEPT, SecretClipboard
from desktop.views.icons import Button
from desktop.views.lines import IconLine
from desktop.views.page import row_of
from desktop.views.text import ElidedLabel, PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable


class SecretOnce(QFrame):
    """Forgets the secret when it is done with, or off the screen."""

    finished = Signal()
    """The owner is done with it."""
    copied = Signal(str)
    """What to tell about the copy."""

    def __init__(self, clipboard: SecretClipboard, what: str) -> None:
        """`what` the secret is, for its heading and for screen readers."""
        super().__init__()
        self.setProperty("role", "card")
        self._clipboard = clipboard
        self._keep: Callable[[str], None] | None = None
        self.name = ElidedLabel(role="heading")
        self.about = PlainLabel(role="muted", wrap=True)
        self.warning = IconLine("triangle-alert", "warn", "", "warn")
        self.secret = QLineEdit()
        self.secret.setReadOnly(True)
        self.secret.setAccessibleName(what)
        self.copy = Button(self.tr("&Copy"), role="primary", icon_name="copy")
        self.copy.clicked.connect(self._copy)
        self.keep = Button(self.tr("&Keep in the vault"), icon_name="key-round")
        self.keep.clicked.connect(self._keep_it)
        self.done = Button(self.tr("&Done"))
        self.done.clicked.connect(self.close_it)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(PlainLabel(what.upper(), role="section"))
        for part in (self.name, self.about, self.secret, self.warning):
            column.addWidget(part)
        column.addLayout(row_of(self.copy, self.keep, None))
        column.addStretch()
        column.addLayout(row_of(None, self.done))

    def show_secret(
        self, name: str, about: str, secret: str, keep: "Callable[[str], None] | None" = None
    ) -> None:
        """Show a new secret; `keep` stores it in the vault where that is not done already."""
        self.name.set_whole_text(name)
        self.about.setText(about)
        self.secret.setText(secret)
        self.secret.setCursorPosition(0)
        self._keep = keep
        self.keep.setVisible(keep is not None)
        self.keep.setEnabled(True)
        self.warning.label.setText(
            self.tr("Shown this once. Copy it, or keep it in the vault, before you go on.")
            if keep is not None
            else self.tr("It lies in the vault: the Keys page shows it again.")
        )
        self.copy.setFocus()

    def was_kept(self) -> None:
        """The vault has it."""
        self.keep.setEnabled(False)
        self.warning.label.setText(self.tr("It lies in the vault: the Keys page shows it again."))

    def close_it(self) -> None:
        """Forget the secret."""
        if self.secret.text():
            self.secret.clear()
            self.finished.emit()

    def _copy(self) -> None:
        self._clipboard.copy(self.secret.text())
        said = self.tr("Copied. The clipboard is cleared in {seconds} seconds.")
        self.copied.emit(said.format(seconds=SECONDS_KEPT))

    def _keep_it(self) -> None:
        if self._keep is not None:
            self._keep(self.secret.text())

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        """A secret does not wait on a page nobody looks at."""
        super().hideEvent(event)
        if not event.spontaneous():  # not for a window that is minimized
            self.close_it()
