"""The form for a key the owner brings along."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout

from desktop.domain.errors import AppError
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel


class KeyForm(QFrame):
    """Name, secret, note. Forgets the secret as soon as it is stored or given up."""

    save_wanted = Signal()
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.name, self.secret, self.note = QLineEdit(), QLineEdit(), QLineEdit()
        self.secret.setEchoMode(QLineEdit.EchoMode.Password)
        self.fields = {
            "name": FormField(self.tr("&Name"), self.name),
            "secret": FormField(self.tr("S&ecret"), self.secret),
            "note": FormField(self.tr("N&ote"), self.note),
        }
        self.message = MessageBar(dismissable=False)
        self.save = Button(self.tr("&Store in the vault"), role="primary")
        self.cancel = Button(self.tr("&Cancel"))
        self.save.clicked.connect(self.save_wanted)
        self.cancel.clicked.connect(self.given_up)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("New key").upper(), role="section"))
        column.addWidget(self.message)
        for field in self.fields.values():
            column.addWidget(field)
        for line in (self.name, self.secret, self.note):
            line.returnPressed.connect(self.save_wanted)
        column.addStretch()
        column.addLayout(row_of(None, self.cancel, self.save))

    def clear(self) -> None:
        """Empty every field."""
        self.message.dismiss()
        self.save.setEnabled(True)
        for field in self.fields.values():
            field.explain("")
        for line in (self.name, self.secret, self.note):
            line.clear()

    def explain(self, error: AppError) -> None:
        """Say what is wrong beside its field; else at the top."""
        self.save.setEnabled(True)
        self.message.dismiss()
        for name, field in self.fields.items():
            field.explain(str(error) if name == error.field else "")
        if error.field in self.fields:
            self.fields[error.field].control.setFocus()
        else:
            self.message.say(Tone.BAD, str(error))
