"""An edit that met another one: base, mine and theirs, field by field, and the decision."""

from PySide6.QtCore import Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout, QWidget

from desktop.domain.editing import Conflict
from desktop.views.figures import NOTHING
from desktop.views.icons import Button, IconLabel
from desktop.views.page import row_of
from desktop.views.text import PlainLabel


class ConflictPanel(QFrame):
    """Shows one conflict at a time, the oldest first. Nothing is overwritten before a decision."""

    keep_mine_wanted = Signal(int)
    keep_theirs_wanted = Signal(int)
    """The `conflict_id` decided on."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.title = PlainLabel(role="warn", wrap=True)
        self.keep_mine = Button(self.tr("Keep &mine"))
        self.keep_theirs = Button(self.tr("Keep &theirs"))
        self.keep_mine.clicked.connect(lambda: self._decide(self.keep_mine_wanted))
        self.keep_theirs.clicked.connect(lambda: self._decide(self.keep_theirs_wanted))
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(16, 12, 16, 12)
        heading = row_of(IconLabel("git-compare-arrows", "warn"), self.title)
        heading.addStretch()
        heading.addWidget(self.keep_mine)
        heading.addWidget(self.keep_theirs)
        heading.setStretch(1, 1)
        self._column.addLayout(heading)
        self._grid = QWidget()
        self._column.addWidget(self._grid)
        self._conflict: Conflict | None = None
        self.hide()

    def show_conflicts(self, conflicts: tuple[Conflict, ...]) -> None:
        """Show the first of these conflicts, or nothing."""
        self.setVisible(bool(conflicts))
        if not conflicts or conflicts[0] == self._conflict:
            return
        self._conflict = conflicts[0]
        self.title.setText(self._sentence(conflicts[0], len(conflicts)))
        self.setAccessibleName(self.title.text())
        self.keep_mine.setEnabled(True)
        self.keep_theirs.setEnabled(True)
        self._show_differences(conflicts[0])

    def _sentence(self, conflict: Conflict, count: int) -> str:
        if conflict.deleted_there:
            said = self.tr("“{title}” was deleted on the service while you edited it here.")
        else:
            said = self.tr("“{title}” was changed on the service while you edited it here.")
        more = self.tr(" %n more conflict(s) follow.", "", count - 1) if count > 1 else ""
        return said.format(title=conflict.title) + more

    def _show_differences(self, conflict: Conflict) -> None:
        grid = QWidget()
        layout = QGridLayout(grid)
        layout.setContentsMargins(26, 0, 0, 0)
        layout.setHorizontalSpacing(24)
        headings = (self.tr("Field"), self.tr("Before"), self.tr("Mine"), self.tr("Theirs"))
        for column, heading in enumerate(headings):
            layout.addWidget(PlainLabel(heading.upper(), role="section"), 0, column)
            layout.setColumnStretch(column, 1 if column else 0)
        for row, difference in enumerate(conflict.differences, start=1):
            texts = (difference.field, difference.base, difference.mine, difference.theirs)
            for column, text in enumerate(texts):
                role = (
                    "muted"
                    if column == 0
                    else "heading"
                    if _differs(text, difference.base, column)
                    else ""
                )
                layout.addWidget(PlainLabel(text or NOTHING, role=role, wrap=True), row, column)
        self._column.replaceWidget(self._grid, grid)
        self._grid.deleteLater()
        grid.show()
        self._grid = grid

    def _decide(self, signal: SignalInstance) -> None:
        if self._conflict is not None:
            self.keep_mine.setEnabled(False)
            self.keep_theirs.setEnabled(False)
            signal.emit(self._conflict.conflict_id)

    def allow_decision(self) -> None:
        """A decision could not be carried out: ask again."""
        self.keep_mine.setEnabled(True)
        self.keep_theirs.setEnabled(True)


def _differs(text: str, base: str, column: int) -> bool:
    return column > 1 and text != base
