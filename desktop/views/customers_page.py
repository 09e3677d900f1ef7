"""Customers: who calls, what they use and pay, and who is the same."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.domain.customer_detail import CustomerBill, CustomerDetail
from desktop.domain.customer_list import CustomerPage, CustomerRow, CustomerSort
from desktop.domain.customers import Customer
from desktop.domain.ids import CustomerId
from desktop.domain.usage import Application
from desktop.services.customers.detail import CustomerDetailService
from desktop.services.customers.edits import CustomerEditService
from desktop.services.customers.listing import CustomerListService
from desktop.services.plans import PlanService
from desktop.views import figures
from desktop.views.customers.filters import CustomerFilters
from desktop.views.customers.merge_dialog import MergeDialog
from desktop.views.customers.panel import CustomerPanel
from desktop.views.customers.table import CustomerTable
from desktop.views.icons import Button
from desktop.views.page import Card, Page, local_day
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

FILLS_THE_TABLE = 40
"""Rows that a large window shows."""


class CustomersPage(Page):
    """The list, its search, and the customer that is chosen."""

    topics: ClassVar[frozenset[str]] = frozenset({"usage", "configuration", "sync"})

    def __init__(self, jobs: "Jobs", today: Callable[[str], date] = local_day) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("CustomersPage", "Customers"))
        self._today = today
        self.count = PlainLabel(role="stamp")
        self.header.addWidget(self.count)
        self.filters = CustomerFilters()
        self.filters.changed.connect(self.reload)
        self.table = CustomerTable()
        self.table.sort_wanted.connect(self._order)
        self.table.row_chosen.connect(self._open)
        self.table.pages.wanted.connect(self._ask_for_more)
        self.panel = CustomerPanel()
        self.panel.rename_wanted.connect(self._rename)
        self.panel.merge_wanted.connect(self._choose_merge)
        self.panel.apart_wanted.connect(self._take_apart)
        self.panel.destination_wanted.connect(self.destination_wanted)
        self.dialog: MergeDialog | None = None
        self._wanted = ""
        self.show_states_of(self._content(), self._empty())
        self._column.insertWidget(1, self.filters)

    def _content(self) -> QWidget:
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        self.nobody = PlainLabel(self.tr("Nobody fits this search."), role="muted")
        self.nobody.hide()
        row.addWidget(Card(self.nobody, self.table, spacing=6), 13)
        row.addWidget(self.panel, 8)
        return content

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        return EmptyPanel(
            "users-round",
            self.tr("No customers yet"),
            self.tr("The first one appears by itself, with the first call that says who calls."),
            connect,
        )

    def set_application(self, application: Application | None) -> None:
        """Show another application's customers."""
        if application != self.application:
            self.panel.show_nobody()
            self.table.show_first((), None)
        super().set_application(application)

    def show_target(self, target: str) -> None:
        """Open the customer with this id."""
        self._wanted = target
        if self.isVisible() and self.application is not None:
            self._open_wanted(self.application)

    def load(self, application: Application) -> None:
        """Ask for the first page, for the plans to choose from, and for the open customer anew."""
        query = self.filters.query(application.application_id)
        start = self.jobs.start

        def show(page: CustomerPage) -> None:
            if query == self.filters.query(application.application_id):
                self._show(page)

        current = self.still_about(application, show)
        ask = CustomerListService.page
        self.wait_for(start(ask, query, None, done=current, failed=self.explain, owner=self))
        plans = self.still_about(application, self.filters.show_plans)
        which = application.application_id
        start(PlanService.plans, which, done=plans, failed=self.explain, owner=self)
        if self._wanted:
            self._open_wanted(application)
        elif self.panel.detail is not None:
            self._ask_about(application, self.panel.detail.row.customer_id)

    def _show(self, page: CustomerPage) -> None:
        if not page.size:
            self.states.show_empty()
            return
        self.table.show_first(page.rows, page.next_cursor)
        self._go_on(page)
        self.count.setText(
            self.tr("{count} customers").format(count=figures.count(page.size))
            if page.size > 1
            else self.tr("1 customer")
        )
        self.states.show_content(page.stamp)

    def _go_on(self, page: CustomerPage) -> None:
        """A page may be short and not the last: then the search goes on by itself."""
        is_short = len(self.table.rows) < FILLS_THE_TABLE
        if is_short and page.next_cursor is not None:
            self._ask_for_more(page.next_cursor)
        self.nobody.setVisible(not self.table.rows and page.next_cursor is None)

    def _order(self, sort: CustomerSort, descending: bool) -> None:  # noqa: FBT001 (a signal's)
        self.filters.order_by(sort, descending=descending)

    def _ask_for_more(self, cursor: str) -> None:
        application = self.application
        if application is None:
            return
        query = self.filters.query(application.application_id)

        def add(page: CustomerPage) -> None:
            if query == self.filters.query(application.application_id):
                self.table.add(page.rows, page.next_cursor)
                self._go_on(page)

        self.jobs.start(
            CustomerListService.page,
            query,
            cursor,
            done=self.still_about(application, add),
            failed=self.explain,
            owner=self,
        )

    def _open(self) -> None:
        row = self.table.chosen()
        if row is None or self.application is None:
            return
        self._ask_about(self.application, row.customer_id)

    def _open_wanted(self, application: Application) -> None:
        wanted, self._wanted = self._wanted, ""
        self._ask_about(application, CustomerId(wanted))

    def _ask_about(self, application: Application, customer_id: CustomerId) -> None:
        def show(detail: CustomerDetail) -> None:
            row = self.table.chosen()
            if row is None or customer_id == row.customer_id:
                self.panel.show_detail(detail)

        def bill(bills: tuple[CustomerBill, ...]) -> None:
            shown = self.panel.detail
            if shown is not None and shown.row.customer_id == customer_id:
                self.panel.show_bills(bills)

        which, start = application.application_id, self.jobs.start
        current, failed = self.still_about(application, show), self.panel.explain
        ask = CustomerDetailService.detail
        start(ask, which, customer_id, done=current, failed=failed, owner=self)
        billed = self.still_about(application, bill)
        rate = CustomerDetailService.bills
        start(rate, which, customer_id, done=billed, failed=failed, owner=self)

    def _rename(self, name: str) -> None:
        if self.panel.detail is None:
            return

        def renamed(before: Customer) -> None:
            self._done(self.tr("The customer was renamed."), (before,))

        self.jobs.start(
            CustomerEditService.rename,
            self.panel.detail.row.customer_id,
            name,
            done=renamed,
            failed=self.panel.explain,
            owner=self,
        )

    def _choose_merge(self) -> None:
        if self.panel.detail is None or self.application is None:
            return
        application = self.application
        dialog = MergeDialog(self, self.jobs, application.application_id, self.panel.detail.row)
        dialog.offer_months(self._today(application.time_zone))
        dialog.merge_wanted.connect(self._merge)
        dialog.finished.connect(self._forget_dialog)
        self.dialog = dialog
        dialog.open()

    def _forget_dialog(self) -> None:
        dialog, self.dialog = self.dialog, None
        if dialog is not None:
            dialog.deleteLater()

    def _merge(self, other: CustomerRow, bills_from: date) -> None:
        detail, dialog = self.panel.detail, self.dialog
        if detail is None or dialog is None:
            return

        def merged(before: tuple[Customer, ...]) -> None:
            dialog.accept()
            said = self.tr("{other} is now counted as {customer}.")
            text = said.format(other=other.label, customer=detail.row.label)
            self._done(text, before)

        self.jobs.start(
            CustomerEditService.merge,
            (other.customer_id,),
            detail.row.customer_id,
            bills_from,
            done=merged,
            failed=dialog.explain,
            owner=dialog,
        )

    def _take_apart(self, customer_id: str) -> None:
        def apart(before: Customer) -> None:
            self._done(self.tr("Counted by itself again."), (before,))

        self.jobs.start(
            CustomerEditService.take_apart,
            CustomerId(customer_id),
            done=apart,
            failed=self.panel.explain,
            owner=self,
        )

    def _done(self, said: str, before: tuple[Customer, ...]) -> None:
        self.toast_offered.emit(said, lambda: self._undo(before))
        self.reload()

    def _undo(self, before: tuple[Customer, ...]) -> None:
        self.jobs.start(
            CustomerEditService.restore,
            before,
            done=lambda _: self.reload(),
            failed=self.explain,
            owner=self,
        )

    def focus_filter(self) -> None:
        """Go to the search."""
        self.filters.search.setFocus()
