"""Invoices before they are sent, and what rules, plans and customers bring. Needs no network."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from desktop.domain.csv_text import harmless
from desktop.domain.errors import InvalidInput
from desktop.domain.invoices import (
    Invoice,
    InvoiceQuestion,
    InvoiceTerms,
    RevenueQuestion,
    RevenueReport,
)
from desktop.domain.money import decimal_text
from desktop.domain.usage import Stamp
from desktop.services.calls import Report, callable_from_window
from desktop.services.csv_file import CsvFile
from desktop.services.export import ExportReceipt
from desktop.services.usage_chart import check_period

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

HUNDRED: Final = Decimal(100)
COLUMNS: Final = (
    "kind", "customer_id", "customer", "from", "to", "rule_id", "rule", "version", "endpoints",
    "meter", "quantity", "requests", "amount", "currency",
)  # fmt: skip


class InvoiceService:
    """The heavy parts are imported when they are first needed: they bring numpy."""

    def __init__(
        self, vault: Vault, stamp: Callable[[], Stamp], clock: Callable[[], datetime]
    ) -> None:
        self._vault = vault
        self._stamp = stamp
        self._clock = clock

    @callable_from_window
    def preview(self, report: Report, question: InvoiceQuestion) -> Invoice:
        """The bill of one customer by the versions and plans that hold on each day.

        Raises: InvalidInput (field `period`, or of the terms such as `tax_percent`; an amount too
            large), Cancelled, VaultError.
        """
        from desktop.services import billing_periods

        check_period(question.period)
        check_terms(question.terms)
        return billing_periods.invoice(self._vault, question, self._stamp(), report)

    @callable_from_window
    def revenue(self, report: Report, question: RevenueQuestion) -> RevenueReport:
        """Revenue by rule, plan and customer, with the forecast when today is in the period.

        Raises: InvalidInput (field `period`; an amount too large), Cancelled, VaultError.
        """
        from desktop.services import billing_periods

        check_period(question.period)
        stamp, now = self._stamp(), self._clock()
        return billing_periods.revenue(self._vault, question, stamp, now, report)

    @callable_from_window
    def export(self, report: Report, question: InvoiceQuestion, path: str) -> ExportReceipt:
        """Write an invoice as CSV. Raises: ExportFailed, and as `preview`."""
        invoice = self.preview(report, question)
        with CsvFile(path, COLUMNS) as file:
            file.write_rows(csv_rows(invoice))
        return file.receipt()


def check_terms(terms: InvoiceTerms) -> None:
    """Raises: InvalidInput with the field."""
    for name in ("coupon_percent", "tax_percent"):
        if not 0 <= getattr(terms, name) <= HUNDRED:
            raise InvalidInput("A percentage is between 0 and 100. Change it.", field=name)
    for name in ("coupon_amount", "minimum", "credits"):
        if getattr(terms, name) < 0:
            raise InvalidInput("This must not be below zero. Change it.", field=name)


def csv_rows(invoice: Invoice) -> list[list[str]]:
    """The invoice as rows: lines, adjustments, and the total of each currency."""
    question = invoice.question
    who = [question.customer_id, harmless(invoice.customer)]
    rows: list[list[str]] = []
    for part in invoice.parts:
        rows += [
            [
                "line",
                *who,
                line.days.start.isoformat(),
                line.days.end.isoformat(),
                line.rule_id,
                harmless(line.rule),
                str(line.version),
                harmless("; ".join(line.endpoints)),
                line.meter,
                decimal_text(line.quantity),
                str(line.requests),
                f"{line.amount.amount:f}",
                line.amount.currency,
            ]
            for line in part.lines
        ]
        sums = [*((kind.value, amount) for kind, amount in part.adjustments), ("total", part.total)]
        period = [question.period.start.isoformat(), question.period.end.isoformat()]
        rows += [
            [kind, *who, *period, *[""] * 7, f"{amount.amount:f}", amount.currency]
            for kind, amount in sums
        ]
    return rows
