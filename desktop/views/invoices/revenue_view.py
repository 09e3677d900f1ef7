"""Revenue of a month by rule, plan and customer, and what the month's end is expected to bring."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.invoices import Forecast, RevenueLine, RevenueReport
from desktop.views import figures
from desktop.views.choice import Choice
from desktop.views.data_table import DataTable
from desktop.views.kpi_card import KpiCard
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

AMOUNT_PX: Final = 180
COUNT_PX: Final = 110


class RevenueView(QWidget):
    """Filled by `show_report`."""

    def __init__(self) -> None:
        super().__init__()
        self.total = KpiCard(self.tr("Revenue"))
        self.forecast = KpiCard(self.tr("Expected at the end of the month"))
        self.method = PlainLabel(role="muted", wrap=True)
        self.rules = self._table(self.tr("Revenue by rule"), self.tr("Rule"))
        self.plans = self._table(self.tr("Revenue by plan"), self.tr("Plan"))
        self.customers = self._table(self.tr("Revenue by customer"), self.tr("Customer"))
        self.by = Choice(
            self.tr("By"),
            (
                ("rules", self.tr("Rule")),
                ("plans", self.tr("Plan")),
                ("customers", self.tr("Customer")),
            ),
        )
        self._stack = QStackedWidget()
        tables = {"rules": self.rules, "plans": self.plans, "customers": self.customers}
        for table in tables.values():
            self._stack.addWidget(table)
        self.by.changed.connect(lambda: self._stack.setCurrentWidget(tables[self.by.value()]))
        self._arrange()

    def _table(self, name: str, first: str) -> DataTable[RevenueLine]:
        table: DataTable[RevenueLine] = DataTable(
            name,
            (
                Column(first, self._label),
                Column(
                    self.tr("Customers"),
                    lambda line: figures.count(line.customers) if line.customers else "",
                    lambda line: line.customers,
                    is_number=True,
                ),
                Column(
                    self.tr("Amount"),
                    lambda line: figures.amounts(line.amounts),
                    lambda line: max((one.amount for one in line.amounts), default=0),
                    is_number=True,
                ),
            ),
            key=lambda line: line.key,
        )
        table.setColumnWidth(1, COUNT_PX)
        table.setColumnWidth(2, AMOUNT_PX)
        return table

    def _label(self, line: RevenueLine) -> str:
        return line.label or self.tr("No plan")

    def _arrange(self) -> None:
        cards = QHBoxLayout()
        cards.setSpacing(14)
        cards.addWidget(self.total, 1)
        cards.addWidget(self.forecast, 1)
        box = Card(spacing=8)
        box.column.addLayout(row_of(self.by, None))
        box.column.addWidget(self._stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        column.addLayout(cards)
        column.addWidget(self.method)
        column.addWidget(box, 1)

    def show_report(self, report: RevenueReport) -> None:
        """Show the revenue of a period."""
        self.total.show_figure(
            figures.amounts(report.total),
            self.tr("{count} customers").format(count=figures.count(len(report.by_customer))),
        )
        self.forecast.setVisible(bool(report.forecast))
        self.method.setVisible(bool(report.forecast))
        if report.forecast:
            self._show_forecast(report.forecast[0], report.weeks)
        self.rules.show_rows(report.by_rule)
        self.plans.show_rows(report.by_plan)
        self.customers.show_rows(report.by_customer)

    def _show_forecast(self, one: Forecast, weeks: int) -> None:
        band = self.tr("{low} to {high}").format(
            low=figures.money(one.low), high=figures.money(one.high)
        )
        self.forecast.show_figure(figures.money(one.expected), band)
        said = self.tr(
            "Each day that is left is taken to be like the mean of its weekday in the last {weeks} "
            "weeks, for every customer and endpoint, and priced as a bill. The band is what comes "
            "out if those days are like the weakest or the strongest of these weeks."
        )
        self.method.setText(said.format(weeks=weeks))
