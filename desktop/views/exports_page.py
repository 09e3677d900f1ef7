"""Exports: everything the vault holds about the account, in one file."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QFormLayout, QProgressBar, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.usage import Application
from desktop.services.export import ExportReceipt, ExportService
from desktop.views import figures
from desktop.views.activities import Activities
from desktop.views.clipboard import copy_text
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, Page, row_of
from desktop.views.privacy.written_files_card import WrittenFilesCard
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs


class ExportsPage(Page):
    """One button, its progress, and a receipt that lets the owner check the file later."""

    is_about_an_application: ClassVar[bool] = False

    def __init__(self, jobs: "Jobs", activities: Activities) -> None:
        super().__init__(jobs, QCoreApplication.translate("ExportsPage", "Exports"))
        self._activities = activities
        self._job: Job | None = None
        self.message = MessageBar()
        self.start = Button(self.tr("&Export my data…"), role="primary", icon_name="download")
        self.start.clicked.connect(self.export_view)
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Export my data"))
        self.progress_text = PlainLabel(role="muted")
        self.cancel = Button(self.tr("&Cancel"))
        self.cancel.clicked.connect(self._cancel)
        self._make_receipt()
        self.show_states_of(self._content(), self._unused_empty())
        self._show_running(running=False)

    def _make_receipt(self) -> None:
        self.path, self.size_text, self.rows = (PlainLabel(wrap=True) for _ in range(3))
        self.sha256 = PlainLabel(wrap=True)
        self.copy_sum = Button(self.tr("Copy the checksum"), icon_name="copy")
        self.copy_sum.clicked.connect(lambda: copy_text(self.sha256.text()))
        lines = QWidget()
        form = QFormLayout(lines)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(24)
        form.setVerticalSpacing(8)
        for name, value in (
            (self.tr("File"), self.path),
            (self.tr("Size"), self.size_text),
            (self.tr("Rows"), self.rows),
            ("SHA-256", self.sha256),
        ):
            form.addRow(PlainLabel(name, role="muted"), value)
        self.receipt = Card(PlainLabel(self.tr("Done"), role="heading"), lines)
        self.receipt.column.addLayout(row_of(self.copy_sum, None))
        self.receipt.hide()

    def _content(self) -> QWidget:
        about = PlainLabel(
            self.tr(
                "One JSON file with everything the vault holds about your account, its "
                "configuration and its usage. Secrets are listed by name and never contained. "
                "It is made from local data and needs no network."
            ),
            role="muted",
            wrap=True,
        )
        box = Card(PlainLabel(self.tr("Export my data"), role="heading"), about)
        box.column.addLayout(row_of(self.start, None))
        box.column.addWidget(self.progress_text)
        box.column.addLayout(row_of(self.bar, self.cancel))
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        self.files = WrittenFilesCard(self.jobs)
        for part in (self.message, box, self.receipt, self.files):
            column.addWidget(part)
        column.addStretch()
        return content

    def _unused_empty(self) -> EmptyPanel:
        return EmptyPanel("download", self.tr("Nothing to export"), "")

    def reload(self) -> None:
        """The export is made when it is asked for; files of earlier ones are looked at."""
        self.states.show_content()
        self.files.reload()

    def load(self, application: Application) -> None:
        """Nothing to load."""

    def export_view(self) -> None:
        """Ask for a file and write it."""
        if self._job is not None:
            return
        suggested = f"usageflow-{date.today().isoformat()}.json"  # noqa: DTZ011 (the owner's day)
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export my data"), suggested, self.tr("JSON files (*.json)")
        )
        if path:
            self._run(path)

    def _run(self, path: str) -> None:
        self.message.dismiss()
        self.receipt.hide()
        self._show_running(running=True)
        self._job = self._activities.start(
            self.tr("Export my data"),
            ExportService.my_data,
            path,
            done=self._finish,
            failed=self._fail,
            progressed=self._progress,
            owner=self,
        )

    def _progress(self, done: int, total: int | None) -> None:
        self.bar.setRange(0, total or 0)
        self.bar.setValue(done)
        self.progress_text.setText(self.tr("{rows} rows written").format(rows=figures.count(done)))

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        if self._job is not None:
            self._job.cancel()

    def _finish(self, receipt: ExportReceipt) -> None:
        self._show_running(running=False)
        self.path.setText(str(Path(receipt.path)))
        self.size_text.setText(figures.size(receipt.size_bytes))
        self.rows.setText(figures.count(receipt.rows))
        self.sha256.setText(receipt.sha256)
        self.receipt.show()
        self.files.reload()

    def _fail(self, error: AppError) -> None:
        self._show_running(running=False)
        tone = Tone.INFO if isinstance(error, Cancelled) else Tone.BAD
        self.message.say(tone, str(error))

    def _show_running(self, *, running: bool) -> None:
        self._job = self._job if running else None
        self.start.setEnabled(not running)
        self.cancel.setEnabled(True)
        self.progress_text.setText("")
        self.bar.setRange(0, 0)
        for part in (self.bar, self.cancel, self.progress_text):
            part.setVisible(running)
