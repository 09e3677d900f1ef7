"""Letters that wait, and what became of the others; beside them, what a notice looks like."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, Signal
from PySide6.QtWidgets import QPlainTextEdit

from desktop.domain.errors import AppError
from desktop.domain.mail import Letter, MailPicture, MailPurpose, MailState, OutgoingMail
from desktop.services.mail.keeping import MailService
from desktop.views import figures
from desktop.views.combo_of import ComboOf
from desktop.views.data_table import DataTable
from desktop.views.icons import Button, icon
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from collections.abc import Callable

    from desktop.jobs import Jobs

LIST_HEIGHT_PX: Final = 200
PREVIEW_HEIGHT_PX: Final = 170
STATES: Final = {
    MailState.QUEUED: QT_TRANSLATE_NOOP("OutboxCard", "Waits"),
    MailState.SENDING: QT_TRANSLATE_NOOP("OutboxCard", "On its way"),
    MailState.SENT: QT_TRANSLATE_NOOP("OutboxCard", "Sent"),
    MailState.REFUSED: QT_TRANSLATE_NOOP("OutboxCard", "Refused"),
    MailState.UNKNOWN: QT_TRANSLATE_NOOP("OutboxCard", "Perhaps sent"),
    MailState.HELD: QT_TRANSLATE_NOOP("OutboxCard", "Not wanted"),
    MailState.CANCELLED: QT_TRANSLATE_NOOP("OutboxCard", "Cancelled"),
}
STATE_ICONS: Final = {
    MailState.QUEUED: ("clock", "muted"),
    MailState.SENDING: ("clock", "muted"),
    MailState.SENT: ("circle-check", "ok"),
    MailState.REFUSED: ("circle-alert", "bad"),
    MailState.UNKNOWN: ("triangle-alert", "warn"),
    MailState.HELD: ("ban", "muted"),
    MailState.CANCELLED: ("ban", "muted"),
}
AGAIN: Final = frozenset({MailState.REFUSED, MailState.UNKNOWN, MailState.HELD})
PREVIEWS: Final = {
    MailPurpose.LIMIT_REACHED: QT_TRANSLATE_NOOP("OutboxCard", "A limit is reached"),
    MailPurpose.INVOICE_READY: QT_TRANSLATE_NOOP("OutboxCard", "An invoice is ready"),
    MailPurpose.POLICY_CHANGE: QT_TRANSLATE_NOOP("OutboxCard", "A policy changes"),
}


def say(word: object) -> str:
    return QCoreApplication.translate("OutboxCard", str(word))


class OutboxCard(Card):
    """A list with three actions, and a preview."""

    changed = Signal(object)
    """A `MailPicture`, after an action."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Outbox"), role="heading"))
        self._jobs = jobs
        self.message = MessageBar()
        self.table: DataTable[OutgoingMail] = DataTable(
            self.tr("Letters"), self._columns(), key=lambda one: one.mail_id
        )
        for column, width_px in enumerate((230, 150, 130), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.setMinimumHeight(LIST_HEIGHT_PX)
        self.table.row_chosen.connect(self._show_chosen)
        self.reason = PlainLabel(role="muted", wrap=True)
        self.send = Button(self.tr("Send &now"), icon_name="play")
        self.again = Button(self.tr("Send &again"), icon_name="rotate-ccw")
        self.cancel = Button(self.tr("&Cancel it"), icon_name="x")
        self.send.clicked.connect(lambda: self._act(MailService.send_now))
        self.again.clicked.connect(lambda: self._act_on_chosen(MailService.try_again))
        self.cancel.clicked.connect(lambda: self._act_on_chosen(MailService.cancel))
        self.purpose: ComboOf[MailPurpose] = ComboOf(self.tr("Notice to look at"), PREVIEWS, say)
        self.purpose.chosen.connect(self.load_preview)
        self.preview = QPlainTextEdit()
        self.preview.setReadOnly(True)
        self.preview.setFixedHeight(PREVIEW_HEIGHT_PX)
        self.preview.setAccessibleName(self.tr("What the notice says"))
        self._arrange()
        self._show_chosen()

    def _arrange(self) -> None:
        for part in (self.message, self.table, self.reason):
            self.column.addWidget(part)
        self.column.addLayout(row_of(self.send, self.again, self.cancel, None))
        self.column.addWidget(PlainLabel(self.tr("What notices look like"), role="heading"))
        self.column.addLayout(row_of(self.purpose, None))
        self.column.addWidget(self.preview)

    def _columns(self) -> tuple[Column[OutgoingMail], ...]:
        return (
            Column(self.tr("Subject"), lambda one: one.subject),
            Column(self.tr("To"), lambda one: one.recipient),
            Column(
                self.tr("State"),
                lambda one: say(STATES[one.state]),
                icon=lambda one: icon(*STATE_ICONS[one.state]),
            ),
            Column(
                self.tr("When"),
                lambda one: figures.moment(one.ended_at or one.queued_at),
                lambda one: (one.ended_at or one.queued_at).timestamp(),
                is_number=True,
            ),
        )

    def show_picture(self, picture: MailPicture) -> None:
        """Show the letters."""
        self.table.show_rows(picture.letters)
        self.send.setEnabled(picture.server.is_set_up and bool(picture.counts.queued))
        self._show_chosen()

    def load_preview(self) -> None:
        """Ask what the chosen notice looks like."""
        self._jobs.start(
            MailService.preview,
            self.purpose.value(),
            done=self._show_preview,
            failed=self._explain,
            owner=self,
        )

    def _show_preview(self, letter: Letter) -> None:
        subject = self.tr("Subject: {subject}").format(subject=letter.subject)
        self.preview.setPlainText(f"{subject}\n\n{letter.text}")

    def _show_chosen(self) -> None:
        one = self.table.chosen()
        self.again.setEnabled(one is not None and one.state in AGAIN)
        self.cancel.setEnabled(one is not None and one.state is MailState.QUEUED)
        reason = "" if one is None else one.reason
        if one is not None and one.state is MailState.UNKNOWN:
            reason = f"{reason} {self.tr('Sent again, it may arrive twice.')}"
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))

    def _act_on_chosen(self, method: "Callable[..., MailPicture]") -> None:
        one = self.table.chosen()
        if one is not None:
            self._act(method, one.mail_id)

    def _act(self, method: "Callable[..., MailPicture]", *arguments: object) -> None:
        self.message.dismiss()
        self._jobs.start(
            method, *arguments, done=self.changed.emit, failed=self._explain, owner=self
        )

    def _explain(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
