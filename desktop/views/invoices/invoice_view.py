"""One invoice: its lines, how each came about, what is added and taken off, and the total."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from desktop.domain.invoices import Invoice, InvoiceLine, InvoiceTerms
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.invoices import words
from desktop.views.lines import IconLine, Lines
from desktop.views.models.table_model import Column
from desktop.views.page import Card
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel

COLUMN_PX: Final = 130
TERMS: Final = ("coupon_percent", "minimum", "credits", "tax_percent")


class InvoiceView(QWidget):
    """Filled by `show_invoice`; `terms_changed` when something of the terms was typed."""

    terms_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.lines: DataTable[tuple[int, InvoiceLine]] = DataTable(
            self.tr("Lines of the invoice"),
            (
                Column(self.tr("Rule"), lambda row: row[1].rule),
                Column(self.tr("Days"), lambda row: words.days(row[1].days)),
                Column(self.tr("Used"), lambda row: words.counted(row[1]), is_number=True),
                Column(
                    self.tr("Amount"),
                    lambda row: figures.money(row[1].amount),
                    lambda row: row[1].amount.amount_minor,
                    is_number=True,
                ),
            ),
            key=lambda row: (row[1].rule_id, row[1].version, row[1].days.start),
        )
        for place, width in ((1, COLUMN_PX + 20), (2, COLUMN_PX), (3, COLUMN_PX)):
            self.lines.setColumnWidth(place, width)
        self.lines.row_chosen.connect(self._show_chosen)
        self.totals = Lines(spacing=4)
        self.steps, self.others = Lines(spacing=4), Lines(spacing=4)
        self._make_terms()
        self._arrange()

    def _make_terms(self) -> None:
        self.terms_fields: dict[str, tuple[QLineEdit, FormField]] = {}
        labels = (
            self.tr("Coupon, %"), self.tr("Minimum a month"), self.tr("Credits"), self.tr("Tax, %"),
        )  # fmt: skip
        for name, label in zip(TERMS, labels, strict=True):
            edit = QLineEdit("0")
            edit.setAccessibleName(label)
            edit.editingFinished.connect(self._tell_terms)
            self.terms_fields[name] = (edit, FormField(label, edit))

    def _arrange(self) -> None:
        terms = QHBoxLayout()
        terms.setSpacing(12)
        for _, field in self.terms_fields.values():
            terms.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
        left = Card(self.lines, self.totals, spacing=10)
        left.column.addLayout(terms)
        self.heading = PlainLabel(self.tr("How it came about"), role="section")
        details = Scrolled(
            self.tr("How the line came about"),
            self.heading,
            self.steps,
            PlainLabel(self.tr("Elsewhere"), role="section"),
            self.others,
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        row.addWidget(left, 3)
        row.addWidget(Card(details), 2)

    def terms(self) -> InvoiceTerms:
        """What is typed; what is no number is 0 and says so at its field."""
        return InvoiceTerms(**{name: self._amount(name) for name in TERMS})

    def _amount(self, name: str) -> Decimal:
        edit, field = self.terms_fields[name]
        try:
            value = Decimal(edit.text().strip() or "0")
        except InvalidOperation:
            field.explain(self.tr("Write a number, such as 19 or 2.50."))
            return Decimal(0)
        if not value.is_finite():
            field.explain(self.tr("Write a number, such as 19 or 2.50."))
            return Decimal(0)
        field.explain("")
        return value

    def show_problem(self, name: str | None, text: str) -> bool:
        """Say what is wrong beside its field; whether there is such a field."""
        if name not in self.terms_fields:
            return False
        self.terms_fields[name][1].explain(text)
        return True

    def _tell_terms(self) -> None:
        self.terms_changed.emit()

    def show_invoice(self, invoice: Invoice) -> None:
        """Show an invoice; the first line is explained."""
        lines = [line for part in invoice.parts for line in part.lines]
        self.lines.show_rows(tuple(enumerate(lines)))
        if lines and self.lines.chosen() is None:
            self.lines.selectRow(0)
        self._show_chosen()
        self.totals.fill(_sums(invoice, self.tr("Subtotal"), self.tr("Total")))

    def _show_chosen(self) -> None:
        chosen = self.lines.chosen()
        line = None if chosen is None else chosen[1]
        self.steps.fill([] if line is None else _steps(line))
        self.others.fill(
            []
            if line is None
            else [
                IconLine("git-compare-arrows", "muted", words.other(bill)) for bill in line.others
            ]
        )


def _steps(line: InvoiceLine) -> list[QWidget]:
    endpoints = ", ".join(line.endpoints)
    found: list[QWidget] = [PlainLabel(endpoints, role="muted", wrap=True)] if endpoints else []
    for told in line.explanation:
        said, amount = words.step(told)
        found.append(_pair(said, amount))
    return found


def _sums(invoice: Invoice, subtotal: str, total: str) -> list[QWidget]:
    found: list[QWidget] = []
    for part in invoice.parts:
        if part.adjustments:
            found.append(_pair(subtotal, figures.money(part.subtotal)))
        found += [
            _pair(words.adjustment(kind), figures.money(one)) for kind, one in part.adjustments
        ]
        found.append(_pair(total, figures.money(part.total), role="heading"))
    return found


def _pair(left: str, right: str, role: str = "") -> QWidget:
    """A text and an amount at the right."""
    widget = QWidget()
    row = QHBoxLayout(widget)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(10)
    row.addWidget(PlainLabel(left, role=role, wrap=True), 1)
    row.addWidget(PlainLabel(right, role=role), 0, Qt.AlignmentFlag.AlignTop)
    return widget
