"""One access token: what it may do, and how it ends."""

from datetime import UTC, datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.domain.access import AccessToken, TokenState
from desktop.views import figures
from desktop.views.access import words
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.page import row_of
from desktop.views.text import ElidedLabel, PlainLabel, set_tooltip


class TokenCard(QFrame):
    """What is known of a token, and what can be done with it."""

    rotation_wanted = Signal()
    revocation_wanted = Signal()
    restoration_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.name = ElidedLabel(role="heading")
        self.lines = Lines(spacing=10)
        self.rotate = Button(self.tr("&Rotate"), icon_name="refresh-cw")
        self.revoke = Button(self.tr("Re&voke"), role="danger", icon_name="ban")
        self.restore = Button(self.tr("&Take the revocation back"), icon_name="rotate-ccw")
        self.rotate.clicked.connect(self.rotation_wanted)
        self.revoke.clicked.connect(self.revocation_wanted)
        self.restore.clicked.connect(self.restoration_wanted)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(PlainLabel(self.tr("Token").upper(), role="section"))
        column.addWidget(self.name)
        column.addWidget(self.lines)
        column.addStretch()
        column.addLayout(row_of(self.rotate, self.restore, None, self.revoke))
        self.show_token(None)

    def show_token(self, token: AccessToken | None, *, online: bool = True) -> None:
        """Show another token; None asks the owner to choose one."""
        if token is None:
            self.name.set_whole_text(self.tr("Choose a token to see it."))
            self.lines.fill(())
            for button in (self.rotate, self.revoke, self.restore):
                button.hide()
            return
        state = token.state(datetime.now(UTC))
        self.name.set_whole_text(token.name)
        self.lines.fill(self._lines(token, state))
        self.rotate.setVisible(state is TokenState.ACTIVE)
        self.revoke.setVisible(state is TokenState.ACTIVE and not token.is_current)
        self.restore.setVisible(state is TokenState.REVOKED)
        why = "" if online else self.tr("This needs the service, which cannot be reached.")
        for button in (self.rotate, self.revoke, self.restore):
            button.setEnabled(online)
            set_tooltip(button, why)

    def _lines(self, token: AccessToken, state: TokenState) -> list[IconLine]:
        icon_name, colour = words.STATE_ICONS[state]
        said = [
            IconLine(icon_name, colour, self._state_text(token, state)),
            IconLine("shield-check", "muted", words.say(words.MEANINGS[token.role])),
            IconLine("server", "muted", self._reach_text(token)),
            IconLine("info", "muted", self._history_text(token)),
        ]
        if token.is_current:
            text = self.tr("This workspace is connected with it. Rotating it replaces it here too.")
            said.append(IconLine("plug", "accent", text))
        return said

    def _state_text(self, token: AccessToken, state: TokenState) -> str:
        if state is TokenState.REVOKED and token.revoked_at is not None:
            text = self.tr("Revoked {moment}. Within an hour of that it can be taken back.")
            return text.format(moment=figures.moment(token.revoked_at))
        if token.expires_at is None:
            return self.tr("Works until it is revoked.")
        day = figures.day(token.expires_at.date(), with_year=True)
        if state is TokenState.EXPIRED:
            return self.tr("Expired on {day}.").format(day=day)
        return self.tr("Works until {day}.").format(day=day)

    def _reach_text(self, token: AccessToken) -> str:
        if not token.applications:
            return self.tr("Holds for every application.")
        return self.tr("Holds for {names} only.").format(names=", ".join(token.applications))

    def _history_text(self, token: AccessToken) -> str:
        made = figures.day(token.created_at.date(), with_year=True)
        if token.last_used_at is None:
            return self.tr("Made on {day}, never used.").format(day=made)
        used = figures.moment(token.last_used_at)
        return self.tr("Made on {day}, last used {moment}.").format(day=made, moment=used)
