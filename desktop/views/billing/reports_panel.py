"""Reporting usage, or billing months: a plan first, then runs with each line and its reason."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QComboBox

from contract.terms import BillingProvider
from desktop.domain.billing.providers import Account
from desktop.domain.billing.reports import (
    LinesPage,
    LineState,
    ReportLine,
    ReportQuestion,
    ReportRun,
    RunsPage,
)
from desktop.domain.usage import Application, DateRange
from desktop.services.billing.paddle.billing import InvoiceBillingService
from desktop.services.billing.reporting import UsageReportService
from desktop.views import figures
from desktop.views.billing import words
from desktop.views.billing.panel import BillingPanel
from desktop.views.combo import ElidedCombo
from desktop.views.data_table import DataTable
from desktop.views.day_edit import DayEdit
from desktop.views.icons import Button, icon
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.views.activities import Activities

RUNS: Final = 50
LINES: Final = 500
DAYS: Final = 35
"""How far back Stripe counts."""


class ReportsPanel(BillingPanel):
    """Days to report, the runs, and the lines of the chosen run."""

    def __init__(
        self, jobs: "Jobs", activities: "Activities", today: Callable[[str], date]
    ) -> None:
        """`today` tells the day in a time zone."""
        super().__init__(jobs, activities)
        self._today = today
        self._offered_for: tuple[Account | None, Application | None] | None = None
        self._make_controls()
        self.runs: DataTable[ReportRun] = DataTable(
            self.tr("Runs"), self._run_columns(), key=lambda run: run.run_id
        )
        for column, width_px in enumerate((90, 190, 380), start=1):
            self.runs.setColumnWidth(column, width_px)
        self.runs.row_chosen.connect(self._ask_lines)
        self.lines: DataTable[ReportLine] = DataTable(
            self.tr("Lines of the run"), self._line_columns(), key=_key
        )
        for column, width_px in enumerate((150, 110, 120, 130, 190), start=1):
            self.lines.setColumnWidth(column, width_px)
        self.lines.row_chosen.connect(self._show_choice)
        self.problem = PlainLabel(role="bad", wrap=True)
        self.problem.hide()
        self.column.addWidget(self.runs, 2)
        self.column.addWidget(self.problem)
        self.column.addWidget(self.lines, 3)
        self.column.addLayout(row_of(self.counted, self.not_counted, self.take_back, None))

    def _make_controls(self) -> None:
        self.since, self.until = DayEdit(self.tr("First day")), DayEdit(self.tr("Last day"))
        self.plan = Button(self.tr("&Plan"), role="primary")
        self.plan.clicked.connect(lambda: self._start(is_dry=True))
        self.send = Button(self.tr("S&end as planned"), icon_name="upload")
        self.send.clicked.connect(lambda: self._start(is_dry=False))
        self.send.setEnabled(False)
        for edit in (self.since, self.until):  # what was planned was for other days
            edit.dateChanged.connect(lambda _: self.send.setEnabled(False))
        self.state: QComboBox = ElidedCombo()
        self.state.setAccessibleName(self.tr("State of lines"))
        self.state.setAccessibleDescription(self.tr("State of lines"))
        self.state.addItem(self.tr("Every line"), "")
        for state, (label, _, _) in words.STATES.items():
            self.state.addItem(words.say(label), state.value)
        self.state.activated.connect(lambda _: self._ask_lines())
        self.counted = Button(self.tr("It was counted"))
        self.counted.clicked.connect(lambda: self._decide(was_counted=True))
        self.not_counted = Button(self.tr("It was not counted"))
        self.not_counted.clicked.connect(lambda: self._decide(was_counted=False))
        self.take_back = Button(self.tr("&Take it back"), icon_name="rotate-ccw")
        self.take_back.clicked.connect(self._take_back)
        for part in (self.counted, self.not_counted, self.take_back):
            part.hide()
        self.hint = PlainLabel(role="muted", wrap=True)
        self.column.addLayout(
            row_of(self.since, self.until, self.plan, self.send, None, self.state)
        )
        self.column.addWidget(self.hint)

    def _run_columns(self) -> tuple[Column[ReportRun], ...]:
        return (
            Column(
                self.tr("Run"),
                lambda run: figures.dated(run.started_at),
                lambda run: run.started_at.timestamp(),
            ),
            Column(
                self.tr("What"),
                lambda run: self.tr("Plan") if run.question.is_dry else self.tr("Sent"),
            ),
            Column(self.tr("Days"), lambda run: _days(run.question.period)),
            Column(self.tr("Lines"), _counts),
        )

    def _line_columns(self) -> tuple[Column[ReportLine], ...]:
        return (
            Column(self.tr("Caller"), lambda line: line.customer_id),
            Column(self.tr("Payer"), lambda line: line.provider_customer_id or figures.NOTHING),
            Column(self.tr("Window"), lambda line: line.window),
            Column(
                self.tr("Quantity"),
                lambda line: f"{figures.decimal(line.quantity)} {line.meter}",
                lambda line: line.quantity,
                is_number=True,
            ),
            Column(
                self.tr("State"),
                lambda line: words.say(words.STATES[line.state][0]),
                icon=lambda line: icon(*words.STATES[line.state][1:]),
            ),
            Column(self.tr("Why"), _why),
        )

    def reload(self) -> None:
        """Offer the days and read the runs from the vault."""
        if self.account is None or self.application is None:
            return
        if self.account.provider is BillingProvider.PADDLE:
            said = self.tr("Whole months that are over are billed, as their invoices have them.")
        else:
            said = self.tr("Whole days that are over are reported, up to 35 days back.")
        self.hint.setText(said)
        self._offer_days()
        application_id = self.application.application_id
        self.ask(
            UsageReportService.runs, self.account, application_id, 0, RUNS, done=self._show_runs
        )

    def _offer_days(self) -> None:
        if self.application is None or self._offered_for == (self.account, self.application):
            return
        today = self._today(self.application.time_zone)
        first = today - timedelta(days=DAYS)
        if self.account is not None and self.account.provider is BillingProvider.PADDLE:
            first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
        self._offered_for = (self.account, self.application)
        self.since.show_day(first)
        self.until.show_day(today - timedelta(days=1))

    def _question(self, *, is_dry: bool) -> ReportQuestion | None:
        if self.account is None or self.application is None:
            return None
        period = DateRange(self.since.day(), self.until.day() + timedelta(days=1))
        return ReportQuestion(self.account, self.application.application_id, period, is_dry)

    def _start(self, *, is_dry: bool) -> None:
        """Plan, or send what was planned for the same days."""
        question = self._question(is_dry=is_dry)
        if question is None:
            return
        paddle = question.account.provider is BillingProvider.PADDLE
        method = InvoiceBillingService.run if paddle else UsageReportService.run
        title = self.tr("Plan a report") if is_dry else self.tr("Report usage")
        self.send.setEnabled(False)
        self.run(title, method, question, done=self._finished)

    def _finished(self, run: ReportRun) -> None:
        planned = run.counts.get(LineState.PLANNED.value, 0)
        self.send.setEnabled(run.question.is_dry and planned > 0)
        if run.question.is_dry:
            said = self.tr("%n line(s) would be sent.", "", planned)
        else:
            sent = sum(run.counts.get(state, 0) for state in ("sent", "accepted"))
            said = self.tr("%n line(s) were sent.", "", sent)
        self.toast_offered.emit(said, None)
        self.reload()
        self.runs.choose(run.run_id)

    def _show_runs(self, page: RunsPage) -> None:
        self.runs.show_rows(page.rows)
        if page.rows and self.runs.chosen() is None:
            self.runs.choose(page.rows[0].run_id)
        self._ask_lines()

    def _ask_lines(self) -> None:
        run = self.runs.chosen()
        self.problem.setVisible(run is not None and bool(run.problem))
        if run is None:
            self._show_lines(LinesPage((), 0))
            return
        self.problem.setText(run.problem)
        state = str(self.state.currentData() or "")
        self.ask(UsageReportService.lines, run.run_id, state, 0, LINES, done=self._show_lines)

    def _show_lines(self, page: LinesPage) -> None:
        self.lines.show_rows(page.rows)
        self._show_choice()

    def _show_choice(self) -> None:
        line = self.lines.chosen()
        uncertain = line is not None and line.state is LineState.UNCERTAIN
        self.counted.setVisible(uncertain)
        self.not_counted.setVisible(uncertain)
        is_stripe = self.account is not None and self.account.provider is BillingProvider.STRIPE
        went = line is not None and line.state in {LineState.SENT, LineState.ACCEPTED}
        self.take_back.setVisible(is_stripe and went)

    def _decide(self, *, was_counted: bool) -> None:
        line = self.lines.chosen()
        if line is not None and self.account is not None:
            method = UsageReportService.decide
            self.ask(method, self.account, line.claim_id, was_counted, done=lambda _: self.reload())

    def _take_back(self) -> None:
        line = self.lines.chosen()
        if line is not None and self.account is not None:
            method = UsageReportService.take_back
            self.ask(method, self.account, line.claim_id, done=lambda _: self.reload())


def _days(period: DateRange) -> str:
    last = period.end - timedelta(days=1)
    return f"{figures.day(period.start)} {figures.NOTHING} {figures.day(last, with_year=True)}"


def _counts(run: ReportRun) -> str:
    known = [
        (state, run.counts[state.value]) for state in words.STATES if state.value in run.counts
    ]
    said = [f"{figures.count(count)} {words.say(words.STATES[state][0])}" for state, count in known]
    return ", ".join(said) or figures.NOTHING


def _why(line: ReportLine) -> str:
    return " · ".join(part for part in (line.reason, line.request_id) if part)


def _key(line: ReportLine) -> tuple[str, str, str, str, int]:
    return line.claim_id, line.customer_id, line.rule_id, line.window, line.part
