"""The owner's mail server: how it is reached, and a test message."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

from desktop.domain.errors import AppError
from desktop.domain.mail import Encryption, MailServer
from desktop.services.mail.keeping import MailService
from desktop.views.choice import Choice
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class MailCard(Card):
    """Server, sender, password. Checks nothing: the core says what is wrong, by field."""

    server_shown = Signal(object)
    """The MailServer on show: what was read, or has just been stored or forgotten."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Mail server"), role="heading"))
        self._jobs = jobs
        self.message = MessageBar()
        self.trouble = MessageBar(dismissable=False)
        self.encryption: Choice[Encryption] = Choice(
            self.tr("Encryption"),
            (
                (Encryption.STARTTLS, self.tr("STARTTLS")),
                (Encryption.IMPLICIT, self.tr("TLS from the start")),
            ),
        )
        self.fields = {
            "host": FormField(self.tr("Mail &server"), QLineEdit()),
            "port": FormField(self.tr("&Port"), QLineEdit("587")),
            "user": FormField(self.tr("&User, if it asks for one"), QLineEdit()),
            "sender_address": FormField(self.tr("&Address that letters come from"), QLineEdit()),
            "sender_name": FormField(self.tr("&Name that letters come from"), QLineEdit()),
            "owner_address": FormField(
                self.tr("&Your own address, for notices to you"), QLineEdit()
            ),
        }
        self.password = PassphraseField(self.tr("Password of the mail server"))
        self.kept = PlainLabel(self.tr("A password is stored."), role="muted")
        self.save = Button(self.tr("Sa&ve"), role="primary")
        self.test = Button(self.tr("Send a &test message"), icon_name="play")
        self.forget = Button(self.tr("&Forget the server"), icon_name="trash-2")
        self.save.clicked.connect(self._save)
        self.password.submitted.connect(self._save)
        self.test.clicked.connect(self._test)
        self.forget.clicked.connect(self._forget)
        self._arrange()

    def _arrange(self) -> None:
        about = PlainLabel(
            self.tr(
                "Notices go through your own mail server. It is reached by an encrypted and "
                "checked connection only, and its password lies sealed in the vault."
            ),
            role="muted",
            wrap=True,
        )
        for part in (about, self.trouble, self.message):
            self.column.addWidget(part)
        fields = self.fields
        self.column.addLayout(row_of(fields["host"], fields["port"]))
        self.column.addLayout(row_of(PlainLabel(self.tr("Encryption")), self.encryption, None))
        self.column.addLayout(row_of(fields["sender_address"], fields["sender_name"]))
        self.column.addLayout(row_of(fields["user"], fields["owner_address"]))
        caption = PlainLabel(self.tr("Pass&word of the mail server"))
        caption.setBuddy(self.password.field)
        for below in (caption, self.password, self.kept):
            self.column.addWidget(below)
        self.column.addLayout(row_of(self.save, self.test, None, self.forget))

    def show_server(self, server: MailServer) -> None:
        """Show what is stored, and what is wrong with it."""
        self.encryption.choose(server.encryption)
        for name in ("host", "user", "sender_address", "sender_name", "owner_address"):
            self._line(name).setText(str(getattr(server, name)))
        self._line("port").setText(str(server.port))
        self.password.clear()
        self.kept.setVisible(server.has_password)
        for button in (self.test, self.forget):
            button.setEnabled(server.is_set_up)
        if server.problem:
            self.trouble.say(Tone.BAD, server.problem)
        else:
            self.trouble.dismiss()
        self.server_shown.emit(server)

    def forget_typed(self) -> None:
        """Clear the password field: it does not wait on a page nobody looks at."""
        self.password.clear()

    def _line(self, name: str) -> QLineEdit:
        control = self.fields[name].control
        return control if isinstance(control, QLineEdit) else QLineEdit()

    def _save(self) -> None:
        self._forget_words()
        typed = {name: text_of(field.control) for name, field in self.fields.items()}
        port = typed.pop("port")
        wanted = MailServer(
            port=int(port) if port.isdecimal() else 0,
            encryption=self.encryption.value(),
            **typed,  # type: ignore[arg-type]
        )
        self._jobs.start(
            MailService.set_server,
            wanted,
            self.password.text() or None,
            done=self._saved,
            failed=self._explain,
            owner=self,
        )

    def _saved(self, server: MailServer) -> None:
        self.show_server(server)
        self.message.say(Tone.OK, self.tr("Saved. Send a test message to see that it works."))

    def _test(self) -> None:
        self._forget_words()
        self.test.setEnabled(False)
        job = self._jobs.start(
            MailService.send_test, "", done=self._tested, failed=self._explain, owner=self
        )
        job.finished.connect(lambda: self.test.setEnabled(True))

    def _tested(self, address: str) -> None:
        said = self.tr("The mail server took a test message for {address}.")
        self.message.say(Tone.OK, said.format(address=address))

    def _forget(self) -> None:
        self._forget_words()
        self._jobs.start(
            MailService.forget_server, done=self.show_server, failed=self._explain, owner=self
        )

    def _forget_words(self) -> None:
        self.message.dismiss()
        for field in self.fields.values():
            field.explain("")

    def _explain(self, error: AppError) -> None:
        field = self.fields.get(error.field or "")
        if field is not None:
            field.explain(str(error))
            field.control.setFocus()
        else:
            self.message.say(Tone.BAD, str(error))
