"""The form for a new access token."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QLineEdit, QVBoxLayout

from contract.terms import Role
from desktop.domain.access import TokenDraft
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import Application
from desktop.views.access import words
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel, plain_mnemonic

LIST_HEIGHT_PX = 132


class TokenForm(QFrame):
    """Name, role, lifetime, applications. Checks nothing: the core says what is wrong, by field."""

    save_wanted = Signal()
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.name, self.days = QLineEdit(), QLineEdit()
        self.name.setPlaceholderText(self.tr("Who or what will use it"))
        self.days.setPlaceholderText(self.tr("Until it is revoked"))
        self.role: ComboOf[Role] = ComboOf(self.tr("Role"), words.ROLES, words.say)
        self.role.chosen.connect(self._show_role)
        self.meaning = PlainLabel(role="muted", wrap=True)
        self.boxes: dict[ApplicationId, QCheckBox] = {}
        self.choices = Lines(spacing=4)
        self.applications = Scrolled("", self.choices)
        self.applications.setFixedHeight(LIST_HEIGHT_PX)
        self.fields = {
            "name": FormField(self.tr("&Name"), self.name),
            "role": FormField(self.tr("R&ole"), self.role),
            "days": FormField(self.tr("&Days it works"), self.days),
            "application_ids": FormField(
                self.tr("&Only these applications (none ticked: every one)"), self.applications
            ),
        }
        self.message = MessageBar(dismissable=False)
        self.save = Button(self.tr("&Make the token"), role="primary")
        self.cancel = Button(self.tr("&Cancel"))
        self.save.clicked.connect(self.save_wanted)
        self.cancel.clicked.connect(self.given_up)
        for line in (self.name, self.days):
            line.returnPressed.connect(self.save_wanted)
        self._arrange()
        self._show_role()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(PlainLabel(self.tr("New token").upper(), role="section"))
        column.addWidget(self.message)
        for name, field in self.fields.items():
            column.addWidget(field)
            if name == "role":
                column.addWidget(self.meaning)
        column.addStretch()
        column.addLayout(row_of(None, self.cancel, self.save))

    def show_applications(self, applications: tuple[Application, ...]) -> None:
        """Offer these applications; what was ticked stays so."""
        ticked = set(self.draft().application_ids)
        self.boxes = {
            application.application_id: QCheckBox(plain_mnemonic(application.name))
            for application in applications
            if not application.is_sample
        }
        for application_id, box in self.boxes.items():
            box.setChecked(application_id in ticked)
        self.choices.fill(self.boxes.values())

    def draft(self) -> TokenDraft:
        """What is typed."""
        return TokenDraft(
            self.name.text(),
            self.role.value(),
            self.days.text(),
            tuple(which for which, box in self.boxes.items() if box.isChecked()),
        )

    def clear(self) -> None:
        """Empty every field."""
        self.message.dismiss()
        self.save.setEnabled(True)
        self.name.clear()
        self.days.clear()
        self.role.choose(Role.VIEWER)
        self._show_role()
        for box in self.boxes.values():
            box.setChecked(False)
        for field in self.fields.values():
            field.explain("")

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

    def _show_role(self) -> None:
        self.meaning.setText(words.say(words.MEANINGS[self.role.value()]))
        self.fields["application_ids"].setVisible(self.role.value() is not Role.OWNER)
