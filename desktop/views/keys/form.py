"""The form for a key: one the owner brings along, a new one of the service, or a change."""

from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
)

from desktop.domain.errors import AppError
from desktop.domain.keys import KeyDetails, StoredKey, provider_of
from desktop.domain.usage import Application
from desktop.views.combo import ElidedCombo
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField, forget
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel

NOTE_HEIGHT_PX = 74
A_YEAR = timedelta(days=365)


class KeyForm(QFrame):
    """Forgets the secret as soon as it is stored or given up."""

    save_wanted = Signal()
    given_up = Signal()

    def __init__(self, today: date) -> None:
        """`today` is where a new end begins to count."""
        super().__init__()
        self.setProperty("role", "card")
        self._today = today
        self.editing: StoredKey | None = None
        """The key that is changed; None while a new one is made."""
        self.is_for_service = False
        """Whether the service makes the key, so that nobody types a secret."""
        self._make_fields()
        self.title = PlainLabel(role="section")
        self.title.setContentsMargins(2, 0, 0, 0)  # in line with what scrolls below
        self.message = MessageBar(dismissable=False)
        self.save = Button(self.tr("&Store in the vault"), role="primary")
        self.cancel = Button(self.tr("&Cancel"))
        self.save.clicked.connect(self.save_wanted)
        self.cancel.clicked.connect(self.given_up)
        self._arrange()
        self.begin_new()

    def _make_fields(self) -> None:
        self.name, self.scope, self.tags = QLineEdit(), QLineEdit(), QLineEdit()
        self.provider, self.application = QLineEdit(), ElidedCombo()
        self.secret = PassphraseField(self.tr("Secret"))
        self.note = QPlainTextEdit()
        self.note.setProperty("role", "prose")
        self.note.setTabChangesFocus(True)
        self.note.setFixedHeight(NOTE_HEIGHT_PX)
        self.ends = QCheckBox(self.tr("It e&nds on this day"))
        self.ends_on = DayEdit(self.tr("Last day on which it is good"))
        self.ends.toggled.connect(self.ends_on.setEnabled)
        self.secret.edited.connect(self._recognise)
        self.fields = {
            "name": FormField(self.tr("&Name"), self.name),
            "application": FormField(self.tr("A&pplication"), self.application),
            "secret": FormField(self.tr("S&ecret"), self.secret),
            "provider": FormField(self.tr("Pro&vider"), self.provider),
            "scope": FormField(self.tr("Sco&pe: what it may do"), self.scope),
            "tags": FormField(self.tr("Ta&gs, with commas between"), self.tags),
            "note": FormField(self.tr("N&ote"), self.note),
            "expires_on": FormField(self.tr("Last da&y"), self.ends_on),
        }

    def _arrange(self) -> None:
        *above, last = self.fields.values()
        self._inside = Scrolled(
            self.tr("About the key"), self.message, *above, self.ends, last, spacing=10
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self._inside, 1)
        for line in (self.name, self.provider, self.scope, self.tags):
            line.returnPressed.connect(self.save_wanted)
        self.secret.submitted.connect(self.save_wanted)
        column.addLayout(row_of(None, self.cancel, self.save))

    def begin_new(self) -> None:
        """Ask for a key that the owner brings along."""
        self._begin(self.tr("New key"), None, is_for_service=False)

    def begin_sdk_key(self, applications: tuple[Application, ...]) -> None:
        """Ask for what the service needs to make one."""
        self.application.clear()
        for application in applications:
            self.application.addItem(application.name, application.application_id)
        self._begin(self.tr("New SDK key"), None, is_for_service=True)

    def begin_change(self, key: StoredKey) -> None:
        """Show what is known of a key; an empty secret leaves the old one."""
        self._begin(self.tr("Change the key"), key, is_for_service=False)
        self.name.setText(key.name)
        self.provider.setText(key.provider)
        self.scope.setText(key.scope)
        self.tags.setText(", ".join(key.tags))
        self.note.setPlainText(key.note)
        if key.expires_at is not None:
            self.ends.setChecked(True)
            self.ends_on.show_day(key.expires_at.date())

    def _begin(self, title: str, key: StoredKey | None, *, is_for_service: bool) -> None:
        self.clear()
        self.editing, self.is_for_service = key, is_for_service
        self.title.setText(title.upper())
        self.title.setAccessibleName(title)
        made_by_service = is_for_service or (key is not None and key.made_by_service)
        for name in ("scope", "tags", "note", "provider"):
            self.fields[name].setVisible(not is_for_service)
        self.fields["application"].setVisible(is_for_service)
        self.fields["secret"].setVisible(not made_by_service)
        for part in (self.ends, self.fields["expires_on"]):
            part.setVisible(is_for_service or not made_by_service)
        self.save.setText(
            self.tr("&Make the key") if is_for_service else self.tr("&Store in the vault")
        )
        said = self.tr("Empty keeps the stored one") if key else ""
        self.secret.field.setPlaceholderText(said)

    def clear(self) -> None:
        """Empty every field, so that nothing can be brought back."""
        self.message.dismiss()
        self.save.setEnabled(True)
        for field in self.fields.values():
            field.explain("")
        self.secret.clear()
        for line in (self.name, self.provider, self.scope, self.tags):
            forget(line)
        self.note.clear()
        self.provider.setPlaceholderText(self.tr("Recognised by the secret's beginning"))
        self.ends.setChecked(False)
        self.ends_on.setEnabled(False)
        self.ends_on.show_day(self._today + A_YEAR)

    def _recognise(self) -> None:
        known = provider_of(self.secret.text().strip())
        self.provider.setPlaceholderText(known or self.tr("Recognised by the secret's beginning"))

    def details(self) -> KeyDetails:
        """What was typed about the key."""
        return KeyDetails(
            name=self.name.text().strip(),
            note=self.note.toPlainText().strip(),
            scope=self.scope.text().strip(),
            tags=tuple(tag.strip() for tag in self.tags.text().split(",") if tag.strip()),
            expires_on=self.last_day(),
            provider=self.provider.text().strip(),
        )

    def last_day(self) -> date | None:
        """The last day on which the key is good, or None."""
        return self.ends_on.day() if self.ends.isChecked() else None

    def explain(self, error: AppError) -> None:
        """Say what is wrong beside its field; else at the top."""
        self.save.setEnabled(True)
        self.message.dismiss()
        for name, field in self.fields.items():
            field.explain(str(error) if name == error.field else "")
        if error.field in self.fields:
            self.fields[error.field].control.setFocus()
            self._inside.ensureWidgetVisible(self.fields[error.field])
        else:
            self.message.say(Tone.BAD, str(error))
            self._inside.ensureWidgetVisible(self.message)
