"""Notes what happened, so that it is seen beside the numbers."""

from datetime import datetime, time
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from PySide6.QtCore import QTime, Signal
from PySide6.QtWidgets import QDialog, QLineEdit, QTimeEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.usage import Application
from desktop.domain.usage_views import ChartEvent
from desktop.services.explorer import MOST_WORDS, ExplorerService
from desktop.views.day_edit import DayEdit
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.spin import indented
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from datetime import date

    from desktop.jobs import Jobs

WIDTH_PX: Final = 460


class IncidentDialog(QDialog):
    """Day and time in the application's time zone, and what happened."""

    noted = Signal(object)
    """The `ChartEvent`."""

    def __init__(
        self, parent: QWidget, jobs: "Jobs", application: Application, day: "date"
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Note an incident"))
        self.setMinimumWidth(WIDTH_PX)
        self._jobs, self._application = jobs, application
        self.day = DayEdit(self.tr("Day"))
        self.day.show_day(day)
        self.time = indented(QTimeEdit(QTime(12, 0)))
        self.time.setDisplayFormat("HH:mm")
        self.time.setAccessibleName(self.tr("Time"))
        line = QLineEdit()
        line.setMaxLength(MOST_WORDS)
        self.words = FormField(self.tr("&What happened"), line)
        self.line = line
        self.go = Button(self.tr("&Note it"), role="primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._note)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)
        self._arrange()
        line.setFocus()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Note an incident"), role="title"))
        about = self.tr("It is kept in this vault only and shown on the charts of its day.")
        column.addWidget(PlainLabel(about, role="muted", wrap=True))
        column.addLayout(row_of(self.day, self.time, None, spacing=12))
        column.addWidget(self.words)
        column.addLayout(row_of(None, self.cancel, self.go))

    def _note(self) -> None:
        clock = self.time.time()
        at = datetime.combine(
            self.day.day(),
            time(clock.hour(), clock.minute()),
            ZoneInfo(self._application.time_zone),
        )
        self._jobs.start(
            ExplorerService.note_incident, self._application.application_id, at, self.line.text(),
            done=self._finish, failed=self._explain, owner=self,
        )  # fmt: skip

    def _finish(self, event: ChartEvent) -> None:
        self.noted.emit(event)
        self.accept()

    def _explain(self, error: AppError) -> None:
        self.words.explain(str(error))
