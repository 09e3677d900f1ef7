"""The form for a privacy request that just arrived."""

from dataclasses import replace
from datetime import date, datetime, time

from PySide6.QtCore import QDate, QTimeZone, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QPlainTextEdit, QVBoxLayout

from desktop.domain.errors import AppError
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person
from desktop.views.combo_of import ComboOf
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel


def own_zone() -> str:
    """IANA name of this computer's time zone."""
    return bytes(QTimeZone.systemTimeZoneId().data()).decode() or "UTC"


class RequestForm(QFrame):
    """Filled by hand, or from a message that was pasted into it."""

    save_wanted = Signal(object)
    """A `NewRequest`."""
    reading_wanted = Signal(str)
    given_up = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._read: NewRequest | None = None
        self.kind: ComboOf[RequestKind] = ComboOf(self.tr("Kind"), words.KINDS, words.say)
        self.channel: ComboOf[Channel] = ComboOf(self.tr("Channel"), words.CHANNELS, words.say)
        self.received = DayEdit(self.tr("Received"))
        self.name, self.email, self.identifiers = QLineEdit(), QLineEdit(), QLineEdit()
        self.identifiers.setPlaceholderText(self.tr("Separated by commas"))
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setMinimumHeight(110)
        self.fields = {
            "text": FormField(self.tr("&Message (paste an e-mail, OpenDSR or DRP)"), self.text),
            "kind": FormField(self.tr("&Asks for"), self.kind),
            "received_at": FormField(self.tr("&Received"), self.received),
            "channel": FormField(self.tr("&Came by"), self.channel),
            "name": FormField(self.tr("&Name"), self.name),
            "email": FormField(self.tr("&E-mail"), self.email),
            "identifiers": FormField(self.tr("Also &known as"), self.identifiers),
        }
        self.message = MessageBar(dismissable=False)
        self.read = Button(self.tr("&Fill in from the message"), icon_name="upload")
        self.read.clicked.connect(lambda: self.reading_wanted.emit(self.text.toPlainText()))
        self.save = Button(self.tr("&Log the request"), role="primary")
        self.save.clicked.connect(self._save)
        self.cancel = Button(self.tr("&Cancel"))
        self.cancel.clicked.connect(self.given_up)
        self._arrange()

    def _arrange(self) -> None:
        fields = self.fields
        inside = Scrolled(self.tr("New privacy request"), self.message, fields["text"])
        inside.column.insertLayout(2, row_of(None, self.read))
        grid = QGridLayout()
        grid.setSpacing(12)
        for place, field in enumerate(list(fields.values())[1:]):
            grid.addWidget(field, place // 2, place % 2)
            grid.setColumnStretch(place % 2, 1)
        inside.column.insertLayout(3, grid)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        column.addWidget(PlainLabel(self.tr("New request").upper(), role="section"))
        column.addWidget(inside, 1)
        column.addLayout(row_of(None, self.cancel, self.save))

    def clear(self) -> None:
        """Begin anew: received now, nothing filled in."""
        self._read = None
        self._show_day(datetime.now().astimezone())
        self.kind.choose(RequestKind.ACCESS)
        self.channel.choose(Channel.EMAIL)
        for line in (self.name, self.email, self.identifiers):
            line.clear()
        self.text.clear()
        self._forget_problems()

    def show_read(self, read: NewRequest) -> None:
        """Fill in what was understood of a message; the owner corrects it."""
        self._forget_problems()
        self._read = read
        self.kind.choose(read.kind)
        self.channel.choose(read.channel)
        self._show_day(read.received_at.astimezone())
        self.name.setText(read.person.name)
        self.email.setText(read.person.email)
        self.identifiers.setText(", ".join(read.person.identifiers))
        if read.text:
            self.text.setPlainText(read.text)
        self.kind.setFocus()

    def explain(self, error: AppError) -> None:
        """Say what is wrong beside its field; else at the top."""
        self._forget_problems()
        if field := self.fields.get(error.field or ""):
            field.explain(str(error))
            field.control.setFocus()
        else:
            self.message.say(Tone.BAD, str(error))

    def _show_day(self, at: datetime) -> None:
        self.received.setDate(QDate(at.year, at.month, at.day))

    def _received_at(self) -> datetime:
        """The instant of the message or now, if it is their day; else noon of the day."""
        chosen = self.received.date()
        day = date(chosen.year(), chosen.month(), chosen.day())
        known = [datetime.now().astimezone()]
        if self._read is not None:
            known.insert(0, self._read.received_at.astimezone())
        noon = datetime.combine(day, time(12)).astimezone()
        return next((at for at in known if at.date() == day), noon)

    def _forget_problems(self) -> None:
        self.message.dismiss()
        self.save.setEnabled(True)
        for field in self.fields.values():
            field.explain("")

    def _save(self) -> None:
        self.save.setEnabled(False)
        self.save_wanted.emit(self._asked())

    def _asked(self) -> NewRequest:
        known_as = tuple(filter(None, map(str.strip, self.identifiers.text().split(","))))
        person = Person(self.name.text().strip(), self.email.text().strip(), known_as)
        text = self.text.toPlainText()
        asked = NewRequest(
            self.kind.value(), self.channel.value(), self._received_at(), own_zone(), person, text
        )
        if self._read is None:
            return asked
        return replace(asked, regimes=self._read.regimes, reference=self._read.reference)
