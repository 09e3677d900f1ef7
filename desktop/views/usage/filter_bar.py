"""What a question is narrowed down to: one chip for each filter, and a dialog to make one."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import AppError
from desktop.domain.usage_questions import (
    OTHER,
    Answer,
    Comparison,
    Dimension,
    Filter,
    Grain,
    Measure,
    Question,
)
from desktop.services.usage_questions import UsageQuestionService
from desktop.views.choice import Choice
from desktop.views.combo_of import ComboOf
from desktop.views.icons import Button, IconButton
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel, plain_mnemonic
from desktop.views.usage import words

if TYPE_CHECKING:
    from desktop.jobs import Jobs

MOST_OFFERED: Final = 1000
NAMED: Final = 2
"""Keys that a chip names; of more it says how many."""
LIST_HEIGHT_PX: Final = 260
DIALOG_WIDTH_PX: Final = 460
KEY_ROLE: Final = Qt.ItemDataRole.UserRole

Names = dict[tuple[Dimension, str], str]
"""What a key of a dimension is called."""


class FilterBar(QWidget):
    """Every filter holds; a chip is changed by pressing it and taken away by its cross."""

    changed = Signal()

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._about: Callable[[], Question] | None = None
        self.filters: tuple[Filter, ...] = ()
        self._names: Names = {}
        self.add = Button(self.tr("Add &filter…"), icon_name="plus")
        self.add.clicked.connect(lambda: self.open_dialog(None))
        self._chips = QHBoxLayout()
        self._chips.setSpacing(8)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        row.addWidget(self.add)
        row.addLayout(self._chips)
        row.addStretch()

    def ask_about(self, about: Callable[[], Question]) -> None:
        """`about` is the question whose groups can be filtered on."""
        self._about = about

    def show_filters(self, filters: tuple[Filter, ...]) -> None:
        """Show other filters without telling anybody."""
        self.filters = filters
        while (item := self._chips.takeAt(0)) is not None:
            if (chip := item.widget()) is not None:
                chip.hide()
                chip.deleteLater()
        for place, one in enumerate(filters):
            self._chips.addWidget(self._chip(place, one))

    def learn(self, answer: Answer) -> None:
        """Take the names of an answer's groups for the chips."""
        dimension = answer.question.group_by
        if dimension is not None:
            self._names |= {(dimension, one.key): one.label for one in answer.series if one.key}

    def _chip(self, place: int, one: Filter) -> QWidget:
        chip = QWidget()
        button = Button(plain_mnemonic(self.said(one)))
        button.clicked.connect(partial(self._open, place))
        cross = IconButton("x", self.tr("Remove filter: {filter}").format(filter=self.said(one)))
        cross.clicked.connect(partial(self._remove, place))
        row = row_of(button, cross, spacing=0)
        row.setContentsMargins(0, 0, 0, 0)
        chip.setLayout(row)
        return chip

    def said(self, one: Filter) -> str:
        """A filter in words."""
        dimension = words.say(words.DIMENSIONS[one.dimension])
        names = [self._names.get((one.dimension, key), "") for key in one.keys]
        known = len(names) <= NAMED and all(names)
        keys = ", ".join(names) if known else self.tr("%n chosen", "", len(names))
        form = self.tr("{dimension} is not {keys}") if one.excludes else "{dimension}: {keys}"
        return form.format(dimension=dimension, keys=keys)

    def _remove(self, place: int, _: object = None) -> None:
        self._replace(self.filters[:place] + self.filters[place + 1 :])

    def _open(self, place: int, _: object = None) -> None:
        self.open_dialog(place)

    def open_dialog(self, place: int | None) -> None:
        """Change a filter, or make a new one."""
        if self._about is None:
            return
        seen = None if place is None else self.filters[place]
        dialog = FilterDialog(self, self._jobs, self._about(), seen)
        dialog.finished.connect(dialog.deleteLater)
        dialog.chosen.connect(partial(self._take, place))
        dialog.named.connect(self._names.update)
        dialog.open()

    def _take(self, place: int | None, one: Filter) -> None:
        kept = list(self.filters)
        if place is None:
            kept.append(one)
        else:
            kept[place] = one
        self._replace(tuple(kept))

    def _replace(self, filters: tuple[Filter, ...]) -> None:
        self.show_filters(filters)
        self.changed.emit()


class FilterDialog(QDialog):
    """A dimension, include or exclude, and the keys to tick; the largest are on offer."""

    chosen = Signal(object)
    """The `Filter`."""
    named = Signal(object)
    """`Names` that were learnt."""

    def __init__(
        self, parent: QWidget, jobs: "Jobs", about: Question, seen: Filter | None = None
    ) -> None:
        """Ask for one filter.

        Args:
            parent: the window it belongs to.
            jobs: the bridge to the core.
            about: its days, application and measure say which keys are on offer.
            seen: the filter that is changed; None for a new one.
        """
        super().__init__(parent)
        self.setWindowTitle(self.tr("Filter"))
        self.setMinimumWidth(DIALOG_WIDTH_PX)
        self._jobs, self._about = jobs, about
        self._ticked: set[str] = set(seen.keys) if seen else set()
        self._make_parts()
        self._arrange()
        if seen is not None:
            self.dimension.choose(seen.dimension)
            self.way.choose(seen.excludes)
        self.dimension.chosen.connect(self._change_dimension)
        self._load()

    def _make_parts(self) -> None:
        self.dimension = ComboOf(self.tr("Filter on"), words.DIMENSIONS, words.say)
        self.way = Choice(
            self.tr("Keep or leave out"),
            ((False, self.tr("Only these")), (True, self.tr("All but these"))),
        )
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._narrow)
        self.keys = QListWidget()
        self.keys.setAccessibleName(self.tr("Values"))
        self.keys.setMinimumHeight(LIST_HEIGHT_PX)
        self.keys.itemChanged.connect(self._tick)
        self.message = MessageBar(dismissable=False)
        self.go = Button(self.tr("&Apply"), role="primary")
        self.go.setDefault(True)
        self.go.clicked.connect(self._finish)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Filter"), role="title"))
        column.addLayout(row_of(self.dimension, self.way, None, spacing=12))
        for part in (self.search, self.message, self.keys):
            column.addWidget(part)
        column.addLayout(row_of(None, self.cancel, self.go))

    def _change_dimension(self) -> None:
        self._ticked.clear()
        self._load()

    def _load(self) -> None:
        dimension = self.dimension.value()
        measure = Measure.REVENUE if dimension is Dimension.RULE else Measure.REQUESTS
        question = Question(
            self._about.period,
            measure,
            self._about.application_id,
            Grain.WHOLE,
            dimension,
            comparison=Comparison.NONE,
            top=MOST_OFFERED,
        )
        self.keys.clear()
        self.go.setEnabled(False)
        self._jobs.start(
            UsageQuestionService.ask, question, 0, done=self._offer, failed=self._explain,
            owner=self,
        )  # fmt: skip

    def _offer(self, answer: Answer) -> None:
        dimension = answer.question.group_by
        if dimension is not self.dimension.value():  # an answer to an earlier choice
            return
        found = {one.key: one.label for one in answer.series if one.key != OTHER}
        self.named.emit({(dimension, key): label for key, label in found.items()})
        self.message.dismiss()
        self.keys.blockSignals(True)  # noqa: FBT003 (Qt's signature)
        self._add_rows(found.items())
        self.keys.blockSignals(False)  # noqa: FBT003 (Qt's signature)
        self._narrow(self.search.text())
        self._show_ready()

    def _add_rows(self, found: Iterable[tuple[str, str]]) -> None:
        self.keys.clear()
        for key, label in found:
            row = QListWidgetItem(label)
            row.setData(KEY_ROLE, key)
            row.setFlags(Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsEnabled
                         | Qt.ItemFlag.ItemIsSelectable)  # fmt: skip
            ticked = key in self._ticked
            row.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
            self.keys.addItem(row)

    def _narrow(self, text: str) -> None:
        for place in range(self.keys.count()):
            row = self.keys.item(place)
            row.setHidden(text.casefold() not in row.text().casefold())

    def _tick(self, row: QListWidgetItem) -> None:
        key = row.data(KEY_ROLE)
        if row.checkState() is Qt.CheckState.Checked:
            self._ticked.add(key)
        else:
            self._ticked.discard(key)
        self._show_ready()

    def _show_ready(self) -> None:
        self.go.setEnabled(bool(self._ticked))

    def _explain(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))

    def _finish(self) -> None:
        keys = tuple(sorted(self._ticked))
        self.chosen.emit(Filter(self.dimension.value(), keys, self.way.value()))
        self.accept()
