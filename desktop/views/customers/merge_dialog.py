"""Chooses who else is the same customer, and from when on they have one bill."""

from datetime import date
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QLineEdit, QVBoxLayout, QWidget

from desktop.domain import calendar
from desktop.domain.customer_list import CustomerPage, CustomerQuery, CustomerRow, CustomerSort
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.services.customers.listing import MAX_SEARCH, CustomerListService
from desktop.views import figures
from desktop.views.customers.filters import TYPING_MS
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class MergeDialog(QDialog):
    """Emits the choice; the page starts the merge."""

    merge_wanted = Signal(object, object)
    """The `CustomerRow` that is to be counted as the customer, and the first day of one bill."""

    def __init__(
        self, parent: QWidget, jobs: "Jobs", application_id: ApplicationId, into: CustomerRow
    ) -> None:
        super().__init__(parent)
        self._jobs, self._application_id, self._into = jobs, application_id, into
        self.setWindowTitle(self.tr("Merge customers"))
        self.setMinimumSize(520, 460)
        self.search = QLineEdit()
        self.search.setMaxLength(MAX_SEARCH)
        self.search.setClearButtonEnabled(True)
        self.table: DataTable[CustomerRow] = DataTable(
            self.tr("Customers that may be the same"), self._columns(), lambda row: row.customer_id
        )
        self.table.row_chosen.connect(self._show_choice)
        self.month = QComboBox()
        self.problem = PlainLabel(role="bad", wrap=True)
        self.problem.hide()
        self.accept_button = Button(self.tr("&Merge"), role="primary")
        self.accept_button.clicked.connect(self._accept)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(TYPING_MS)
        self._soon.timeout.connect(self._load)
        self.search.textChanged.connect(lambda _: self._soon.start())
        self._lay_out()
        self._show_choice()
        self._load()

    def _columns(self) -> tuple[Column[CustomerRow], ...]:
        return (
            Column(self.tr("Customer"), lambda row: row.label),
            Column(
                self.tr("All requests"), lambda row: figures.count(row.requests), is_number=True
            ),
        )

    def _lay_out(self) -> None:
        what = self.tr(
            "Who else is {customer}? Charts and lists count both as one from now on, for all days. "
            "Bills of months before stay as they are."
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(what.format(customer=self._into.label), wrap=True))
        column.addWidget(FormField(self.tr("&Search names and ids"), self.search))
        column.addWidget(self.table, 1)
        column.addWidget(FormField(self.tr("One &bill from"), self.month))
        column.addWidget(self.problem)
        column.addLayout(row_of(None, self.cancel, self.accept_button))

    def offer_months(self, today: date) -> None:
        """Offer this month and the next; `today` is that of the application."""
        this = calendar.month_number(today)
        for number in (this, this + 1):
            first = calendar.month_start(number)
            self.month.addItem(figures.day(first, with_year=True), first.isoformat())

    def _load(self) -> None:
        query = CustomerQuery(
            self._application_id,
            " ".join(self.search.text().split()),
            sort=CustomerSort.REQUESTS,
        )
        self._jobs.start(
            CustomerListService.page,
            query,
            None,
            done=self._show,
            failed=self.explain,
            owner=self,
        )

    def _show(self, page: CustomerPage) -> None:
        others = (row for row in page.rows if row.customer_id != self._into.customer_id)
        self.table.show_rows(tuple(others))
        self._show_choice()

    def _show_choice(self) -> None:
        self.accept_button.setEnabled(self.table.chosen() is not None)

    def explain(self, error: AppError) -> None:
        """Say why nothing was merged."""
        self.problem.setText(str(error))
        self.problem.show()

    def _accept(self) -> None:
        chosen = self.table.chosen()
        if chosen is not None:
            self.merge_wanted.emit(chosen, date.fromisoformat(self.month.currentData()))
