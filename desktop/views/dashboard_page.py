"""Dashboard: how the API does, at a glance."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.domain.usage import Application, CustomerLine, Dashboard
from desktop.services.sample_data import SampleDataService
from desktop.services.usage import UsageService
from desktop.views import figures
from desktop.views.charts import Chart
from desktop.views.data_table import ROW_HEIGHT_PX, DataTable
from desktop.views.icons import Button
from desktop.views.kpi_card import KpiCard
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page, local_day, row_of
from desktop.views.ranges import DASHBOARD_DAYS, RangePicker
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

MUCH_BLOCKED: Final = Decimal("0.01")
"""Share of refused calls from which the figure is worth a look."""


class DashboardPage(Page):
    """Four figures, a chart of requests by endpoint, and the customers who use most."""

    topics: ClassVar[frozenset[str]] = frozenset({"usage", "configuration", "sync"})
    shows_live_data: ClassVar[bool] = True

    def __init__(self, jobs: "Jobs", today: Callable[[str], date] = local_day) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("DashboardPage", "Dashboard"))
        self._today = today
        self.range = RangePicker(DASHBOARD_DAYS, self._this_day, own=False)
        self.range.changed.connect(self.reload)
        self.remove_sample = Button(self.tr("Remove"))
        self.remove_sample.clicked.connect(self._remove_sample)
        self.sync = Button(self.tr("&Sync now"), role="primary")
        self.sync.clicked.connect(self.sync_wanted)
        self.header.insertWidget(2, self.remove_sample)
        self.header.addWidget(self.range)
        self.header.addWidget(self.sync)
        self.remove_sample.hide()
        self._make_parts()
        self.show_states_of(self._content(), self._empty())

    def _this_day(self) -> date:
        return self._today(self.application.time_zone if self.application else "UTC")

    def _make_parts(self) -> None:
        self.requests = KpiCard(self.tr("Requests"))
        self.revenue = KpiCard(self.tr("Metered revenue"))
        self.blocked = KpiCard(self.tr("Blocked"))
        self.customers = KpiCard(self.tr("Active customers"))
        self.stamp = PlainLabel(role="stamp")
        self.chart = Chart(self.tr("Requests per day by endpoint"))
        self.top_customers: DataTable[CustomerLine] = DataTable(
            self.tr("Top customers"), self._columns(), key=lambda line: line.customer_id
        )
        for column, width_px in ((1, 150), (2, 150), (3, 220)):
            self.top_customers.setColumnWidth(column, width_px)

    def _columns(self) -> tuple[Column[CustomerLine], ...]:
        return (
            Column(self.tr("Customer"), lambda line: line.label),
            Column(
                self.tr("Requests"),
                lambda line: figures.count(line.requests),
                lambda line: line.requests,
                is_number=True,
            ),
            Column(
                self.tr("Units"),
                lambda line: figures.decimal(line.units),
                lambda line: line.units,
                is_number=True,
            ),
            Column(
                self.tr("Cost"),
                lambda line: figures.amounts(line.cost),
                lambda line: tuple((cost.currency, cost.amount_minor) for cost in line.cost),
                is_number=True,
            ),
        )

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(16)
        cards = QHBoxLayout()
        cards.setSpacing(12)
        for kpi in (self.requests, self.revenue, self.blocked, self.customers):
            cards.addWidget(kpi, 1)
        heading = QWidget()
        title = PlainLabel(self.tr("Requests per day by endpoint"), role="heading")
        row = row_of(title, None, self.stamp)
        row.setContentsMargins(0, 0, 0, 0)
        heading.setLayout(row)
        column.addLayout(cards)
        column.addWidget(Card(heading, self.chart, spacing=8), 1)
        self.top_customers.setMinimumHeight(3 * ROW_HEIGHT_PX)
        customers = Card(self.top_customers)
        customers.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        column.addWidget(customers)
        return content

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
                done=self.still_about(application, self._show),
                failed=self.explain,
                owner=self,
            )
        )

    def _show(self, picture: Dashboard) -> None:
        if not picture.chart.series and picture.requests.before is None:
            self.states.show_empty()
            return
        self._show_figures(picture)
        self.chart.show_answer(picture.chart)
        self.top_customers.show_rows(picture.top_customers)
        self.stamp.setText(self._stamp_text(picture))
        self.states.show_content(picture.stamp)

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
            figures.change(requests),
            _tone(requests.now, requests.before),
        )
        self.revenue.show_figure(
            figures.amounts(picture.revenue),
            self.tr("{amount} the period before").format(
                amount=figures.amounts(picture.revenue_before)
            ),
        )
        self._show_blocked(picture)
        self.customers.show_figure(
            figures.compact(picture.active_customers.now), figures.change(picture.active_customers)
        )

    def _show_blocked(self, picture: Dashboard) -> None:
        calls = picture.requests.now + picture.denied
        share = Decimal(picture.denied) / calls if calls else Decimal(0)
        text = self.tr("{denied} refused, {errors} errors").format(
            denied=figures.compact(picture.denied), errors=figures.compact(picture.errors)
        )
        self.blocked.show_figure(
            figures.percent(share), text, "warn" if share >= MUCH_BLOCKED else "muted"
        )

    def _remove_sample(self) -> None:
        self.jobs.start(SampleDataService.remove, failed=self.explain, owner=self)


def _tone(now: Decimal, before: Decimal | None) -> str:
    return "ok" if before is not None and now > before else "muted"
