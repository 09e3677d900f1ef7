"""One key: what is known of it, its secret while a button is held, what can be done with it."""

from collections.abc import Iterator

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QVBoxLayout, QWidget

from desktop.domain.keys import StoredKey
from desktop.views import figures
from desktop.views.hold_button import HoldButton
from desktop.views.icons import Button
from desktop.views.keys.ending import EndingPanel
from desktop.views.keys.standing import ICONS, KeyRow, Standing, sentence
from desktop.views.lines import IconLine, Lines
from desktop.views.page import row_of
from desktop.views.scrolled import Scrolled
from desktop.views.secret_text import SecretText
from desktop.views.text import ElidedLabel, PlainLabel


class KeyCard(QFrame):
    """Emits what the owner wants; the page does it."""

    reveal_wanted = Signal()
    reveal_ended = Signal()
    copy_wanted = Signal()
    edit_wanted = Signal()
    deletion_wanted = Signal()
    keyring_wanted = Signal(bool)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.kind = PlainLabel(role="section")
        self.name = ElidedLabel(role="heading")
        for label in (self.kind, self.name):
            label.setContentsMargins(2, 0, 0, 0)  # in line with what scrolls below
        self.attention, self.facts = Lines(spacing=6), Lines(spacing=4)
        self.note = PlainLabel(wrap=True)
        self.secret = SecretText(self.tr("Secret"))
        self.reveal = HoldButton(self.tr("Hold to &reveal"), icon_name="eye")
        self.copy = Button(self.tr("&Copy"), role="primary", icon_name="copy")
        self.keyring = QCheckBox(self.tr("&Keep a copy in the system keyring"))
        self.keyring_help = PlainLabel(role="muted", wrap=True)
        self.ending = EndingPanel()
        self.edit = Button(self.tr("E&dit"), icon_name="pencil")
        self.delete = Button(self.tr("De&lete"), role="danger", icon_name="trash-2")
        self._connect()
        self._arrange()
        self.show_row(None, ())

    def _connect(self) -> None:
        self.reveal.held.connect(self.reveal_wanted)
        self.reveal.let_go.connect(self.hide_secret)
        self.copy.clicked.connect(self.copy_wanted)
        self.edit.clicked.connect(self.edit_wanted)
        self.delete.clicked.connect(self.deletion_wanted)
        self.keyring.clicked.connect(self.keyring_wanted)

    def _arrange(self) -> None:
        actions = QWidget()
        row = row_of(self.reveal, self.copy, None)
        row.setContentsMargins(0, 0, 0, 0)
        actions.setLayout(row)
        self._secret_parts = (self.secret, actions, self.keyring, self.keyring_help)
        scrolled = Scrolled(
            self.tr("About the key"),
            self.attention, self.facts, self.note, *self._secret_parts, self.ending,
            spacing=10,
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(self.kind)
        column.addWidget(self.name)
        column.addWidget(scrolled, 1)
        column.addLayout(row_of(self.edit, None, self.delete))

    def show_row(self, row: KeyRow | None, same_secret: tuple[str, ...]) -> None:
        """Show another key, its secret hidden; None asks the owner to choose one.

        Args:
            row: the key.
            same_secret: names of other keys with the same secret.
        """
        self.reveal.release_hold()
        self.hide_secret()
        key = None if row is None else row.key
        for part in (*self._secret_parts, self.edit, self.delete):
            part.setVisible(key is not None)
        self.kind.setVisible(row is not None)
        self.note.setVisible(key is not None and bool(key.note))
        self.ending.show_row(row)
        if row is None:
            self.name.set_whole_text(self.tr("Choose a key to see it."))
            self.attention.fill(())
            self.facts.fill(())
            return
        self.kind.setText((self.tr("SDK key") if row.is_sdk_key else self.tr("Key")).upper())
        self.name.set_whole_text(row.name)
        self.attention.fill(self._attention(row, same_secret))
        self.facts.fill(PlainLabel(text, role="muted", wrap=True) for text in self._facts(row))
        if key is not None:
            self._show_key(key)

    def _show_key(self, key: StoredKey) -> None:
        self.note.setText(key.note)
        self.secret.cover(key.hint)
        self.keyring.setChecked(key.in_keyring)
        said = (
            self.tr("Scripts find it there as user “{name}” of the service “UsageFlow keys”.")
            if key.in_keyring
            else self.tr("For scripts. The vault's own copy stays; deleting the key removes both.")
        )
        self.keyring_help.setText(said.format(name=key.name))

    def _attention(self, row: KeyRow, same_secret: tuple[str, ...]) -> Iterator[QWidget]:
        for standing in row.standings:
            if standing is not Standing.FINE:
                text = sentence(standing, row, same_secret)
                yield IconLine(*ICONS[standing], text)

    def _facts(self, row: KeyRow) -> Iterator[str]:
        """What is known, a line each."""
        if row.provider:
            yield self.tr("Provider: {name}").format(name=row.provider)
        if row.key is not None:
            yield from self._facts_of_key(row.key)
        if row.use is not None:
            yield self._last_use(row)
        if row.ends_at is not None and Standing.EXPIRING not in row.standings:
            day = figures.day(row.ends_at.date(), with_year=True)
            said = self.tr("Ended on {day}.") if row.has_ended else self.tr("Good until {day}.")
            yield said.format(day=day)

    def _facts_of_key(self, key: StoredKey) -> Iterator[str]:
        if key.scope:
            yield self.tr("Scope: {scope}").format(scope=key.scope)
        if key.tags:
            yield self.tr("Tags: {tags}").format(tags=", ".join(key.tags))
        origin = (
            self.tr("Issued by the service on {day}.")
            if key.made_by_service
            else self.tr("Stored on {day}.")
        )
        yield origin.format(day=figures.day(key.created_at.date(), with_year=True))

    def _last_use(self, row: KeyRow) -> str:
        if row.last_used_at is None:
            return self.tr("Never used yet.")
        return self.tr("Last used {moment}.").format(moment=figures.moment(row.last_used_at))

    def show_secret(self, secret: str) -> None:
        """Show the secret, if the button is still held."""
        if self.reveal.is_held:
            self.secret.show_secret(secret)

    def hide_secret(self) -> None:
        """Take the secret off the screen."""
        if self.secret.is_shown:
            self.secret.hide_secret()
            self.reveal_ended.emit()
