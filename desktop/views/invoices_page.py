"""Invoices before they are sent: one customer's month explained, and what all of them bring."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication, QDate, QLocale
from PySide6.QtWidgets import QComboBox, QFileDialog, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.calendar import month_number, month_period, month_start
from desktop.domain.errors import AppError, ExportFailed
from desktop.domain.ids import CustomerId
from desktop.domain.invoices import Invoice, InvoiceQuestion, RevenueQuestion, RevenueReport
from desktop.domain.usage import Application, DateRange
from desktop.services.export import ExportReceipt
from desktop.services.invoicing import InvoiceService
from desktop.views import figures
from desktop.views.activities import Activities
from desktop.views.choice import Choice
from desktop.views.combo import ElidedCombo
from desktop.views.icons import Button
from desktop.views.invoices.invoice_view import InvoiceView
from desktop.views.invoices.revenue_view import RevenueView
from desktop.views.page import Page, local_day, row_of
from desktop.views.state_page import EmptyPanel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

MONTHS: Final = 24
CUSTOMERS_PX: Final = 240
INVOICE, REVENUE = "invoice", "revenue"


class InvoicesPage(Page):
    """The month and what to show of it above; the invoice or the revenue below."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "usage"})

    def __init__(
        self, jobs: "Jobs", activities: Activities, today: Callable[[str], date] = local_day
    ) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("InvoicesPage", "Invoices"))
        self._activities = activities
        self._today = today
        self._offered_for: Application | None = None
        self._invoice: Invoice | None = None
        self.pdf = Button(self.tr("Save &PDF…"), icon_name="printer")
        self.pdf.clicked.connect(self._save_pdf)
        self.csv = Button(self.tr("Export &CSV…"), icon_name="download")
        self.csv.clicked.connect(self.export_view)
        self.header.addWidget(self.pdf)
        self.header.addWidget(self.csv)
        self._make_controls()
        self.invoice = InvoiceView()
        self.invoice.terms_changed.connect(self._ask_invoice)
        self.revenue = RevenueView()
        self.show_states_of(self._content(), self._empty())

    def _this_day(self) -> date:
        return self._today(self.application.time_zone if self.application else "UTC")

    def _make_controls(self) -> None:
        self.what = Choice(
            self.tr("Show"), ((INVOICE, self.tr("Invoice")), (REVENUE, self.tr("Revenue")))
        )
        self.what.changed.connect(self._show_view)
        self.month: QComboBox = ElidedCombo()
        self.month.setAccessibleName(self.tr("Month"))
        self.month.setAccessibleDescription(self.tr("Month"))
        self.month.activated.connect(lambda _: self.reload())
        self.customer: QComboBox = ElidedCombo()
        self.customer.setAccessibleName(self.tr("Customer"))
        self.customer.setAccessibleDescription(self.tr("Customer"))
        self.customer.setFixedWidth(CUSTOMERS_PX)
        self.customer.activated.connect(lambda _: self._ask_invoice())
        row = row_of(self.what, self.month, self.customer, None, spacing=12)
        self._column.insertLayout(1, row)

    def _content(self) -> QWidget:
        self._views = QStackedWidget()
        self._views.addWidget(self.invoice)
        self._views.addWidget(self.revenue)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._views)
        return content

    def _empty(self) -> EmptyPanel:
        prices = Button(self.tr("Write a price"), role="primary")
        prices.clicked.connect(lambda: self.destination_wanted.emit("pricing"))
        sample = Button(self.tr("Use sample data"))
        sample.clicked.connect(self.sample_wanted)
        return EmptyPanel(
            "table-2",
            self.tr("Nothing to bill in this month"),
            self.tr("An invoice needs usage and a price. Choose another month, or write a price."),
            prices,
            sample,
        )

    def _offer_months(self, application: Application) -> None:
        """Months up to today's in the application's time zone, once for each application."""
        if application == self._offered_for:
            return
        self._offered_for = application
        now = month_number(self._this_day())
        self.month.clear()
        for back in range(MONTHS):
            first = month_start(now - back)
            label = QLocale().toString(QDate(first.year, first.month, 1), "MMMM yyyy")
            self.month.addItem(label, now - back)

    def period(self) -> DateRange:
        """The days of the chosen month."""
        chosen = self.month.currentData()
        return month_period(month_number(self._this_day()) if chosen is None else chosen)

    def load(self, application: Application) -> None:
        """Ask for the revenue of the month, which names its customers."""
        self._offer_months(application)
        question = RevenueQuestion(application.application_id, self.period())

        def show(report: RevenueReport) -> None:
            if application == self.application and report.period == self.period():
                self._show_report(report)

        self.wait_for(
            self.jobs.start(
                InvoiceService.revenue,
                question,
                done=show,
                failed=self.explain,
                progressed=self.states.show_progress,
                owner=self,
            )
        )

    def _show_report(self, report: RevenueReport) -> None:
        self.revenue.show_report(report)
        chosen = self.customer.currentData()
        self.customer.clear()
        for line in report.by_customer:
            self.customer.addItem(line.label, line.key)
        self.customer.setCurrentIndex(max(self.customer.findData(chosen), 0))
        has_bills = bool(report.by_customer)
        for part in (self.pdf, self.csv, self.customer):
            part.setEnabled(has_bills)
        if not has_bills:
            self.states.show_empty()
            return
        self._show_view()
        self.states.show_content(report.stamp)
        self._ask_invoice()

    def _show_view(self) -> None:
        is_invoice = self.what.value() == INVOICE
        self._views.setCurrentWidget(self.invoice if is_invoice else self.revenue)
        for part in (self.pdf, self.csv, self.customer):
            part.setVisible(is_invoice)

    def question(self) -> InvoiceQuestion | None:
        """The invoice that the controls ask for."""
        customer = self.customer.currentData()
        if self.application is None or customer is None:
            return None
        return InvoiceQuestion(
            self.application.application_id,
            CustomerId(customer),
            self.period(),
            self.invoice.terms(),
        )

    def _ask_invoice(self) -> "Job | None":
        question = self.question()
        if question is None:
            return None

        def show(invoice: Invoice) -> None:
            if invoice.question == self.question():
                self._invoice = invoice
                self.invoice.show_invoice(invoice)

        return self.jobs.start(
            InvoiceService.preview, question, done=show, failed=self._refuse, owner=self
        )

    def _refuse(self, error: AppError) -> None:
        if not self.invoice.show_problem(error.field, str(error)):
            self.explain(error)

    def _suggested(self, ending: str) -> str:
        first = self.period().start
        return f"invoice-{first.year}-{first.month:02}.{ending}"

    def _save_pdf(self) -> None:
        if self._invoice is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save PDF"), self._suggested("pdf"), self.tr("PDF files (*.pdf)")
        )
        if path:
            # Not at the top: a page that is only looked at needs no printing.
            from desktop.views.invoices.document import write_pdf

            try:
                write_pdf(self._invoice, path)
            except ExportFailed as error:
                self.states.show_error(error, self._save_pdf)
            else:
                self.toast_offered.emit(self.tr("Saved the invoice."), None)

    def export_view(self) -> None:
        """Save the invoice as CSV."""
        question = self.question()
        if question is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export CSV"), self._suggested("csv"), self.tr("CSV files (*.csv)")
        )
        if path:
            self._activities.start(
                self.tr("Export CSV"),
                InvoiceService.export,
                question,
                path,
                done=self._exported,
                failed=lambda error: self.states.show_error(error, self.export_view),
                owner=self,
            )

    def _exported(self, receipt: ExportReceipt) -> None:
        said = self.tr("Wrote {rows} lines.").format(rows=figures.count(receipt.rows))
        self.toast_offered.emit(said, None)
