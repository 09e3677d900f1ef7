"""Usage: one chart of the owner's choice, and the same numbers as a table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import ExportFailed
from desktop.domain.usage import Application, Grain, GroupBy, Measure, UsageAnswer, UsageQuestion
from desktop.services.usage import UsageService
from desktop.views import figures
from desktop.views.charts import Chart
from desktop.views.choice import Choice
from desktop.views.clipboard import copy_text
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page, local_day, row_of
from desktop.views.ranges import USAGE_DAYS, RangePicker
from desktop.views.state_page import EmptyPanel
from desktop.views.table_text import as_table
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


@dataclass(frozen=True, slots=True)
class Bucket:
    """One row of the table twin."""

    start: str
    values: tuple[Decimal, ...]


class UsagePage(Page):
    """Period, grain, group and measure above; chart or table below."""

    topics: ClassVar[frozenset[str]] = frozenset({"usage", "configuration", "sync"})
    shows_live_data: ClassVar[bool] = True

    def __init__(self, jobs: "Jobs", today: Callable[[str], date] = local_day) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("UsagePage", "Usage"))
        self._today = today
        self._answer: UsageAnswer | None = None
        self.copy = Button(self.tr("&Copy"), icon_name="copy")
        self.copy.clicked.connect(self._copy)
        self.save = Button(self.tr("Export CSV…"), icon_name="download")
        self.save.clicked.connect(self.export_view)
        self.header.addWidget(self.copy)
        self.header.addWidget(self.save)
        self._make_controls()
        self._make_views()
        self.show_states_of(self._content(), self._empty())
        self._arrange_controls()
        twin = QShortcut(QKeySequence("T"), self)
        twin.activated.connect(self._swap_twin)

    def _this_day(self) -> date:
        return self._today(self.application.time_zone if self.application else "UTC")

    def _make_controls(self) -> None:
        self.range = RangePicker(USAGE_DAYS, self._this_day, own=True)
        self.grain = Choice(
            self.tr("Grain"),
            (
                (Grain.DAY, self.tr("Day")),
                (Grain.HOUR, self.tr("Hour")),
                (Grain.WEEK, self.tr("Week")),
                (Grain.MONTH, self.tr("Month")),
            ),
        )
        self.group = Choice(
            self.tr("Group by"),
            (
                (GroupBy.ENDPOINT, self.tr("Endpoint")),
                (GroupBy.CUSTOMER, self.tr("Customer")),
            ),
        )
        self.measure = Choice(
            self.tr("Measure"),
            ((Measure.REQUESTS, self.tr("Requests")), (Measure.UNITS, self.tr("Units"))),
        )
        self.twin = Choice(
            self.tr("View"), (("chart", self.tr("Chart")), ("table", self.tr("Table")))
        )
        for control in (self.range, self.grain, self.group, self.measure):
            control.changed.connect(self.reload)
        self.twin.changed.connect(self._show_twin)

    def _arrange_controls(self) -> None:
        row = row_of(self.range, self.grain, self.group, self.measure, None, self.twin, spacing=12)
        self._column.insertLayout(1, row)

    def _make_views(self) -> None:
        self.total = PlainLabel(role="heading")
        self.stamp = PlainLabel(role="stamp")
        self.chart = Chart(self.tr("Usage"))
        self.table: DataTable[Bucket] = DataTable(
            self.tr("Usage as a table"), (), key=lambda bucket: bucket.start
        )

    def _content(self) -> QWidget:
        self._views = QStackedWidget()
        self._views.addWidget(self.chart)
        self._views.addWidget(self.table)
        heading = QWidget()
        row = row_of(self.total, None, self.stamp)
        row.setContentsMargins(0, 0, 0, 0)
        heading.setLayout(row)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        frame = Card(heading, self._views, spacing=8)
        column.addWidget(frame)
        return content

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        sample = Button(self.tr("Use sample data"))
        sample.clicked.connect(self.sample_wanted)
        return EmptyPanel(
            "chart-line",
            self.tr("No usage in this period"),
            self.tr("Choose a longer period, or connect an API to see its calls here."),
            connect,
            sample,
        )

    def question(self, application: Application) -> UsageQuestion:
        """What the controls ask for."""
        return UsageQuestion(
            application.application_id,
            self.range.period(),
            self.grain.value(),
            self.group.value(),
            self.measure.value(),
        )

    def load(self, application: Application) -> None:
        """Ask for the chart the controls describe."""
        question = self.question(application)

        def show(answer: UsageAnswer) -> None:
            if self.application == application and question == self.question(application):
                self._show(answer)

        self.wait_for(
            self.jobs.start(
                UsageService.chart, question, done=show, failed=self.explain, owner=self
            )
        )

    def _show(self, answer: UsageAnswer) -> None:
        self._answer = answer
        has_content = bool(answer.series) and bool(answer.starts)
        self.copy.setEnabled(has_content)
        self.save.setEnabled(has_content)
        if not has_content:
            self.states.show_empty()
            return
        words = {
            Measure.REQUESTS: self.tr("{total} requests"),
            Measure.UNITS: self.tr("{total} units"),
        }
        total = words[self.measure.value()].format(total=figures.compact(answer.total))
        self.total.setText(total)
        self.stamp.setText(self._stamp_text(answer))
        self.chart.show_answer(answer)
        self._fill_table(answer)
        self.states.show_content(answer.stamp)

    def _stamp_text(self, answer: UsageAnswer) -> str:
        if answer.stamp.as_of is None:
            return ""
        return self.tr("As of {moment}").format(moment=figures.moment(answer.stamp.as_of))

    def _fill_table(self, answer: UsageAnswer) -> None:
        rows = tuple(
            Bucket(start, tuple(series.values[place] for series in answer.series))
            for place, start in enumerate(answer.starts)
        )
        columns: list[Column[Bucket]] = [
            Column(self.tr("Start"), _start_text, lambda bucket: bucket.start)
        ]
        columns += [
            _series_column(series.label, place) for place, series in enumerate(answer.series)
        ]
        titles = tuple(column.title for column in columns)
        if titles == tuple(column.title for column in self.table.table_model.columns):
            self.table.show_rows(rows)
        else:
            self.table.show_columns(tuple(columns), rows)

    def _swap_twin(self) -> None:
        self.twin.choose("chart" if self.twin.value() == "table" else "table")
        self._show_twin()

    def _show_twin(self) -> None:
        view = self.table if self.twin.value() == "table" else self.chart
        self._views.setCurrentWidget(view)

    def _copy(self) -> None:
        if self._answer is not None:
            copy_text(as_table(self._answer, "\t"))
            self.toast_offered.emit(self.tr("Copied the table."), None)

    def export_view(self) -> None:
        """Save the numbers on screen as a CSV file."""
        if self._answer is None or not self._answer.series:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export CSV"), "usage.csv", self.tr("CSV files (*.csv)")
        )
        if path:
            self._write(Path(path), as_table(self._answer, ","))

    def _write(self, path: Path, text: str) -> None:
        try:
            path.write_text(text, encoding="utf-8", newline="")
        except OSError as error:
            said = self.tr(
                "The file could not be written: {reason}. Nothing else changed; choose another "
                "folder."
            )
            self.states.show_error(
                ExportFailed(said.format(reason=error.strerror)), self.export_view
            )
        else:
            self.toast_offered.emit(self.tr("Saved {name}.").format(name=path.name), None)


def _start_text(bucket: Bucket) -> str:
    return figures.bucket(bucket.start)


def _series_column(label: str, place: int) -> Column[Bucket]:
    return Column(
        label,
        lambda bucket: figures.decimal(bucket.values[place]),
        lambda bucket: bucket.values[place],
        is_number=True,
    )
