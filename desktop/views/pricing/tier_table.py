"""The table of tiers: typed into by keyboard, pasted into from a spreadsheet."""

from typing import Any, Final

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyledItemDelegate,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from contract.pricing.rule import Model
from desktop.domain.pricing.tabular import read_block
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.pricing.tier_model import TierModel
from desktop.views.text import PlainLabel

ROW_HEIGHT_PX: Final = 30
FEWEST_ROWS_PX: Final = 5 * ROW_HEIGHT_PX
ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class _Cell(QStyledItemDelegate):
    """Enter keeps what is typed and goes on to the next cell."""

    entered = Signal()

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        is_enter = (
            isinstance(event, QKeyEvent)
            and event.type() is QEvent.Type.KeyPress
            and event.key() in ENTER
        )
        if is_enter and isinstance(editor, QWidget):
            self.commitData.emit(editor)
            self.closeEditor.emit(editor, QStyledItemDelegate.EndEditHint.NoHint)
            self.entered.emit()
            return True
        return super().eventFilter(editor, event)


class TierGrid(QTableView):
    """Typing replaces a cell, Enter goes on and adds a tier after the last one."""

    def __init__(self, model: TierModel) -> None:
        super().__init__()
        self._tiers = model
        self.setModel(model)
        self.setAccessibleName(self.tr("Tiers"))
        self.setAccessibleDescription(
            self.tr("Type into a cell; Enter goes on. Paste takes rows from a spreadsheet.")
        )
        self.setTabKeyNavigation(False)  # Tab must leave the table
        self.setEditTriggers(
            QAbstractItemView.EditTrigger.DoubleClicked
            | QAbstractItemView.EditTrigger.AnyKeyPressed
            | QAbstractItemView.EditTrigger.EditKeyPressed
        )
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setShowGrid(False)
        font = QFont(self.font())
        font.setFeature(QFont.Tag("tnum"), 1)  # figures of one width
        self.setFont(font)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT_PX)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.horizontalHeader().setHighlightSections(False)
        self.setMinimumHeight(FEWEST_ROWS_PX)
        cell = _Cell(self)
        cell.entered.connect(self._go_on)
        self.setItemDelegate(cell)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt calls it)
        if event.matches(QKeySequence.StandardKey.Paste):
            self.paste()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.key() == Qt.Key.Key_Delete:
            self._empty_chosen()
        elif event.key() in ENTER:
            self.edit(self.currentIndex())
        else:
            super().keyPressEvent(event)

    def paste(self) -> None:
        """Put the clipboard's cells from the current one on."""
        block = read_block(QGuiApplication.clipboard().text())
        start = self.currentIndex()
        row, column = max(start.row(), 0), max(start.column(), 0)
        if block:
            wide = max(map(len, block)) >= len(self._tiers.columns)
            self._tiers.paste(block, row, 0 if wide else max(column, self._first_column()))
            self._go_to(row, max(column, self._first_column()))

    def copy(self) -> None:
        """Copy the chosen cells as a spreadsheet takes them."""
        chosen = self.selectionModel().selectedIndexes()
        rows = sorted({index.row() for index in chosen})
        columns = sorted({index.column() for index in chosen})
        lines = (
            "\t".join(str(self._tiers.index(row, column).data()) for column in columns)
            for row in rows
        )
        QGuiApplication.clipboard().setText("\n".join(lines))

    def start_typing(self) -> None:
        """Go to the first cell that can be typed into."""
        self.setFocus()
        self._go_to(0, self._first_column())

    def _first_column(self) -> int:
        return 1 if self._tiers.columns[:1] == ("from",) else 0

    def _go_to(self, row: int, column: int) -> None:
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self.selectionModel().setCurrentIndex(self._tiers.index(row, column), flags)

    def _go_on(self) -> None:
        """To the next cell that can be typed into; a new tier after the last."""
        index: QModelIndex = self.currentIndex()
        row, column = index.row(), index.column() + 1
        if column >= len(self._tiers.columns):
            row, column = row + 1, self._first_column()
        if row >= len(self._tiers.rows):
            row = self._tiers.add_row()
        self.setFocus()
        self._go_to(row, column)

    def _empty_chosen(self) -> None:
        for index in self.selectionModel().selectedIndexes():
            if self._tiers.flags(index) & Qt.ItemFlag.ItemIsEditable:
                self._tiers.setData(index, "")


class TierTable(QFrame):
    """The grid, its buttons, and what is wrong with a cell."""

    edited = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = TierModel()
        self.grid = TierGrid(self.model)
        self.add = Button(self.tr("Add &tier"))
        self.remove = Button(self.tr("Re&move tier"))
        self.problem = PlainLabel(role="bad", wrap=True)
        self.problem.hide()
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        self.model.edited.connect(self.edited)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (PlainLabel(self.tr("Tiers").upper(), role="section"), self.grid, self.problem):
            column.addWidget(part)
        column.setStretchFactor(self.grid, 1)
        column.addLayout(row_of(self.add, self.remove, None))

    def show_tiers(self, model: Model, tiers: list[dict[str, Any]]) -> None:
        """Show the tiers of a price."""
        chosen = self.grid.currentIndex()
        self.model.show_tiers(model, tiers)
        header = self.grid.horizontalHeader()
        for place, name in enumerate(self.model.columns):
            is_bound = name in {"from", "up_to"}
            mode = QHeaderView.ResizeMode
            header.setSectionResizeMode(place, mode.ResizeToContents if is_bound else mode.Stretch)
        if chosen.isValid() and chosen.row() < len(tiers):
            self.grid.setCurrentIndex(self.model.index(chosen.row(), chosen.column()))

    def explain(self, path: str, problem: str) -> None:
        """Say what is wrong with a cell, such as `[2].up_to`; empty texts take it back."""
        place, _, field = path.removeprefix("[").partition("]")
        row = int(place) if place.isdigit() else -1
        self.model.mark_problem(row, field.removeprefix("."), problem)
        said = self.tr("Tier {number}: {problem}").format(number=row + 1, problem=problem)
        self.problem.setText(said if problem and row >= 0 else problem)
        self.problem.setVisible(bool(problem))
        self.grid.setProperty("problem", bool(problem))

    def _add(self) -> None:
        place = self.model.add_row()
        self.grid.setFocus()
        self.grid.setCurrentIndex(self.model.index(place, min(1, len(self.model.columns) - 1)))

    def _remove(self) -> None:
        chosen = {index.row() for index in self.grid.selectionModel().selectedIndexes()}
        last = {len(self.model.rows) - 1} if self.model.rows else set[int]()
        self.model.remove_rows(chosen or last)
