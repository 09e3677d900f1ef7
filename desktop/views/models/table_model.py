"""Tables over tuples of frozen rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QIcon

from desktop.views.text import plain_tooltip

Row = TypeVar("Row")
Index = QModelIndex | QPersistentModelIndex

SORT_ROLE: Final = Qt.ItemDataRole.UserRole
"""The value a column is sorted by, instead of the text it shows."""
AT_THE_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
AT_THE_RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
DISPLAY: Final = int(Qt.ItemDataRole.DisplayRole)
ALIGNMENT: Final = int(Qt.ItemDataRole.TextAlignmentRole)
DECORATION: Final = int(Qt.ItemDataRole.DecorationRole)
HANDLED: Final = frozenset(
    int(role)
    for role in (
        Qt.ItemDataRole.DisplayRole,
        Qt.ItemDataRole.AccessibleTextRole,
        Qt.ItemDataRole.ToolTipRole,
        Qt.ItemDataRole.TextAlignmentRole,
        Qt.ItemDataRole.DecorationRole,
        SORT_ROLE,
    )
)
"""By number: to compare with the names of roles takes longer than to say the text of a cell."""


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """How one column reads a row. Numbers stand at the right, their header too."""

    title: str
    text: Callable[[Row], str]
    sort_value: Callable[[Row], Any] | None = None
    is_number: bool = False
    icon: Callable[[Row], QIcon | None] | None = None
    spoken: Callable[[Row], str] | None = None
    """What a screen reader and the tooltip say, where the text alone does not tell it."""

    def value(self, row: Row) -> Any:  # noqa: ANN401 (anything that can be compared)
        return self.sort_value(row) if self.sort_value else self.text(row).casefold()

    def words(self, row: Row) -> str:
        return self.spoken(row) if self.spoken else self.text(row)


class TableModel(QAbstractTableModel, Generic[Row]):
    """Rows and columns for a `DataTable`; never changed in place, only shown anew."""

    def __init__(self, columns: tuple[Column[Row], ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.columns = columns
        self.rows: tuple[Row, ...] = ()
        self._sorted_by: tuple[int, bool] | None = None

    def show_rows(self, rows: tuple[Row, ...]) -> None:
        """Show other rows, in the order the owner has chosen."""
        self.beginResetModel()
        self.rows = self._in_order(rows)
        self.endResetModel()

    def set_columns(self, columns: tuple[Column[Row], ...], rows: tuple[Row, ...]) -> None:
        """Show other columns and rows; the order goes back to that of the rows."""
        self.beginResetModel()
        self.columns, self.rows, self._sorted_by = columns, rows, None
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Put the rows in the order of a column's values; below 0, leave them as they came."""
        descending = order is Qt.SortOrder.DescendingOrder
        self._sorted_by = (column, descending) if 0 <= column < len(self.columns) else None
        self.show_rows(self.rows)

    def _in_order(self, rows: tuple[Row, ...]) -> tuple[Row, ...]:
        if self._sorted_by is None:
            return rows
        column, descending = self._sorted_by
        return tuple(sorted(rows, key=self.columns[column].value, reverse=descending))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 (Qt's signature)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 (Qt's signature)
        return 0 if parent.isValid() else len(self.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        if role == DISPLAY:
            return self.columns[index.column()].text(self.rows[index.row()])
        # Most questions of a table are about looks that a model leaves alone.
        if role not in HANDLED:
            return None
        column = self.columns[index.column()]
        if role == ALIGNMENT:  # this and the icon are asked for every cell that is painted
            return _alignment(column)
        row = self.rows[index.row()]
        if role == DECORATION:
            return column.icon(row) if column.icon else None
        return _other(column, row, role)

    def headerData(  # noqa: N802 (Qt calls it)
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401 (Qt's signature)
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(self.columns[section])
        return None


def _alignment(column: Column[Any]) -> Qt.AlignmentFlag:
    return AT_THE_RIGHT if column.is_number else AT_THE_LEFT


def _other(column: Column[Row], row: Row, role: int) -> Any:  # noqa: ANN401 (as `data`)
    """What is asked for the cell that is read, pointed at, or sorted by."""
    match role:
        case Qt.ItemDataRole.AccessibleTextRole:
            return column.words(row)
        case Qt.ItemDataRole.ToolTipRole:
            return plain_tooltip(column.words(row))
        case _:
            return column.value(row)
