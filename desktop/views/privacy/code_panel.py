"""A code to the address on file, and the field for what came back."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.kinds import Action
from desktop.domain.privacy.requests import RequestDetail
from desktop.services.privacy.identity_codes import IdentityCodeService
from desktop.views.form_field import FormField, forget, text_of
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class CodePanel(QWidget):
    """Hidden unless the identity of who asks is still to be checked."""

    confirmed = Signal(object)
    """A `RequestDetail`: the code was right."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._request_id = ""
        self.message = MessageBar()
        self.address, self.code = QLineEdit(), QLineEdit()
        self.code.setPlaceholderText(self.tr("8 digits"))
        self.fields = {
            "address": FormField(self.tr("A&ddress on file"), self.address),
            "code": FormField(self.tr("&Code that came back"), self.code),
        }
        self.send = Button(self.tr("&Send a code"), icon_name="mail")
        self.check = Button(self.tr("Chec&k the code"), icon_name="shield-check")
        self.send.clicked.connect(self._send)
        self.address.returnPressed.connect(self._send)
        self.check.clicked.connect(self._check)
        self.code.returnPressed.connect(self._check)
        self._arrange()
        self.show_request(None)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.message)
        column.addWidget(self.fields["address"])
        column.addLayout(row_of(None, self.send))
        column.addWidget(self.fields["code"])
        column.addLayout(row_of(None, self.check))

    def show_request(self, detail: RequestDetail | None) -> None:
        """Offer the proof by a code; None hides it. The one on show keeps what was typed."""
        offered = detail is not None and Action.CONFIRM_IDENTITY in detail.progress.allowed
        self.setVisible(offered)
        request_id = detail.line.request_id if detail is not None and offered else ""
        if request_id == self._request_id:
            return
        self._request_id = request_id
        self.message.dismiss()
        self._clear_problems()
        forget(self.code)
        self.address.setText(detail.asked.person.email if detail is not None and offered else "")

    def _send(self) -> None:
        request_id = self._request_id
        self._clear_problems()
        self.send.setEnabled(False)
        self._jobs.start(
            IdentityCodeService.send,
            request_id,
            text_of(self.address),
            done=lambda address: self._sent(request_id, address),
            failed=self._fail,
            owner=self,
        )

    def _sent(self, request_id: str, address: str) -> None:
        self.send.setEnabled(True)
        if request_id == self._request_id:
            said = self.tr(
                "A letter to {address} is on its way. Its code holds for a day; an earlier one "
                "has ended."
            )
            self.message.say(Tone.OK, said.format(address=address))
            self.code.setFocus()

    def _check(self) -> None:
        request_id = self._request_id
        self._clear_problems()
        self.check.setEnabled(False)
        self._jobs.start(
            IdentityCodeService.check,
            request_id,
            text_of(self.code),
            done=self._checked,
            failed=self._fail,
            owner=self,
        )

    def _checked(self, detail: RequestDetail) -> None:
        self.check.setEnabled(True)
        forget(self.code)
        self.confirmed.emit(detail)

    def _clear_problems(self) -> None:
        for field in self.fields.values():
            field.explain("")

    def _fail(self, error: AppError) -> None:
        self.send.setEnabled(True)
        self.check.setEnabled(True)
        if error.field in self.fields:
            self.fields[error.field].explain(str(error))
        else:
            self.message.say(Tone.BAD, str(error))
