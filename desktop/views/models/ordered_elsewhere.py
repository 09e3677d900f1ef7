"""A table whose rows the core puts in order, page by page."""

from typing import Generic, TypeVar

from PySide6.QtCore import Qt, Signal

from desktop.views.models.table_model import TableModel

Row = TypeVar("Row")


class OrderedElsewhere(TableModel[Row], Generic[Row]):
    """Rows stay as they came; a click on a header asks for another order."""

    order_wanted = Signal(int, bool)
    """Column, or -1 for none; whether descending."""

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.order_wanted.emit(column, order is Qt.SortOrder.DescendingOrder)
