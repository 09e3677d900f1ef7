"""Our invoice beside the provider's, and our ledger beside what it counted."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QDate, QLocale
from PySide6.QtWidgets import QComboBox

from contract.terms import BillingProvider
from desktop.domain.billing.mapping import MappedCustomer, MappingPage
from desktop.domain.billing.reconciliation import (
    ComparedLine,
    ComparisonQuestion,
    InvoiceComparison,
)
from desktop.domain.billing.reports import DifferenceReport, UsageDifference
from desktop.domain.calendar import month_number, month_period, month_start
from desktop.services.billing.comparing import BillingComparisonService
from desktop.services.billing.mapping import MappingService
from desktop.services.billing.paddle.billing import InvoiceBillingService
from desktop.services.billing.reporting import UsageReportService
from desktop.views import figures
from desktop.views.billing import words
from desktop.views.billing.panel import BillingPanel
from desktop.views.combo import ElidedCombo
from desktop.views.data_table import DataTable
from desktop.views.icons import Button, icon
from desktop.views.lines import IconLine, Lines
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.domain.money import Money
    from desktop.jobs import Jobs
    from desktop.views.activities import Activities

MONTHS: Final = 24
CALLERS: Final = 500


class ReconcilePanel(BillingPanel):
    """A month and a caller; the invoice line by line, or the usage day by day."""

    def __init__(
        self, jobs: "Jobs", activities: "Activities", today: Callable[[str], date]
    ) -> None:
        """`today` tells the day in a time zone."""
        super().__init__(jobs, activities)
        self._today = today
        self.month: QComboBox = _combo(self.tr("Month"))
        self.caller: QComboBox = _combo(self.tr("Caller"))
        self.caller.setMinimumWidth(240)
        self.compare = Button(self.tr("Compare &invoices"), role="primary")
        self.compare.clicked.connect(self._compare)
        self.difference = Button(self.tr("Compare &usage"))
        self.difference.clicked.connect(self._difference)
        self.as_of = PlainLabel(role="stamp")
        self.notes = Lines(spacing=4)
        self.lines: DataTable[ComparedLine] = DataTable(
            self.tr("Invoice here and there"), self._line_columns(), key=lambda line: line.title
        )
        self.usage: DataTable[UsageDifference] = DataTable(
            self.tr("Usage that differs"), self._usage_columns(), key=_usage_key
        )
        self.usage.hide()
        self.column.addLayout(
            row_of(self.month, self.caller, self.compare, self.difference, None, self.as_of)
        )
        for part in (self.notes, self.lines, self.usage):
            self.column.addWidget(part, 0 if part is self.notes else 1)

    def _line_columns(self) -> tuple[Column[ComparedLine], ...]:
        return (
            Column(
                self.tr("Charge"),
                lambda line: line.title,
                icon=lambda line: (
                    icon("circle-check", "ok") if line.agrees else icon("triangle-alert", "warn")
                ),
            ),
            Column(self.tr("Here"), lambda line: _money(line.ours), is_number=True),
            Column(self.tr("There"), lambda line: _money(line.theirs), is_number=True),
        )

    def _usage_columns(self) -> tuple[Column[UsageDifference], ...]:
        return (
            Column(self.tr("Payer"), lambda one: one.payer or one.provider_customer_id),
            Column(self.tr("Meter"), lambda one: one.meter),
            Column(self.tr("Day"), lambda one: figures.day(one.day, with_year=True)),
            Column(self.tr("Ledger"), lambda one: figures.decimal(one.ledger), is_number=True),
            Column(self.tr("Provider"), lambda one: figures.decimal(one.provider), is_number=True),
        )

    def reload(self) -> None:
        """Offer months and callers that somebody pays for."""
        if self.account is None or self.application is None:
            return
        counts = self.account.provider is BillingProvider.STRIPE
        self.difference.setVisible(counts)
        self._offer_months()
        self.ask(
            MappingService.page,
            self.account,
            self.application.application_id,
            False,  # noqa: FBT003 (travels by position)
            "",
            0,
            CALLERS,
            done=self._offer_callers,
        )

    def _offer_months(self) -> None:
        if self.month.count() or self.application is None:
            return
        now = month_number(self._today(self.application.time_zone))
        for back in range(MONTHS):
            first = month_start(now - back)
            label = QLocale().toString(QDate(first.year, first.month, 1), "MMMM yyyy")
            self.month.addItem(label, now - back)

    def _offer_callers(self, page: MappingPage) -> None:
        chosen = self.caller.currentData()
        self.caller.clear()
        for row in page.rows:
            if row.link is not None:
                self.caller.addItem(_said(row), row.customer_id)
        self.caller.setCurrentIndex(max(self.caller.findData(chosen), 0))
        self.compare.setEnabled(self.caller.count() > 0)

    def _compare(self) -> None:
        customer = self.caller.currentData()
        if self.account is None or self.application is None or customer is None:
            return
        question = ComparisonQuestion(
            self.account,
            self.application.application_id,
            customer,
            month_period(self.month.currentData()),
        )
        paddle = self.account.provider is BillingProvider.PADDLE
        compare = InvoiceBillingService.compare if paddle else BillingComparisonService.compare
        self.run(self.tr("Compare invoices"), compare, question, done=self._show_comparison)

    def _show_comparison(self, found: InvoiceComparison) -> None:
        self.usage.hide()
        self.lines.show()
        self.lines.show_rows((*found.lines, *found.totals))
        self.as_of.setText(words.as_of(found.compared_at))
        verdict = (
            IconLine("circle-check", "ok", self.tr("Both agree to the minor unit."))
            if found.agrees
            else IconLine("triangle-alert", "warn", self.tr("The two differ."))
        )
        reasons = [IconLine("info", "muted", text, role="muted") for text in found.reasons]
        self.notes.fill([verdict, *reasons])

    def _difference(self) -> None:
        if self.account is None or self.application is None:
            return
        self.run(
            self.tr("Compare usage"),
            UsageReportService.difference,
            self.account,
            self.application.application_id,
            month_period(self.month.currentData()),
            done=self._show_difference,
        )

    def _show_difference(self, report: DifferenceReport) -> None:
        self.lines.hide()
        self.usage.show()
        self.usage.show_rows(report.differences)
        self.as_of.setText(words.as_of(report.checked_at))
        count = len(report.differences)
        if count:
            line = IconLine("triangle-alert", "warn", self.tr("%n difference(s)", "", count))
        else:
            said = self.tr("The provider has counted what the ledger says.")
            line = IconLine("circle-check", "ok", said)
        self.notes.fill([line])


def _combo(name: str) -> QComboBox:
    box = ElidedCombo()
    box.setAccessibleName(name)
    box.setAccessibleDescription(name)
    box.setMinimumWidth(150)
    return box


def _said(row: MappedCustomer) -> str:
    return f"{row.label} · {row.payer}" if row.payer else row.label


def _money(amount: "Money | None") -> str:
    return figures.NOTHING if amount is None else figures.money(amount)


def _usage_key(one: UsageDifference) -> tuple[str, str, date]:
    return one.provider_customer_id, one.meter, one.day
