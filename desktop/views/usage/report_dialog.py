"""Puts chosen views into one report, with progress, and a way out."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.ids import ApplicationId
from desktop.domain.usage_views import UsageView
from desktop.services.explorer import ExplorerService
from desktop.views.charting.paper import Sheet, pdf_of
from desktop.views.choice import Choice
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel
from desktop.views.theme import Scheme, token_table
from desktop.views.usage.asking import Asking
from desktop.views.usage.pictures import Found, picture_of
from desktop.views.usage.remarks import remark_of
from desktop.views.usage.report import html_report, html_section

if TYPE_CHECKING:
    from desktop.jobs import Jobs

WIDTH_PX: Final = 520
REPORT_WIDTH_PX: Final = 1200
VIEW_ROLE: Final = Qt.ItemDataRole.UserRole


class ReportFormat(StrEnum):
    HTML = "html"
    PDF = "pdf"


class ReportDialog(QDialog):
    """Asks each view in turn; the file is written at the end, whole or not at all."""

    written = Signal(str)
    """Path of the report."""

    def __init__(
        self,
        parent: QWidget,
        jobs: "Jobs",
        application: tuple[ApplicationId, str],
        views: tuple[tuple[str, UsageView], ...],
        today: Callable[[], date],
    ) -> None:
        """Offer views for a report.

        Args:
            parent: the window it belongs to.
            jobs: the bridge to the core.
            application: its id and name.
            views: what can be chosen, with names; the first is ticked.
            today: tells the day on which periods of the last days end.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Report"))
        self.setMinimumWidth(WIDTH_PX)
        self._jobs, self._application, self._today = jobs, application, today
        self._asking: Asking | None = None
        self._due: list[UsageView] = []
        self._sheets: list[Sheet] = []
        self._sections: list[str] = []
        self._path = ""
        self._make_parts(views)
        self._arrange()

    def _make_parts(self, views: tuple[tuple[str, UsageView], ...]) -> None:
        self.heading = QLineEdit(self.tr("Usage of {name}").format(name=self._application[1]))
        self.heading.setMaxLength(200)
        self.views = QListWidget()
        self.views.setAccessibleName(self.tr("Charts of the report"))
        for place, (name, view) in enumerate(views):
            row = QListWidgetItem(name)
            row.setData(VIEW_ROLE, view)
            row.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled
                         | Qt.ItemFlag.ItemIsSelectable)  # fmt: skip
            row.setCheckState(Qt.CheckState.Unchecked if place else Qt.CheckState.Checked)
            self.views.addItem(row)
        self.format = Choice(
            self.tr("Format"),
            ((ReportFormat.HTML, self.tr("HTML")), (ReportFormat.PDF, self.tr("PDF"))),
        )
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Progress"))
        self.bar.hide()
        self.message = MessageBar(dismissable=False)
        self.go = Button(self.tr("&Write the report…"), role="primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self.ask_for_path)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Report"), role="title"))
        column.addWidget(FormField(self.tr("Title"), self.heading))
        column.addWidget(PlainLabel(self.tr("Charts of the report"), role="muted"))
        for part in (self.views, self.format, self.message, self.bar):
            column.addWidget(part)
        column.addLayout(row_of(None, self.cancel, self.go))

    def chosen(self) -> list[UsageView]:
        """The views that are ticked, in their order."""
        rows = [self.views.item(place) for place in range(self.views.count())]
        return [row.data(VIEW_ROLE) for row in rows if row.checkState() is Qt.CheckState.Checked]

    def ask_for_path(self) -> None:
        """Ask where to write, then begin."""
        if not self.chosen():
            self.message.say(Tone.INFO, self.tr("Tick at least one chart."))
            return
        form = self.format.value()
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Report"), f"usage-report.{form}", f"{form.upper()} (*.{form})"
        )
        if path:
            self._begin(path)

    def _begin(self, path: str) -> None:
        self._path = path
        self._due = [view.on(self._today()) for view in self.chosen()]
        self._sheets, self._sections = [], []
        self.bar.setRange(0, len(self._due) + 1)
        self.bar.setValue(0)
        self._show_running(running=True)
        self._next()

    def _show_running(self, *, running: bool) -> None:
        self.bar.setVisible(running)
        for part in (self.go, self.views, self.heading, self.format):
            part.setEnabled(not running)

    def _next(self) -> None:
        if self._due:
            view = self._due.pop(0)
            self._asking = Asking(self._jobs, view, self._application[0], REPORT_WIDTH_PX, self)
            self._asking.start(self._take, self._fail, lambda _done, _total: None)
        else:
            self._finish()

    def _take(self, found: Found) -> None:
        """Draw one chart; the next one is asked for when the window has had its turn."""
        self._asking = None
        sheet = Sheet(picture_of(found), remark_of(found))
        if self.format.value() is ReportFormat.PDF:
            self._sheets.append(sheet)
        else:
            numbers = self.tr("The numbers as a table")
            self._sections.append(
                html_section(sheet, self.tr("Start"), numbers, token_table()[Scheme.LIGHT])
            )
        self.bar.setValue(self.bar.value() + 1)
        QTimer.singleShot(0, self, self._next)

    def _finish(self) -> None:
        if self.format.value() is ReportFormat.PDF:
            content = pdf_of(tuple(self._sheets), token_table()[Scheme.LIGHT])
        else:
            remark = self.tr("Made on this computer from local data.")
            content = html_report(self.heading.text(), remark, tuple(self._sections))
        self._jobs.start(
            ExplorerService.write_file, self._path, content, done=self._succeed,
            failed=self._fail, owner=self,
        )  # fmt: skip

    def _succeed(self, _: None) -> None:
        self.written.emit(self._path)
        self.accept()

    def _fail(self, error: AppError) -> None:
        self._asking = None
        self._show_running(running=False)
        self.message.say(Tone.INFO if isinstance(error, Cancelled) else Tone.BAD, str(error))

    def reject(self) -> None:
        """Stop what runs; a second time, close."""
        if self._asking is not None:
            self._due = []
            self._asking.cancel()
        else:
            super().reject()
