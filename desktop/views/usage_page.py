"""Usage: any question about the traffic, as a chart of the owner's choice and as a table."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, Cancelled, InvalidInput
from desktop.domain.usage import Application, DateRange
from desktop.domain.usage_questions import Comparison, Grain, obstacle
from desktop.domain.usage_views import ChartEvent, ChartKind, UsageView
from desktop.services.usage_export import UsageExportService, UsageFormat
from desktop.views.activities import Activities
from desktop.views.icons import Button
from desktop.views.page import Page, local_day
from desktop.views.state_page import EmptyPanel
from desktop.views.usage.actions import Leaving
from desktop.views.usage.asking import Asking
from desktop.views.usage.chart_card import ChartCard
from desktop.views.usage.filter_bar import FilterBar
from desktop.views.usage.incident_dialog import IncidentDialog
from desktop.views.usage.keeping_line import KeepingLine
from desktop.views.usage.notes_menu import NotesMenu
from desktop.views.usage.pictures import Found, can_stack
from desktop.views.usage.question_bar import QuestionBar
from desktop.views.usage.report_dialog import ReportDialog
from desktop.views.usage.views_menu import ViewsMenu

if TYPE_CHECKING:
    from desktop.jobs import Jobs

ALL: Final = frozenset({"measure", "group", "grain", "comparison", "top"})
USES: Final = {
    ChartKind.HEAT: frozenset({"measure"}),
    ChartKind.BANDS: frozenset({"grain"}),
    ChartKind.DISTRIBUTION: frozenset[str](),
    ChartKind.COHORT: frozenset[str](),
    ChartKind.PARETO: frozenset({"measure", "group"}),
}
"""Controls that a kind of chart asks about; the others use all."""
LEAST_WIDTH_PX: Final = 320
"""Half of the width is asked for: with two points a pixel no more could be seen."""


class UsagePage(Page):
    """Question above, chart or table below; views, links and files in the header."""

    topics: ClassVar[frozenset[str]] = frozenset({"usage", "configuration", "sync"})
    shows_live_data: ClassVar[bool] = True

    def __init__(
        self, jobs: "Jobs", activities: Activities, today: Callable[[str], date] = local_day
    ) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("UsagePage", "Usage"))
        self._activities, self._today = activities, today
        self._asking: Asking | None = None
        self._found: Found | None = None
        self._events: tuple[ChartEvent, ...] = ()
        self._make_header()
        self.bar = QuestionBar(self._this_day)
        self.filters = FilterBar(jobs)
        self.filters.ask_about(lambda: self.view().question)
        self.card = ChartCard(jobs)
        self.keeping = KeepingLine(jobs)
        self._column.insertWidget(1, self.bar)
        self._column.insertWidget(2, self.filters)
        self.show_states_of(self._content(), self._empty())
        self._connect()

    def _make_header(self) -> None:
        self.views = ViewsMenu(self.jobs)
        self.note = NotesMenu(self.jobs)
        self.leaving = Leaving(self, self.jobs)
        for part in (self.views, self.note, self.leaving.copy, self.leaving.export):
            self.header.addWidget(part)

    def _connect(self) -> None:
        self.bar.changed.connect(self._change)
        self.filters.changed.connect(self._change)
        self.card.kind_chosen.connect(self._change)
        self.card.chart.overlay.chosen.connect(self._open_place)
        self.views.opened.connect(self.open_view)
        self.views.told.connect(self._tell)
        self.views.failed.connect(self.explain)
        self.keeping.failed.connect(self.explain)
        self.note.incident_wanted.connect(self.note_incident)
        self.note.changed.connect(self._change)
        self.note.told.connect(self._tell)
        self.note.failed.connect(self.explain)
        self.leaving.told.connect(self._tell)
        self.leaving.failed.connect(self.explain)
        self.leaving.report_wanted.connect(self.make_report)
        self.leaving.numbers_wanted.connect(self.export_numbers)
        for keys, act in (("T", self.card.swap_twin), ("C", self._swap_comparison)):
            QShortcut(QKeySequence(keys), self).activated.connect(act)

    def _this_day(self) -> date:
        return self._today(self.application.time_zone if self.application else "UTC")

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.card, 1)
        column.addWidget(self.keeping)
        return content

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        sample = Button(self.tr("Use sample data"))
        sample.clicked.connect(self.sample_wanted)
        return EmptyPanel(
            "chart-line",
            self.tr("No usage to show"),
            self.tr("Choose a longer period, take filters away, or connect an API."),
            connect,
            sample,
        )

    def view(self) -> UsageView:
        """What the controls ask for."""
        application_id = self.application.application_id if self.application else None
        question = self.bar.question(application_id, self.filters.filters)
        kind, days = self.card.kind.value(), self.bar.days()
        return UsageView(question, kind, days, self.note.threshold)

    def open_view(self, view: UsageView) -> None:
        """Show a view, as if the owner had set every control."""
        self._put(view)
        self._change()

    def _put(self, view: UsageView) -> None:
        current = view.on(self._this_day())
        self.bar.show_question(current.question, current.days)
        self.filters.show_filters(current.question.filters)
        self.card.kind.choose(current.kind)
        self.note.show_threshold(current.threshold)
        self.bar.enable_for(USES.get(current.kind, ALL))

    def place(self) -> object:
        """The view on screen: what Back returns to."""
        return self.view()

    def return_to(self, place: object) -> None:
        """Show a view of before."""
        if isinstance(place, UsageView):
            self._put(place)
            self.reload()

    def _change(self) -> None:
        self.bar.enable_for(USES.get(self.card.kind.value(), ALL))
        self.moved.emit()
        self.reload()

    def _swap_comparison(self) -> None:
        usual = self.bar.comparison.value() is Comparison.NONE
        self.bar.comparison.choose(Comparison.PREVIOUS if usual else Comparison.NONE)
        self._change()

    def load(self, application: Application) -> None:
        """Ask what the controls describe."""
        view = self.view()
        self.views.show_application(application.application_id, view)
        if why := _obstacle(view):
            self.explain(InvalidInput(why, field="question"))
            return

        def show(found: Found) -> None:
            if self.application == application and view == self.view():
                self._show(found)

        width = max(self.card.chart.width(), LEAST_WIDTH_PX) // 2
        self._stop_asking()
        self._asking = Asking(self.jobs, view, application.application_id, width, self)
        self.states.show_loading(self._asking)
        self._asking.start(show, self._fail, self.states.show_progress)
        self.keeping.load()

    def _fail(self, error: AppError) -> None:
        self._asking = None
        self.explain(error)

    def _stop_asking(self) -> None:
        """What was asked before matters to nobody any more."""
        if self._asking is not None:
            self._asking.abandon()
            self._asking = None

    def _show(self, found: Found) -> None:
        self._asking = None
        self._found = found
        self.note.show_events(found.events)
        for answer in found.answers:
            self.filters.learn(answer)
        picture = self.card.show_found(found)
        if picture.is_empty:
            self.leaving.show(None, None)
            self.states.show_empty()
            return
        self.leaving.show(found, picture)
        self.states.show_content(found.stamp)

    def _tell(self, text: str) -> None:
        self.toast_offered.emit(text, None)

    def _open_place(self, place: int) -> None:
        """Enter on a week or month asks for its days, on a day for its hours."""
        finer = {Grain.MONTH: Grain.DAY, Grain.WEEK: Grain.DAY, Grain.DAY: Grain.HOUR}
        found = self._found
        if found is None or found.view.kind in USES:
            return
        answer = found.answers[0]
        grain = answer.question.grain
        if grain in finer:
            starts = (*answer.labels[place : place + 2], answer.question.period.end.isoformat())
            first, end = (date.fromisoformat(label[:10]) for label in starts[:2])
            view = replace(self.view(), days=None)
            period = DateRange(max(first, answer.question.period.start), end)
            question = replace(view.question, period=period, grain=finer[grain])
            self.open_view(replace(view, question=question))

    def note_incident(self) -> None:
        """Ask what happened, beginning with the day at the cursor."""
        if self.application is None:
            return
        dialog = IncidentDialog(self, self.jobs, self.application, self._this_day())
        dialog.finished.connect(dialog.deleteLater)
        dialog.noted.connect(self._show_noted)
        dialog.open()

    def _show_noted(self, event: ChartEvent) -> None:
        self._tell(self.tr("Noted: {words}").format(words=event.words))
        self.reload()

    def make_report(self) -> None:
        """Ask which views go into a report."""
        if self.application is None:
            return
        saved = ((one.name, one.view) for one in self.views.saved)
        offered = ((self.tr("What is on screen"), self.view()), *saved)
        dialog = ReportDialog(
            self, self.jobs, (self.application.application_id, self.application.name), offered,
            self._this_day,
        )  # fmt: skip
        dialog.finished.connect(dialog.deleteLater)
        dialog.written.connect(self.leaving.tell_saved)
        dialog.open()

    def export_numbers(self, form: UsageFormat) -> None:
        """Write the whole answer of the chart as a file, with every bucket and group."""
        questions = self.view().questions()
        if self._found is None or not questions:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export the numbers"), f"usage.{form}", f"{form.upper()} (*.{form})"
        )
        if path:
            self._activities.start(
                self.tr("Export usage"), UsageExportService.save, questions[0], form, path,
                done=lambda _: self.leaving.tell_saved(path), failed=self._explain_export,
                owner=self,
            )  # fmt: skip

    def _explain_export(self, error: AppError) -> None:
        if isinstance(error, Cancelled):
            self._tell(str(error))
        else:
            self.states.show_error(error, self.export_view)

    def export_view(self) -> None:
        """Save the numbers on screen as a CSV file."""
        self.export_numbers(UsageFormat.CSV)


def _obstacle(view: UsageView) -> str:
    """Why a view cannot be drawn; empty when it can."""
    if not can_stack(view):
        return QCoreApplication.translate(
            "UsagePage", "Durations and unique customers do not add up. Choose lines for them."
        )
    return next((why for one in view.questions() if (why := obstacle(one))), "")
