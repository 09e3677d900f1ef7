"""Tiers as the cells of a table that can be typed into."""

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QBrush

from contract.pricing.rule import Model
from contract.pricing.validation import OWN_TIER_FIELDS
from desktop.domain.pricing.tabular import is_open_end
from desktop.views.pricing import numbers, words
from desktop.views.text import plain_tooltip
from desktop.views.theme import tokens

Index = QModelIndex | QPersistentModelIndex
Cells = dict[str, str]
ORDER: Final = (
    "limits", "up_to", "unit_amount", "rate", "rates", "package_size", "package_amount", "price",
    "flat_amount",
)  # fmt: skip
OBJECTS: Final = frozenset({"rates", "limits"})
"""Cells that hold numbers by name."""
OPEN_END: Final = "∞"


class TierModel(QAbstractTableModel):
    """One row a tier. `From` follows from the row before and cannot be typed."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.columns: tuple[str, ...] = ()
        self.rows: list[Cells] = []
        self._problem: tuple[int, str, str] | None = None

    def show_tiers(self, model: Model, tiers: list[dict[str, Any]]) -> None:
        """Show the tiers of a price; the columns are those that its model uses."""
        self.beginResetModel()
        own = OWN_TIER_FIELDS.get(model, frozenset())
        fields = tuple(name for name in ORDER if name in own)
        self.columns = ("from", *fields) if "up_to" in own else fields
        self.rows = [_cells(tier, fields) for tier in tiers]
        self._problem = None
        self.endResetModel()

    def tiers(self) -> list[dict[str, Any]]:
        """The tiers as JSON; what is empty is left out."""
        return [_tier(cells) for cells in self.rows]

    @property
    def fields(self) -> tuple[str, ...]:
        """Columns that can be typed into."""
        return tuple(name for name in self.columns if name != "from")

    def mark_problem(self, row: int, field: str, problem: str) -> None:
        """Say what is wrong with a cell; an empty text takes it back."""
        self._problem = (row, field, problem) if problem else None
        if self.rows:
            last = self.index(len(self.rows) - 1, len(self.columns) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def add_row(self) -> int:
        """Put a tier above the open end, or at the end; its place."""
        place = len(self.rows)
        has_ends = "up_to" in self.columns
        if place and has_ends and is_open_end(self.rows[-1].get("up_to", "")):
            place -= 1
        self.beginInsertRows(QModelIndex(), place, place)
        self.rows.insert(place, {})
        self.endInsertRows()
        self.edited.emit()
        return place

    def remove_rows(self, places: set[int]) -> None:
        self.beginResetModel()
        self.rows = [cells for place, cells in enumerate(self.rows) if place not in places]
        self.endResetModel()
        self.edited.emit()

    def paste(self, block: list[list[str]], row: int, column: int) -> None:
        """Put cells over others from a place on; rows that are missing are added.

        A first row of words is a heading and left out. The column `From` may be in the block.
        """
        if block and not any(_has_digit(cell) or is_open_end(cell) for cell in block[0]):
            block = block[1:]
        self.beginResetModel()
        for down, cells in enumerate(block):
            while len(self.rows) <= row + down:
                self.rows.append({})
            for name, text in zip(self.columns[column:], cells, strict=False):
                if name != "from":
                    self.rows[row + down][name] = _typed(name, text)
        self.endResetModel()
        self.edited.emit()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 (Qt's signature)
        return 0 if parent.isValid() else len(self.rows)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, N802 (Qt's signature)
        return 0 if parent.isValid() else len(self.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled
        typed = self.columns[index.column()] != "from"
        return flags | Qt.ItemFlag.ItemIsEditable if typed else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        name = self.columns[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return self._text(index.row(), name)
            case Qt.ItemDataRole.EditRole:
                return numbers.shown(self.rows[index.row()].get(name, ""))
            case Qt.ItemDataRole.TextAlignmentRole:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            case Qt.ItemDataRole.ForegroundRole if self._is_wrong(index.row(), name):
                return QBrush(tokens().colour("bad"))
            case Qt.ItemDataRole.ToolTipRole if self._is_wrong(index.row(), name):
                return plain_tooltip(self._problem[2] if self._problem else "")
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # noqa: ANN401, N802 (Qt's signature)
        if role != Qt.ItemDataRole.EditRole:
            return False
        name = self.columns[index.column()]
        self.rows[index.row()][name] = _typed(name, str(value))
        self.dataChanged.emit(self.index(0, 0), index)
        self.edited.emit()
        return True

    def headerData(  # noqa: N802 (Qt calls it)
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401 (Qt's signature)
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return words.say(words.COLUMNS[self.columns[section]])
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, row: int, name: str) -> str:
        if name == "from":
            before = self.rows[row - 1].get("up_to", "") if row else ""
            return f"> {numbers.grouped(before)}" if before else "0"
        text = self.rows[row].get(name, "")
        is_last = row == len(self.rows) - 1
        return OPEN_END if name == "up_to" and not text and is_last else numbers.grouped(text)

    def _is_wrong(self, row: int, name: str) -> bool:
        return self._problem is not None and self._problem[:2] == (row, name)


def _cells(tier: dict[str, Any], fields: tuple[str, ...]) -> Cells:
    """A tier's values as texts; what the model does not use stays out of sight."""
    found = {}
    for name in fields:
        value = tier.get(name)
        if isinstance(value, dict):
            found[name] = numbers.shown_members(value)
        elif value is not None:
            found[name] = str(value)
    return found


def _tier(cells: Cells) -> dict[str, Any]:
    return {
        name: numbers.members(text) if name in OBJECTS else text
        for name, text in cells.items()
        if text or name == "limits"
    }


def _typed(name: str, text: str) -> str:
    if name in OBJECTS:
        return text.strip()
    if name == "up_to" and is_open_end(text):
        return ""
    return numbers.plain(text)


def _has_digit(text: str) -> bool:
    return any(sign.isdigit() for sign in text)
