"""One key of the vault: shown for a short time on request, copied for a short time."""

from typing import Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout

from desktop.domain.keys import StoredKey
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.text import ElidedLabel, PlainLabel

SHOWN_FOR_S: Final = 20
DOTS: Final = "•" * 12


class KeyCard(QFrame):
    """What the vault knows about a key, and what can be done with it."""

    reveal_wanted = Signal()
    copy_wanted = Signal()
    deletion_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.name = ElidedLabel(role="heading")
        self.about = PlainLabel(role="muted", wrap=True)
        self.note = PlainLabel(wrap=True)
        self.secret = QLineEdit()
        self.secret.setReadOnly(True)
        self.secret.setAccessibleName(self.tr("Secret"))
        self.countdown = PlainLabel(role="muted", wrap=True)
        self.reveal = Button(self.tr("&Reveal"), icon_name="eye")
        self.copy = Button(self.tr("&Copy"), role="primary", icon_name="copy")
        self.delete = Button(self.tr("De&lete"), role="danger", icon_name="trash-2")
        self.reveal.clicked.connect(self._toggle)
        self.copy.clicked.connect(self.copy_wanted)
        self.delete.clicked.connect(self.deletion_wanted)
        self._left_s, self._hidden_text = 0, ""
        self._second = QTimer(self)
        self._second.setInterval(1000)
        self._second.timeout.connect(self._count_down)
        self._arrange()
        self.show_key(None)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(PlainLabel(self.tr("Key").upper(), role="section"))
        for part in (self.name, self.about, self.note, self.secret, self.countdown):
            column.addWidget(part)
        column.addLayout(row_of(self.reveal, self.copy, None))
        column.addStretch()
        column.addLayout(row_of(self.delete, None))

    def show_key(self, key: StoredKey | None) -> None:
        """Show another key, its secret hidden; None asks the owner to choose one."""
        self.hide_secret()
        for part in (self.secret, self.reveal, self.copy, self.delete, self.about, self.note):
            part.setVisible(key is not None)
        if key is None:
            self.name.set_whole_text(self.tr("Choose a key to see it."))
            return
        self.name.set_whole_text(key.name)
        origin = (
            self.tr("Issued by the service on {day}.")
            if key.made_by_service
            else self.tr("Stored on {day}.")
        )
        since = origin.format(day=figures.day(key.created_at.date(), with_year=True))
        self.about.setText("\n".join([since, *self._details(key)]))
        self.note.setText(key.note)
        self.note.setVisible(bool(key.note))
        self.secret.setText(f"{DOTS}{key.hint}")

    def _details(self, key: StoredKey) -> list[str]:
        """What else is known, a line each."""
        lines = []
        if key.provider:
            lines.append(self.tr("Provider: {name}").format(name=key.provider))
        if key.scope:
            lines.append(self.tr("Scope: {scope}").format(scope=key.scope))
        if key.tags:
            lines.append(self.tr("Tags: {tags}").format(tags=", ".join(key.tags)))
        if key.expires_at is not None:
            day = figures.day(key.expires_at.date(), with_year=True)
            lines.append(self.tr("Expires on {day}.").format(day=day))
        if key.revoked_at is not None:
            lines.append(self.tr("Revoked: the service refuses it."))
        if key.in_keyring:
            lines.append(self.tr("A copy lies in the system keyring under its name."))
        return lines

    def show_secret(self, secret: str) -> None:
        """Show the secret, and hide it again by itself."""
        self._hidden_text = self.secret.text()
        self.secret.setText(secret)
        self.secret.setCursorPosition(0)
        self.reveal.setText(self.tr("&Hide"))
        self._left_s = SHOWN_FOR_S
        self._say_left()
        self._second.start()

    def hide_secret(self) -> None:
        """Take the secret off the screen."""
        if self._second.isActive():
            self._second.stop()
            self.secret.setText(self._hidden_text)
        self.countdown.hide()
        self.reveal.setText(self.tr("&Reveal"))

    def _toggle(self) -> None:
        if self._second.isActive():
            self.hide_secret()
        else:
            self.reveal_wanted.emit()

    def _count_down(self) -> None:
        self._left_s -= 1
        if self._left_s > 0:
            self._say_left()
        else:
            self.hide_secret()

    def _say_left(self) -> None:
        self.countdown.setText(self.tr("Hides itself in %n second(s).", "", self._left_s))
        self.countdown.show()
