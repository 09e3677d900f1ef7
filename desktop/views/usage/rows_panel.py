"""The table of an answer that is larger than its picture: the core orders it, page by page."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QObject, QTimer, Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.usage_questions import Comparison, Question
from desktop.domain.usage_rows import RowSort, RowsPage, RowsWanted, UsageRow
from desktop.services.usage_rows import UsageRowsService
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.models.ordered_elsewhere import OrderedElsewhere
from desktop.views.models.table_model import Column, TableModel
from desktop.views.page import row_of
from desktop.views.paging import NextPages
from desktop.views.text import PlainLabel
from desktop.views.usage import words
from desktop.views.usage.pictures import place_name

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

TYPING_MS: Final = 250


class RowsTable(DataTable[UsageRow]):
    """Emits the order that is wanted."""

    order_wanted = Signal(int, bool)

    def make_model(
        self, columns: tuple[Column[UsageRow], ...], parent: QObject
    ) -> TableModel[UsageRow]:
        model = OrderedElsewhere(columns, parent)
        model.order_wanted.connect(self.order_wanted)
        return model


class RowsPanel(QWidget):
    """Rows of every bucket and group, found and ordered in the core."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._question: Question | None = None
        self._sorts: tuple[RowSort, ...] = (RowSort.START,)
        self._order = (RowSort.START, False)
        self._asking: Job | None = None
        self._asked = 0
        self._rows: tuple[UsageRow, ...] = ()
        self.search = QLineEdit()
        self.search.setAccessibleName(self.tr("Find rows"))
        self.search.setPlaceholderText(self.tr("Find a start or a group"))
        self.search.setClearButtonEnabled(True)
        self.said = PlainLabel(role="muted", wrap=True)
        self.table = RowsTable(self.tr("Usage as a table"), (), key=lambda row: row.place)
        self.pages = NextPages(self.table)
        self._typed = QTimer(self, singleShot=True, interval=TYPING_MS)
        self.search.textChanged.connect(lambda _: self._typed.start())
        self._typed.timeout.connect(self._ask_anew)
        self.table.order_wanted.connect(self._put_in_order)
        self.pages.wanted.connect(self._ask)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        head = row_of(self.search, self.said, None)
        head.setContentsMargins(0, 0, 0, 0)
        column.addLayout(head)
        column.addWidget(self.table, 1)

    def show_question(self, question: Question) -> None:
        """Ask for the rows of a question; what was typed and the order stay.

        Rows that are being read stay as they are when the vault has newer ones: each sync would
        take them away. `stop` makes them be asked for again.
        """
        if question == self._question:
            return
        by_sort = _columns(question)
        self._sorts, columns = tuple(by_sort), tuple(by_sort.values())
        if _titles(self.table.table_model.columns) != _titles(columns):
            self._order = (RowSort.START, False)
            self.table.show_columns(columns, ())
        else:
            self.table.table_model.columns = columns
        self._question = question
        self._ask_anew()

    def stop(self) -> None:
        """Nobody looks at the rows any more."""
        self._cancel()
        self._question = None

    def _cancel(self) -> None:
        self._asked += 1
        if self._asking is not None:
            self._asking.cancel()
            self._asking = None

    def _put_in_order(self, column: int, descending: bool) -> None:  # noqa: FBT001 (a signal's)
        order = (self._sorts[max(column, 0)], descending and column >= 0)
        if order != self._order:
            self._order = order
            self._ask_anew()

    def _ask_anew(self) -> None:
        self._cancel()
        self._rows = ()
        self._ask(None)

    def _ask(self, cursor: str | None) -> None:
        if self._question is None:
            return
        wanted = RowsWanted(*self._order, self.search.text())
        self._asking = self._jobs.start(
            UsageRowsService.page, self._question, wanted, cursor,
            done=partial(self._show, self._asked), failed=self._explain,
            progressed=self._tell, owner=self,
        )  # fmt: skip

    def _show(self, asked: int, page: RowsPage) -> None:
        if asked != self._asked:  # an order or a text was chosen meanwhile
            return
        self._asking = None
        self._rows += page.rows
        self.pages.reached(page.next_cursor)
        self.table.show_rows(self._rows)
        self.said.setText(self._words(page))

    def _words(self, page: RowsPage) -> str:
        if not page.size:
            return self.tr("No row holds this.")
        count = figures.count(page.size)
        if page.stamp.as_of is None:
            return self.tr("{count} rows").format(count=count)
        moment = figures.moment(page.stamp.as_of)
        return self.tr("{count} rows, as of {moment}").format(count=count, moment=moment)

    def _tell(self, done: int, total: int | None) -> None:
        if total:
            said = self.tr("Counting: {done} of {total} rows")
            self.said.setText(said.format(done=figures.count(done), total=figures.count(total)))

    def _explain(self, error: AppError) -> None:
        if not isinstance(error, Cancelled):
            self._asking = None
            self.said.setText(str(error))


def _titles(columns: tuple[Column[UsageRow], ...]) -> tuple[str, ...]:
    return tuple(column.title for column in columns)


def _columns(question: Question) -> dict[RowSort, Column[UsageRow]]:
    """The columns, by what they are ordered by."""
    start = QCoreApplication.translate("usage", "Start")
    measure = words.say(words.MEASURES[question.measure])
    grain = question.grain
    columns: dict[RowSort, Column[UsageRow]] = {
        RowSort.START: Column(start, lambda row: place_name(row.start, grain))
    }
    if question.group_by is not None:
        name = words.say(words.DIMENSIONS[question.group_by])
        columns[RowSort.GROUP] = Column(name, lambda row: row.group)
    columns[RowSort.VALUE] = Column(measure, lambda row: _number(row, row.value), is_number=True)
    if question.comparison is not Comparison.NONE:
        title = words.say(words.BEFORE[question.comparison])
        columns[RowSort.BEFORE] = Column(
            title, lambda row: _number(row, row.before), is_number=True
        )
    return columns


def _number(row: UsageRow, number: int | None) -> str:
    if number is None:
        return QCoreApplication.translate("Chart", "no data")
    return words.amount(float(row.amount(number)), row.unit)
