"""A table for reading: whole rows, no grid, one Tab stop, the place kept when rows are renewed."""

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QItemSelection, QModelIndex, QObject, QSize, Qt, Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QTableView

from desktop.views.models.table_model import Column, TableModel

Row = TypeVar("Row")
ROW_HEIGHT_PX: Final = 34
NARROWEST_PX: Final = 100
WIDEST_PX: Final = 240
HEADER_ROOM_PX: Final = 44
"""Around a header's words: its padding and the arrow of the order."""
FEWEST_ROWS: Final = 3
MOST_ROWS: Final = 10
"""Between these a table asks for the height of its rows."""


class DataTable(QTableView, Generic[Row]):
    """Shows rows of one kind; the first column takes the room the others leave."""

    row_chosen = Signal()
    """Another row is selected, or none; see `chosen`."""

    def __init__(
        self,
        name: str,
        columns: tuple[Column[Row], ...],
        key: Callable[[Row], Hashable],
        parent: QObject | None = None,
    ) -> None:
        """Make an empty table.

        Args:
            name: what the table is, for screen readers.
            columns: from left to right.
            key: what makes a row the same row after a reload.
            parent: owner of the model.
        """
        super().__init__()
        self._key = key
        self.table_model = self.make_model(columns, parent or self)
        self.setAccessibleName(name)
        self.setModel(self.table_model)
        self._set_behaviour()
        self._set_header()
        self.selectionModel().selectionChanged.connect(self._tell_choice)

    def make_model(self, columns: tuple[Column[Row], ...], parent: QObject) -> TableModel[Row]:
        """Make the model of the rows; tables whose rows are ordered elsewhere make another one."""
        return TableModel(columns, parent)

    def _set_behaviour(self) -> None:
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab must leave the table
        self.setCornerButtonEnabled(False)
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width
        self.setFont(font)
        # A visible row header is asked for every row: seconds in a large table.
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT_PX)

    def _set_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setMinimumSectionSize(72)
        header.setFixedHeight(ROW_HEIGHT_PX)
        self.setSortingEnabled(True)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        header.setSortIndicatorClearable(True)
        self._stretch_first()

    def _stretch_first(self) -> None:
        if self.table_model.columns:
            self.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt calls it)
        """High enough for the rows there are, within reason."""
        rows = min(max(len(self.table_model.rows), FEWEST_ROWS), MOST_ROWS)
        return QSize(super().sizeHint().width(), (rows + 1) * ROW_HEIGHT_PX + 8)

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show other rows; selection and scroll stay on the same row where it still exists."""
        chosen = self.chosen()
        scrolled = self.verticalScrollBar().value()
        self.selectionModel().blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self.table_model.show_rows(rows)
        self.selectionModel().blockSignals(False)  # noqa: FBT003 (Qt's signature)
        self.updateGeometry()
        found = chosen is not None and self.choose(self._key(chosen), scroll=False)
        self.verticalScrollBar().setValue(scrolled)
        if chosen is not None and not found:
            self.row_chosen.emit()

    def show_columns(self, columns: tuple[Column[Row], ...], rows: tuple[Row, ...]) -> None:
        """Show another table in the same place."""
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.table_model.set_columns(columns, rows)
        measure = self.horizontalHeader().fontMetrics().horizontalAdvance
        for place, column in enumerate(columns):
            width = measure(column.title) + HEADER_ROOM_PX
            self.setColumnWidth(place, min(max(width, NARROWEST_PX), WIDEST_PX))
        self._stretch_first()

    def chosen(self) -> Row | None:
        """The selected row, if there is one."""
        indexes = self.selectionModel().selectedRows()
        return self.table_model.rows[indexes[0].row()] if indexes else None

    def choose(self, key: Hashable, *, scroll: bool = True) -> bool:
        """Select the row with this key; whether it is there."""
        for place, row in enumerate(self.table_model.rows):
            if self._key(row) == key:
                index = self.table_model.index(place, 0)
                self.setCurrentIndex(index) if scroll else self._select_quietly(index)
                return True
        return False

    def _select_quietly(self, index: QModelIndex) -> None:
        selection = self.selectionModel()
        flags = selection.SelectionFlag.ClearAndSelect | selection.SelectionFlag.Rows
        selection.setCurrentIndex(index, flags)

    def _tell_choice(self, _now: QItemSelection, _before: QItemSelection) -> None:
        self.row_chosen.emit()
