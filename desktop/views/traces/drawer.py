"""One call: what was asked, what was kept of it, what ran inside, and why it was decided so."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QTreeWidget, QTreeWidgetItem, QVBoxLayout

from desktop.domain.errors import AppError
from desktop.domain.traces import Field, FunctionCall, TraceDetail, TraceLine
from desktop.views import figures
from desktop.views.explanation_view import ExplanationView
from desktop.views.icons import Button, IconButton
from desktop.views.lines import IconLine
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.scrolled import Scrolled
from desktop.views.text import ElidedLabel, PlainLabel, plain_tooltip, set_tooltip
from desktop.views.traces.table import STATES, say

if TYPE_CHECKING:
    from collections.abc import Iterable

ANONYMOUS: Final = "anonymous"
ROW_PX: Final = 26
MOST_ROWS: Final = 14
A_DAY: Final = 24


class TraceDrawer(QFrame):
    """Hidden until a call is chosen."""

    block_wanted = Signal(object, int)
    """The `TraceLine`, and for how many hours; 0 is until it is taken back."""
    forget_wanted = Signal(object)
    identity_wanted = Signal(object)
    closed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._line: TraceLine | None = None
        self.heading = ElidedLabel(role="heading")
        self.close_button = IconButton("x", self.tr("Close"))
        self.close_button.clicked.connect(self.close_it)
        self.about = PlainLabel(role="muted", wrap=True)
        self.message = MessageBar(dismissable=False)
        self.why = ExplanationView()
        self.values = _tree(self.tr("What was kept"), self.tr("Value"))
        self.chain = _tree(self.tr("What ran inside"), self.tr("Took"))
        self.nothing = IconLine(
            "shield-check",
            "muted",
            self.tr("No values are kept of this endpoint, only its shape."),
            "muted",
        )
        self.who = Button(self.tr("&Who is this?"), icon_name="eye")
        set_tooltip(self.who, self.tr("Opens the sealed identity with the key of this vault"))
        self.who.clicked.connect(self._ask_who)
        self.identity = PlainLabel(wrap=True)
        self.identity.setAccessibleName(self.tr("Identity of the caller"))
        self.identity.hide()
        self.block = Button(self.tr("&Block this caller"), role="danger", icon_name="ban")
        self.block.clicked.connect(self._block)
        self.forget = Button(self.tr("&Forget"))
        self.forget.clicked.connect(self._forget)
        self._arrange()
        self.hide()

    def _arrange(self) -> None:
        self._titles = {
            "why": PlainLabel(self.tr("Why").upper(), role="section"),
            "values": PlainLabel(self.tr("What was kept, scrubbed").upper(), role="section"),
            "chain": PlainLabel(self.tr("Call chain").upper(), role="section"),
        }
        body = Scrolled(
            self.tr("The call"),
            self._titles["why"],
            self.why,
            self._titles["chain"],
            self.chain,
            self._titles["values"],
            self.values,
            self.nothing,
            spacing=8,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(10)
        top = row_of(self.heading, self.close_button)
        top.setStretch(0, 1)
        column.addLayout(top)
        column.addWidget(self.about)
        column.addWidget(self.identity)
        column.addWidget(self.message)
        column.addWidget(body, 1)
        column.addLayout(row_of(self.forget, self.who, None, self.block))

    def show_line(self, line: TraceLine) -> None:
        """Show what the list knows while the rest is on its way."""
        self._line = line
        self.heading.set_whole_text(f"{line.method} {line.url}")
        self.about.setText(self._about(line))
        self.message.dismiss()
        self.why.clear()
        self._show_parts((), ())
        self.nothing.hide()
        self.hide_identity()
        self.who.setVisible(not self.is_anonymous(line))
        self.forget.setEnabled(line.is_kept)
        self.show()

    def show_detail(self, detail: TraceDetail) -> None:
        """Show everything."""
        self._line = detail.line
        self.about.setText(self._about(detail.line))
        self.forget.setEnabled(True)
        if not detail.stamp.online:
            self.message.say(Tone.INFO, self.tr("Offline. You see the call as it was opened."))
        if detail.explanation is None:
            self.why.clear()
        else:
            self.why.show_explanation(detail.explanation, was=True)
        self._titles["why"].setVisible(detail.explanation is not None)
        self._show_parts(detail.fields, detail.functions)

    def _show_parts(
        self, fields: "tuple[Field, ...]", functions: "tuple[FunctionCall, ...]"
    ) -> None:
        _fill(self.values, fields)
        self.chain.clear()
        for function in functions:
            place = QTreeWidgetItem([function.name, self._took(function)])
            place.setData(0, Qt.ItemDataRole.ToolTipRole, plain_tooltip(function.path))
            self.chain.addTopLevelItem(place)
            _add(self.chain, function.fields, place)
        for name, tree in (("values", self.values), ("chain", self.chain)):
            _fit(tree)
            self._titles[name].setVisible(tree.topLevelItemCount() > 0)
        self.nothing.setVisible(not fields)

    def _took(self, function: FunctionCall) -> str:
        if function.duration_ms is None:
            return function.path
        return self.tr("{count} ms").format(count=figures.count(function.duration_ms))

    def _about(self, line: TraceLine) -> str:
        parts = [figures.moment(line.at), line.customer, say(STATES[line.state])]
        if line.status is not None:
            parts.append(str(line.status))
        if line.duration_ms is not None:
            parts.append(self.tr("{count} ms").format(count=figures.count(line.duration_ms)))
        parts.append(self.tr("{units} units").format(units=line.units))
        if line.late:
            parts.append(self.tr("settled late"))
        if line.odd_amount:
            parts.append(self.tr("odd amount"))
        return " · ".join(parts)

    def explain(self, error: AppError) -> None:
        """Something about this call failed."""
        self.message.say(Tone.BAD, str(error))

    def is_anonymous(self, line: TraceLine) -> bool:
        """Whether nobody knows who called, so that a block must be for everybody."""
        return line.customer_id == ANONYMOUS

    def show_identity(self, identity: str) -> None:
        """Show who called, until another call is shown or the page is left."""
        said = self.tr("The caller is {identity}").format(identity=identity)
        self.identity.setText(said)
        self.identity.show()
        self.who.hide()

    def hide_identity(self) -> None:
        """Take who called off the screen."""
        self.identity.clear()
        self.identity.hide()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        """A name does not wait where nobody looks."""
        super().hideEvent(event)
        if not event.spontaneous():  # not for a window that is minimized
            self.hide_identity()

    def _ask_who(self) -> None:
        if self._line is not None:
            self.identity_wanted.emit(self._line)

    def close_it(self) -> None:
        """Show no call any more."""
        self.hide()
        self._line = None
        self.closed.emit()

    def _block(self) -> None:
        if self._line is not None:
            self.block_wanted.emit(self._line, A_DAY)

    def _forget(self) -> None:
        if self._line is not None:
            self.forget_wanted.emit(self._line)


def _tree(name: str, second: str) -> QTreeWidget:
    tree = QTreeWidget()
    tree.setAccessibleName(name)
    tree.setHeaderLabels([name, second])
    tree.setHeaderHidden(True)
    tree.setColumnCount(2)
    tree.setUniformRowHeights(True)
    tree.setFrameShape(QFrame.Shape.NoFrame)
    tree.setIndentation(16)
    return tree


def _fill(tree: QTreeWidget, fields: "Iterable[Field]") -> None:
    tree.clear()
    _add(tree, fields, None)


def _add(tree: QTreeWidget, fields: "Iterable[Field]", root: QTreeWidgetItem | None) -> None:
    """Put fields below a row, each on its own level."""
    path: list[QTreeWidgetItem | None] = [root]
    for field in fields:
        item = QTreeWidgetItem([field.name, " ".join(field.value.split())])
        item.setData(1, Qt.ItemDataRole.ToolTipRole, plain_tooltip(field.value))
        del path[field.depth + 1 :]
        parent = path[-1]
        if parent is None:
            tree.addTopLevelItem(item)
        else:
            parent.addChild(item)
        path.append(item)


def _fit(tree: QTreeWidget) -> None:
    """As high as its rows, within reason; everything unfolded."""
    tree.expandAll()
    tree.resizeColumnToContents(0)
    rows, item = 0, tree.topLevelItem(0)
    while item is not None and rows < MOST_ROWS:
        rows += 1
        item = tree.itemBelow(item)
    tree.setFixedHeight(rows * ROW_PX + 4)
    tree.setVisible(rows > 0)
