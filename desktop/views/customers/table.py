"""The table of customers: the vault puts it in order, page by page."""

from typing import Final

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal

from desktop.domain.customer_list import CustomerRow, CustomerSort
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.models.ordered_elsewhere import OrderedElsewhere
from desktop.views.models.table_model import Column, TableModel
from desktop.views.paging import NextPages

SORTS: Final = {
    0: CustomerSort.NAME,
    2: CustomerSort.THIS_MONTH,
    3: CustomerSort.REQUESTS,
    4: CustomerSort.LAST_CALL,
}
"""Columns that can be sorted by."""


class CustomerTable(DataTable[CustomerRow]):
    """Emits the order that is wanted, and when the next page is."""

    sort_wanted = Signal(object, bool)
    """A `CustomerSort`, and whether descending."""

    def __init__(self) -> None:
        name = QCoreApplication.translate("CustomerTable", "Customers")
        super().__init__(name, _columns(), key=lambda row: row.customer_id)
        for column, width_px in enumerate((84, 104, 112, 86), start=1):
            self.setColumnWidth(column, width_px)
        self.pages = NextPages(self)
        self.rows: tuple[CustomerRow, ...] = ()
        self._ordered_by = (-1, Qt.SortOrder.AscendingOrder)

    def make_model(
        self, columns: tuple[Column[CustomerRow], ...], parent: QObject
    ) -> TableModel[CustomerRow]:
        model = OrderedElsewhere(columns, parent)
        model.order_wanted.connect(self._want_order)
        return model

    def _want_order(self, column: int, descending: bool) -> None:  # noqa: FBT001 (a signal's)
        header = self.horizontalHeader()
        if column >= 0 and column not in SORTS:
            # The arrow must not stand over a column that nothing is ordered by.
            header.setSortIndicator(*self._ordered_by)
            return
        self._ordered_by = (column, header.sortIndicatorOrder())
        self.sort_wanted.emit(SORTS.get(column, CustomerSort.THIS_MONTH), descending)

    def show_first(self, rows: tuple[CustomerRow, ...], next_cursor: str | None) -> None:
        """Show another list from its beginning."""
        self.rows = rows
        self.pages.reached(next_cursor)
        self.show_rows(rows)

    def add(self, rows: tuple[CustomerRow, ...], next_cursor: str | None) -> None:
        """Put a page after the rows there are; who moved meanwhile stays where they were."""
        known = {row.customer_id for row in self.rows}
        self.rows = (*self.rows, *(row for row in rows if row.customer_id not in known))
        self.pages.reached(next_cursor)
        self.show_rows(self.rows)


def _columns() -> tuple[Column[CustomerRow], ...]:
    def say(text: str) -> str:
        return QCoreApplication.translate("CustomerTable", text)

    return (
        Column(say("Customer"), _name),
        Column(say("Plan"), lambda row: row.plan or figures.NOTHING),
        Column(say("This month"), lambda row: figures.count(row.this_month), is_number=True),
        Column(say("All requests"), lambda row: figures.count(row.requests), is_number=True),
        Column(
            say("Last call"),
            lambda row: figures.day(row.last_day) if row.last_day else figures.NOTHING,
            is_number=True,
        ),
    )


def _name(row: CustomerRow) -> str:
    """The name, and how many identities are counted as one."""
    if row.identities == 1:
        return row.label
    said = QCoreApplication.translate("CustomerTable", "{name} (%n identities)", "", row.identities)
    return said.format(name=row.label)
