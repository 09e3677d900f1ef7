"""Four eyes over one action: who asked for it, and where the second person agrees."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.approvals import Approval, ApprovalStanding, Guarded
from desktop.domain.privacy.requests import RequestLine
from desktop.services.privacy.approvals import ApprovalService
from desktop.views import figures
from desktop.views.form_field import FormField, forget, text_of
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import words

if TYPE_CHECKING:
    from desktop.jobs import Jobs

WAITS: Final[Mapping[Guarded, object]] = {
    Guarded.EXPORT: QT_TRANSLATE_NOOP(
        "privacy",
        "The file waits for a second person. {person} asked on {day}; the owner of this vault "
        "wants to write it.",
    ),
    Guarded.ERASURE: QT_TRANSLATE_NOOP(
        "privacy",
        "The erasure waits for a second person. {person} asked on {day}; the owner of this vault "
        "wants to erase.",
    ),
}


class ApprovalPanel(QWidget):
    """Hidden unless four eyes guard this action and there is a request to act on."""

    agreed = Signal()

    def __init__(self, jobs: "Jobs", what: Guarded) -> None:
        super().__init__()
        self._jobs, self._what = jobs, what
        self._line: RequestLine | None = None
        self.message = MessageBar()
        self.standing = Lines()
        self.approver, self.passphrase = QLineEdit(), QLineEdit()
        self.passphrase.setEchoMode(QLineEdit.EchoMode.Password)
        self.passphrase.returnPressed.connect(self._approve)
        self.fields = {
            "approver": FormField(self.tr("&Who approves"), self.approver),
            "passphrase": FormField(self.tr("Second person's p&assphrase"), self.passphrase),
        }
        self.approve = Button(self.tr("Appr&ove for a day"), icon_name="shield-check")
        self.approve.clicked.connect(self._approve)
        self._arrange()
        self.show_request(None)

    def _arrange(self) -> None:
        self._form = QWidget()
        inside = QVBoxLayout(self._form)
        inside.setContentsMargins(0, 0, 0, 0)
        for field in self.fields.values():
            inside.addWidget(field)
        inside.addLayout(row_of(None, self.approve))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.message, self.standing, self._form):
            column.addWidget(part)

    def show_request(self, line: RequestLine | None) -> None:
        """Ask how the action stands for a request; None hides the panel."""
        if line is None or self._line is None or line.request_id != self._line.request_id:
            self._clear()
        self._line = line
        if line is None:
            return
        self._jobs.start(
            ApprovalService.standing,
            self._what,
            line.request_id,
            done=lambda standing: self._show(line, standing),
            failed=self._fail,
            owner=self,
        )

    def _clear(self) -> None:
        self.hide()
        self.message.dismiss()
        self.approver.clear()
        forget(self.passphrase)
        for field in self.fields.values():
            field.explain("")

    def _show(self, line: RequestLine, standing: ApprovalStanding) -> None:
        if line != self._line:
            return
        approval = standing.approval
        self.setVisible(standing.is_guarded)
        self._form.setVisible(approval is None)
        if approval is None:
            self.standing.fill([IconLine("users", "warn", self._waits(line))])
        else:
            self.standing.fill([IconLine("circle-check", "ok", self._approved(approval))])

    def _waits(self, line: RequestLine) -> str:
        return words.say(WAITS[self._what]).format(
            person=line.person or words.number(line),
            day=figures.day(line.received_on, with_year=True),
        )

    def _approved(self, approval: Approval) -> str:
        return self.tr("Approved by {person}: {moment}. It holds for a day.").format(
            person=approval.approver, moment=figures.clock(approval.at)
        )

    def _approve(self) -> None:
        line = self._line
        if line is None:
            return
        self.message.dismiss()
        for field in self.fields.values():
            field.explain("")
        self.approve.setEnabled(False)
        self._jobs.start(
            ApprovalService.approve,
            self._what,
            line.request_id,
            text_of(self.approver),
            self.passphrase.text(),
            done=lambda _: self._agreed(line),
            failed=self._fail,
            owner=self,
        )

    def _agreed(self, line: RequestLine) -> None:
        self.approve.setEnabled(True)
        forget(self.passphrase)
        if line == self._line:
            self.show_request(line)
            self.agreed.emit()

    def _fail(self, error: AppError) -> None:
        self.approve.setEnabled(True)
        if error.field in self.fields:
            self.fields[error.field].explain(str(error))
        else:
            self.message.say(Tone.BAD, str(error))
            self.show()
