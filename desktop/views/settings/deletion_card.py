"""Deleting the account: what it would do, the day, how far it is, and what is left of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QDate, Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.privacy.account_deletion import (
    AccountDeletion,
    DeletionPreview,
    DeletionState,
)
from desktop.services.export import ExportReceipt
from desktop.services.privacy.account_end.service import AccountDeletionService
from desktop.services.privacy.erasing.service import CertificateFiles
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.privacy.request_form import own_zone
from desktop.views.settings import deletion_words as words
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

Result = TypeVar("Result")
UNKNOWN: Final = AccountDeletion(DeletionState.NONE)


class DeletionCard(Card):
    """Calm on purpose: nothing here happens by one click."""

    export_wanted = Signal()
    """The owner wants to export everything first."""
    moved_on = Signal()
    """It stands differently than before: what is on show has changed its height."""
    removed = Signal()
    """What was left of the workspace is gone too."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(PlainLabel(self.tr("Delete this account"), role="heading"))
        self._jobs = jobs
        self._found = UNKNOWN
        self._preview: DeletionPreview | None = None
        self.message = MessageBar()
        self.standing = PlainLabel(wrap=True)
        self.look = Button(self.tr("Sho&w what would happen"), icon_name="search")
        self.plan = Lines(spacing=6)
        self.day = DayEdit(self.tr("Day on which it begins"))
        self.day_field = FormField(self.tr("&Day on which it begins"), self.day)
        self.sure = QCheckBox(self.tr("I know that what begins today cannot be taken &back"))
        self.ask = Button(self.tr("Delete the acc&ount"), role="danger")
        self.export = Button(self.tr("E&xport everything first"), icon_name="download")
        self.withdraw = Button(self.tr("&Keep my account"), role="primary")
        self.steps = Lines(spacing=6)
        self.again = Button(self.tr("&Try again now"))
        self.without = Button(self.tr("The service is gone for &good"))
        self.certificate = Button(self.tr("Save the certi&ficate…"), icon_name="download")
        self.books = Button(self.tr("Save the &books…"), icon_name="download")
        self.told = Lines(spacing=4)
        self.remove_sure = QCheckBox(self.tr("I have saved what I want to &keep"))
        self.remove = Button(self.tr("Re&move this workspace"), role="danger")
        self._arrange()
        self._connect()
        self.show_standing(UNKNOWN)

    def _arrange(self) -> None:
        for part in (self.message, self.standing):
            self.column.addWidget(part)
        self.column.addLayout(row_of(self.withdraw, self.look, self.export, None))
        self.column.addWidget(self.plan)
        self.column.addLayout(row_of(self.day_field, None))
        self.column.addWidget(self.sure)
        self.column.addLayout(row_of(self.ask, None))
        self.column.addWidget(self.steps)
        self.column.addLayout(row_of(self.again, self.without, None))
        self.column.addWidget(self.told)
        self.column.addLayout(row_of(self.certificate, self.books, None))
        self.column.addWidget(self.remove_sure)
        self.column.addLayout(row_of(self.remove, None))

    def _connect(self) -> None:
        self.look.clicked.connect(self._look)
        self.day.dateChanged.connect(self._show_question)
        self.sure.toggled.connect(self._show_question)
        self.ask.clicked.connect(self._ask)
        self.export.clicked.connect(self.export_wanted)
        self.withdraw.clicked.connect(self._withdraw)
        self.again.clicked.connect(lambda: self._go_on(AccountDeletionService.go_on))
        self.without.clicked.connect(
            lambda: self._go_on(AccountDeletionService.go_on_without_service)
        )
        self.certificate.clicked.connect(self._save_certificate)
        self.books.clicked.connect(self._save_books)
        self.remove_sure.toggled.connect(self.remove.setEnabled)
        self.remove.clicked.connect(self._remove)

    def load(self) -> None:
        """Ask how it stands."""
        self._start(AccountDeletionService.status, done=self.show_standing)

    def show_standing(self, found: AccountDeletion) -> None:
        """Show how it stands, and offer what can be done about that."""
        has_moved_on = found.state is not self._found.state
        self._found, state = found, found.state
        self.standing.setText(words.standing(found))
        is_waiting = state in {DeletionState.NONE, DeletionState.ASKED}
        self.look.setVisible(is_waiting)
        self.export.setVisible(is_waiting)
        self.withdraw.setVisible(state is DeletionState.ASKED)
        self.steps.fill(words.step_lines(found) if state is DeletionState.RUNNING else ())
        self.again.setVisible(state is DeletionState.RUNNING)
        self.without.setVisible(found.waits_for_service)
        is_done = state is DeletionState.DONE
        for part in (self.certificate, self.remove_sure, self.remove):
            part.setVisible(is_done)
        self.books.setVisible(is_done and found.books > 0)
        self.remove.setEnabled(self.remove_sure.isChecked())
        if is_done:
            self._start(AccountDeletionService.certificate_text, done=self._show_certificate)
        if not is_waiting:
            self._show_preview(None)
        self._show_question()
        if has_moved_on:
            self.moved_on.emit()

    def _show_certificate(self, paragraphs: tuple[str, ...]) -> None:
        self.told.fill(PlainLabel(text, role="muted", wrap=True) for text in paragraphs)

    def _look(self) -> None:
        self._start(AccountDeletionService.preview, own_zone(), done=self._show_preview)

    def _show_preview(self, preview: DeletionPreview | None) -> None:
        self._preview = preview
        self.plan.fill(() if preview is None else words.preview_lines(preview))
        if preview is not None:
            first, last = preview.earliest, preview.latest
            self.day.setDateRange(
                QDate(first.year, first.month, first.day), QDate(last.year, last.month, last.day)
            )
            self.day.show_day(self._found.day or preview.usual)
        self._show_question()

    def _show_question(self, _: object = None) -> None:
        """What was not looked at cannot be asked for; today asks once more."""
        preview = self._preview
        begins_today = preview is not None and self.day.day() == preview.earliest
        self.day_field.setVisible(preview is not None)
        self.ask.setVisible(preview is not None)
        self.sure.setVisible(begins_today)
        self.ask.setEnabled(not begins_today or self.sure.isChecked())
        if self._found.state is DeletionState.ASKED and not begins_today:
            self.ask.setText(self.tr("Move it to this day"))
        else:
            self.ask.setText(self.tr("Delete the acc&ount"))

    def _ask(self) -> None:
        preview = self._preview
        if preview is None:
            return
        day = self.day.day()
        then = self._begin if day == preview.earliest else self._asked
        self._start(AccountDeletionService.ask, day, own_zone(), done=then)

    def _asked(self, found: AccountDeletion) -> None:
        self._show_preview(None)
        self.show_standing(found)
        self.withdraw.setFocus()

    def _begin(self, found: AccountDeletion) -> None:
        self._asked(found)
        self._go_on(AccountDeletionService.go_on)

    def _withdraw(self) -> None:
        self._start(AccountDeletionService.withdraw, done=self._withdrawn)

    def _withdrawn(self, found: AccountDeletion) -> None:
        self.show_standing(found)
        self.message.say(Tone.OK, self.tr("Your account stays as it is. Nothing was deleted."))

    def _go_on(self, method: Callable[..., AccountDeletion]) -> None:
        for button in (self.again, self.without):
            button.setEnabled(False)
        self._start(method, done=self.show_standing)

    def _save_certificate(self) -> None:
        path = self._chosen(self.tr("Save the certificate"), "account-deleted.json", "*.json")
        if path:
            self._start(AccountDeletionService.write_certificate, path, done=self._saved)

    def _save_books(self) -> None:
        path = self._chosen(self.tr("Save the books"), "books.csv", "*.csv")
        if path:
            self._start(AccountDeletionService.write_books, path, done=self._saved)

    def _chosen(self, title: str, suggested: str, kind: str) -> str:
        return QFileDialog.getSaveFileName(self, title, suggested, kind)[0]

    def _saved(self, made: CertificateFiles | ExportReceipt) -> None:
        self.message.say(Tone.OK, self.tr("Saved as {path}.").format(path=made.path))

    def _remove(self) -> None:
        self._start(AccountDeletionService.remove_workspace, done=lambda _: self.removed.emit())

    def _start(
        self,
        method: Callable[..., Result],
        *arguments: object,
        done: Callable[[Result], None],
    ) -> None:
        self.message.dismiss()
        job = self._jobs.start(method, *arguments, done=done, failed=self._explain, owner=self)
        job.finished.connect(self._settle)

    def _settle(self) -> None:
        for button in (self.again, self.without):
            button.setEnabled(True)

    def _explain(self, error: AppError) -> None:
        if error.field == "day":
            self.day_field.explain(str(error))
        else:
            tone = Tone.INFO if isinstance(error, Cancelled) else Tone.BAD
            self.message.say(tone, str(error))
