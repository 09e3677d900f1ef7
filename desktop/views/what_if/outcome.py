"""What one draft does, in figures, a chart, and tables of who and what it moves."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.money import Money
from desktop.domain.usage import Series, UsageAnswer
from desktop.domain.what_if import EDGES, CurrencyOutcome, DraftOutcome, Mover, RuleAmount
from desktop.views import figures
from desktop.views.charts import Chart
from desktop.views.choice import Choice
from desktop.views.data_table import DataTable
from desktop.views.kpi_card import KpiCard
from desktop.views.models.table_model import Column
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.domain.usage import Stamp

Bar = tuple[str, int]
AMOUNT_PX: Final = 118
CHANGE_PX: Final = 92


class OutcomeView(QWidget):
    """Filled by `show_outcome`."""

    def __init__(self) -> None:
        super().__init__()
        self.live = KpiCard(self.tr("Live prices"))
        self.draft = KpiCard(self.tr("Draft"))
        self.moved = KpiCard(self.tr("Customers up / down"))
        self.most = KpiCard(self.tr("Rises the most"))
        self.chart = Chart(self.tr("Bills by month, live and draft"))
        self._make_tables()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(14)
        cards = QHBoxLayout()
        cards.setSpacing(14)
        for card in (self.live, self.draft, self.moved, self.most):
            cards.addWidget(card, 1)
        column.addLayout(cards)
        below = QHBoxLayout()
        below.setSpacing(14)
        heading = PlainLabel(self.tr("Bills by month"), role="section")
        below.addWidget(Card(heading, self.chart, spacing=8), 1)
        below.addWidget(self._tables_card(), 1)
        column.addLayout(below, 1)

    def _make_tables(self) -> None:
        self.movers: DataTable[Mover] = DataTable(
            self.tr("Customers whose bills move most"),
            (
                Column(self.tr("Customer"), lambda mover: mover.label),
                _money_column(self.tr("Live"), lambda mover: mover.live),
                _money_column(self.tr("Draft"), lambda mover: mover.draft),
                Column(self.tr("Change"), _share, lambda mover: mover.share or 0, is_number=True),
            ),
            key=lambda mover: mover.customer_id,
        )
        self.spread: DataTable[Bar] = DataTable(
            self.tr("Customers by how much their bill moves"),
            (
                Column(self.tr("Change of the bill"), lambda bar: bar[0], lambda bar: bar[0]),
                Column(
                    self.tr("Customers"),
                    lambda bar: figures.count(bar[1]),
                    lambda bar: bar[1],
                    is_number=True,
                ),
            ),
            key=lambda bar: bar[0],
        )
        self.rules: DataTable[RuleAmount] = DataTable(
            self.tr("Revenue by rule"),
            (
                Column(self.tr("Rule"), lambda rule: rule.name),
                Column(self.tr("Live"), lambda r: figures.amounts(r.live), is_number=True),
                Column(self.tr("Draft"), lambda r: figures.amounts(r.draft), is_number=True),
            ),
            key=lambda rule: rule.rule_id,
        )
        for table in (self.movers, self.rules):
            for place in (1, 2):
                table.setColumnWidth(place, AMOUNT_PX)
        self.movers.setColumnWidth(3, CHANGE_PX)

    def _tables_card(self) -> QWidget:
        self.which = Choice(
            self.tr("Show"),
            (
                ("movers", self.tr("Movers")),
                ("spread", self.tr("Distribution")),
                ("rules", self.tr("Rules")),
            ),
        )
        self._stack = QStackedWidget()
        tables: dict[str, QWidget] = {
            "movers": self.movers,
            "spread": self.spread,
            "rules": self.rules,
        }
        for table in tables.values():
            self._stack.addWidget(table)
        self.which.changed.connect(lambda: self._stack.setCurrentWidget(tables[self.which.value()]))
        box = Card(spacing=8)
        box.column.addLayout(row_of(self.which, None))
        box.column.addWidget(self._stack, 1)
        return box

    def show_outcome(self, outcome: DraftOutcome, stamp: Stamp) -> None:
        """Show a draft; of several currencies the one with the largest bills."""
        self.rules.show_rows(outcome.rules)
        if outcome.currencies:
            self._show_currency(outcome.currencies[0])
            self.chart.show_answer(self._by_month(outcome, stamp))

    def _show_currency(self, one: CurrencyOutcome) -> None:
        self.live.show_figure(
            figures.money(one.live), self.tr("{count} customers").format(count=one.customers)
        )
        rises = one.draft.amount_minor >= one.live.amount_minor
        self.draft.show_figure(figures.money(one.draft), change_of(one), "ok" if rises else "warn")
        unchanged = self.tr("{count} unchanged").format(count=figures.count(one.unchanged))
        self.moved.show_figure(f"{one.up.customers} / {one.down.customers}", unchanged)
        self._show_most(one)
        self.movers.show_rows(one.movers)
        self.spread.show_rows(tuple(zip(self._bars(), one.distribution, strict=True)))

    def _show_most(self, one: CurrencyOutcome) -> None:
        rising = [mover for mover in one.movers if mover.difference.amount_minor > 0]
        if not rising:
            self.most.show_figure(figures.NOTHING, self.tr("No bill rises"))
            return
        self.most.show_figure(f"+{figures.money(rising[0].difference)}", rising[0].label)

    def _bars(self) -> list[str]:
        """A label for each bar of the distribution."""
        edges = [f"{edge:+d} %" if edge else "0 %" for edge in EDGES]
        between = [
            self.tr("{low} to {high}").format(low=low, high=high) for low, high in pairwise(edges)
        ]
        lowest = self.tr("{edge} and below").format(edge=edges[0])
        highest = self.tr("more than {edge}, or new").format(edge=edges[-1])
        return [lowest, *between, highest]

    def _by_month(self, outcome: DraftOutcome, stamp: Stamp) -> UsageAnswer:
        currency = outcome.currencies[0].live.currency
        live = tuple(_in_currency(month.live, currency) for month in outcome.months)
        draft = tuple(_in_currency(month.draft, currency) for month in outcome.months)
        return UsageAnswer(
            tuple(month.start.isoformat() for month in outcome.months),
            (Series("draft", self.tr("Draft"), draft), Series("", self.tr("Live"), live)),
            sum(draft, Decimal(0)),
            stamp,
        )


def change_of(one: CurrencyOutcome) -> str:
    """How the draft's total stands to the live one."""
    difference = one.draft.with_minor(one.draft.amount_minor - one.live.amount_minor)
    if not one.live.amount_minor:
        return figures.money(difference)
    share = Decimal(difference.amount_minor) / Decimal(one.live.amount_minor)
    return _signed(share)


def _signed(share: Decimal) -> str:
    arrow = "▲" if share > 0 else "▼" if share < 0 else "="
    return f"{arrow} {figures.percent(abs(share))}"


def _share(mover: Mover) -> str:
    return figures.NOTHING if mover.share is None else _signed(mover.share)


def _in_currency(amounts: tuple[Money, ...], currency: str) -> Decimal:
    return sum((one.amount for one in amounts if one.currency == currency), Decimal(0))


def _money_column(title: str, read: Callable[[Mover], Money]) -> Column[Mover]:
    return Column(
        title,
        lambda row: figures.money(read(row)),
        lambda row: read(row).amount_minor,
        is_number=True,
    )
