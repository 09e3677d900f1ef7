"""Dashboard: how the API does, at a glance."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.domain.attention import Attention
from desktop.domain.errors import AppError
from desktop.domain.privacy.requests import RequestLine
from desktop.domain.usage import Application, Comparison, Dashboard, DateRange
from desktop.domain.usage_questions import Answer, Question
from desktop.domain.usage_questions import Comparison as ComparedWith
from desktop.services.attention import AttentionService
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.sample_data import SampleDataService
from desktop.services.usage import UsageService
from desktop.services.usage_questions import UsageQuestionService
from desktop.views import figures
from desktop.views.attention_list import AttentionList
from desktop.views.charts import Chart
from desktop.views.dashboard_revenue import (
    RevenueCard,
    TopCustomers,
    cost_question,
    revenue_question,
)
from desktop.views.data_table import ROW_HEIGHT_PX
from desktop.views.icons import Button
from desktop.views.kpi_card import KpiCard
from desktop.views.page import Card, Page, local_day, row_of
from desktop.views.ranges import DASHBOARD_DAYS, RangePicker
from desktop.views.scrolled import Scrolled
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

MUCH_BLOCKED: Final = Decimal("0.01")
"""Share of refused calls from which the figure is worth a look."""
DUE_SOON_DAYS: Final = 7
AFTER_PAINT_MS: Final = 100
"""So long the picture has to be on screen before anything beside it is asked for."""


class DashboardPage(Page):
    """Four figures, a chart of requests by endpoint, who uses most, and what needs the owner."""

    topics: ClassVar[frozenset[str]] = frozenset(
        {"usage", "configuration", "sync", "alerts", "reminders", "privacy"}
    )
    shows_live_data: ClassVar[bool] = True
    comparison_chosen = Signal(str)
    """Whether figures are compared with the period before or last year, as the owner chose."""

    def __init__(self, jobs: "Jobs", today: Callable[[str], date] = local_day) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("DashboardPage", "Dashboard"))
        self._today = today
        self._picture: Dashboard | None = None
        self._revenue_is_about: tuple[Application, DateRange, ComparedWith] | None = None
        self.range = RangePicker(DASHBOARD_DAYS, self._this_day, own=False)
        self.range.changed.connect(self.reload)
        self.compared = self._comparison_choice()
        self.remove_sample = Button(self.tr("Remove"))
        self.remove_sample.clicked.connect(self._remove_sample)
        self.sync = Button(self.tr("&Sync now"), role="primary")
        self.sync.clicked.connect(self.sync_wanted)
        self.header.insertWidget(2, self.remove_sample)
        self.header.addWidget(self.compared)
        self.header.addWidget(self.range)
        self.header.addWidget(self.sync)
        self.remove_sample.hide()
        self._make_parts()
        self.show_states_of(self._content(), self._empty())

    def _this_day(self) -> date:
        return self._today(self.application.time_zone if self.application else "UTC")

    def _comparison_choice(self) -> QComboBox:
        """Shown where the vault goes back a year before the period."""
        combo = QComboBox()
        combo.setAccessibleName(self.tr("Compare"))
        # On Linux a combo box is named by its value: the description says what it chooses.
        combo.setAccessibleDescription(self.tr("Compare"))
        combo.addItem(self.tr("vs previous period"), ComparedWith.PREVIOUS.value)
        combo.addItem(self.tr("vs last year"), ComparedWith.LAST_YEAR.value)
        combo.activated.connect(self._choose_comparison)
        combo.hide()
        return combo

    def _choose_comparison(self) -> None:
        self.comparison_chosen.emit(self.compared.currentData())
        self.reload()

    def compare_with(self, chosen: str) -> None:
        """Compare as the owner chose before, from the next answer on."""
        self.compared.setCurrentIndex(max(self.compared.findData(chosen), 0))

    def _make_parts(self) -> None:
        self.requests = KpiCard(self.tr("Requests"))
        self.revenue = RevenueCard()
        self.blocked = KpiCard(self.tr("Blocked"))
        self.privacy = KpiCard(self.tr("Privacy requests"))
        self.attention = AttentionList()
        self.attention.place_wanted.connect(self.place_wanted)
        self.stamp = PlainLabel(role="stamp")
        self.chart = Chart(self.tr("Requests per day by endpoint"))
        self.top_customers = TopCustomers()

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for kpi in (self.requests, self.revenue, self.blocked, self.privacy):
            cards.addWidget(kpi, 1)
        heading = QWidget()
        title = PlainLabel(self.tr("Requests per day by endpoint"), role="heading")
        row = row_of(title, None, self.stamp)
        row.setContentsMargins(0, 0, 0, 0)
        heading.setLayout(row)
        column.addLayout(cards)
        column.addWidget(Card(heading, self.chart, spacing=8), 1)
        self.top_customers.setMinimumHeight(3 * ROW_HEIGHT_PX)
        column.addWidget(self._lower_row())
        return content

    def _lower_row(self) -> QWidget:
        """Who uses most, and what needs the owner, side by side."""
        self.active = PlainLabel(role="muted")
        title = PlainLabel(self.tr("Needs attention"), role="heading")
        entries = Scrolled(self.tr("Needs attention"), self.attention)
        lower = QWidget()
        row = QHBoxLayout(lower)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(Card(self.top_customers, self.active, spacing=4), 6)
        row.addWidget(Card(title, entries, spacing=6), 5)
        lower.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        return lower

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        sample = Button(self.tr("Use sample data"))
        sample.clicked.connect(self.sample_wanted)
        return EmptyPanel(
            "gauge",
            self.tr("No calls yet"),
            self.tr("The dashboard fills as soon as your API reports its first call."),
            connect,
            sample,
        )

    def set_application(self, application: Application | None) -> None:
        """Show another application's data; invented data can be removed from here."""
        super().set_application(application)
        self.remove_sample.setVisible(self.sample_badge.isVisibleTo(self))

    def load(self, application: Application) -> None:
        """Ask for the whole picture in one call."""
        self.wait_for(
            self.jobs.start(
                UsageService.dashboard,
                application.application_id,
                self.range.period(),
                ComparedWith(self.compared.currentData()),
                done=self.still_about(application, self._show),
                failed=self.explain,
                owner=self,
            )
        )

    def _show(self, picture: Dashboard) -> None:
        if not picture.chart.series and picture.requests.before is None:
            self._picture = self._revenue_is_about = None
            self.states.show_empty()
            return
        self._picture = picture
        self.compared.setVisible(picture.reaches_last_year)
        self._forget_other_revenue(picture)
        self._show_figures(picture)
        self.chart.show_answer(picture.chart)
        self.top_customers.show_customers(picture.top_customers)
        self.stamp.setText(self._stamp_text(picture))
        self.states.show_content(picture.stamp)
        # After the picture is on screen: it is what the owner waits for.
        QTimer.singleShot(AFTER_PAINT_MS, self, self._ask_for_more)

    def _ask_for_more(self) -> None:
        """Ask for what is told beside the figures of usage."""
        application, picture = self.application, self._picture
        if application is None or picture is None or not self._is_about(application):
            return
        start, which = self.jobs.start, application.application_id
        entries = self.still_about(application, self._show_attention)
        start(AttentionService.entries, which, done=entries, failed=self.explain, owner=self)
        start(
            PrivacyRequestService.list_requests,
            done=self._show_requests,
            failed=self.explain,
            owner=self,
        )
        card, table = self.revenue, self.top_customers
        question = revenue_question(which, picture.period, _compared(picture))
        self._ask_revenue(question, card.show_answer, card.show_failure)
        if customers := tuple(line.customer_id for line in picture.top_customers):
            question = cost_question(which, picture.period, customers)
            self._ask_revenue(question, table.show_answer, table.show_failure)

    def _is_about(self, application: Application) -> bool:
        """Whether the picture is of this application, and not of the one before it."""
        about = self._revenue_is_about
        return about is not None and about[0] == application

    def _forget_other_revenue(self, picture: Dashboard) -> None:
        """Until it comes there is none, unless that of the same days is on screen already."""
        about = None
        if self.application:
            about = (self.application, picture.period, _compared(picture))
        if about != self._revenue_is_about:
            self._revenue_is_about = about
            self.revenue.show_waiting()
            self.top_customers.forget_costs()

    def _ask_revenue(
        self,
        question: Question,
        show: Callable[[Answer], None],
        show_failure: Callable[[AppError], None],
    ) -> None:
        """Ask beside the page: a failure takes the place of this figure only."""
        about = self._revenue_is_about
        self.jobs.start(
            UsageQuestionService.ask,
            question,
            0,
            done=lambda answer: show(answer) if about == self._revenue_is_about else None,
            failed=lambda e: show_failure(e) if about == self._revenue_is_about else None,
            owner=self,
        )

    def _show_attention(self, entries: tuple[Attention, ...]) -> None:
        self.attention.show_entries(entries)

    def _show_requests(self, lines: tuple[RequestLine, ...]) -> None:
        """Say how many requests about privacy are open, and by when the first is due."""
        days = [line.days_left for line in lines if line.days_left is not None]
        figure = self.tr("{count} open").format(count=figures.count(len(days)))
        if not days:
            self.privacy.show_figure(figure, self.tr("nothing is due"))
            return
        soonest = min(days)
        if soonest < 0:
            late = sum(left < 0 for left in days)
            self.privacy.show_figure(figure, self.tr("%n overdue", "", late), "bad")
            return
        text = self.tr("the first is due in %n day(s)", "", soonest)
        self.privacy.show_figure(figure, text, "bad" if soonest <= DUE_SOON_DAYS else "muted")

    def _stamp_text(self, picture: Dashboard) -> str:
        if picture.is_sample:
            return self.tr("Invented figures")
        if picture.stamp.as_of is None:
            return self.tr("Not synced yet")
        return self.tr("As of {moment}").format(moment=figures.moment(picture.stamp.as_of))

    def _show_figures(self, picture: Dashboard) -> None:
        requests = picture.requests
        self.requests.show_figure(
            figures.compact(requests.now),
            figures.change(requests, last_year=picture.compares_last_year),
            _tone(requests.now, requests.before),
        )
        self.requests.show_course(picture.requests_by_day)
        self._show_blocked(picture)
        active = picture.active_customers
        change = figures.change(active, last_year=picture.compares_last_year)
        said = self.tr("{count} active customers, {change}")
        self.active.setText(said.format(count=figures.compact(active.now), change=change))

    def _show_blocked(self, picture: Dashboard) -> None:
        calls = picture.requests.now + picture.denied
        share = Decimal(picture.denied) / calls if calls else Decimal(0)
        text = self.tr("{denied} refused").format(denied=figures.compact(picture.denied))
        if picture.blocked_before is not None:
            moved = Comparison(share, picture.blocked_before)
            text = figures.points(moved, last_year=picture.compares_last_year) + ", " + text
        self.blocked.show_figure(
            figures.percent(share), text, "warn" if share >= MUCH_BLOCKED else "muted"
        )
        self.blocked.show_course(picture.blocked_by_day)

    def _remove_sample(self) -> None:
        self.jobs.start(SampleDataService.remove, failed=self.explain, owner=self)


def _compared(picture: Dashboard) -> ComparedWith:
    return ComparedWith.LAST_YEAR if picture.compares_last_year else ComparedWith.PREVIOUS


def _tone(now: Decimal, before: Decimal | None) -> str:
    return "ok" if before is not None and now > before else "muted"
