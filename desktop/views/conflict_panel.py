"""An edit that met another one: base, mine and theirs, field by field, and the decision."""

from typing import Final

from PySide6.QtCore import QCoreApplication, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.editing import Conflict
from desktop.views.choice import Choice
from desktop.views.figures import NOTHING
from desktop.views.icons import Button, IconLabel
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

MINE: Final = "mine"
THEIRS: Final = "theirs"


class ConflictPanel(QFrame):
    """Shows one conflict at a time, the oldest first. Nothing is overwritten before a decision."""

    keep_mine_wanted = Signal(int)
    keep_theirs_wanted = Signal(int)
    """The `conflict_id` decided on."""
    keep_both_wanted = Signal(int)
    keep_fields_wanted = Signal(int, object)
    """The `conflict_id`, and a tuple with the names of the fields to keep as they are here."""

    def __init__(self, *, by_field: bool = False) -> None:
        """Make a panel; `by_field` also lets fields be chosen one by one, and both be kept."""
        super().__init__()
        self._by_field = by_field
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
        self._make_more_ways(heading)
        heading.setStretch(1, 1)
        self._column.addLayout(heading)
        self._grid = QWidget()
        self._column.addWidget(self._grid)
        self._conflict: Conflict | None = None
        self.hide()

    def _make_more_ways(self, heading: QHBoxLayout) -> None:
        self.keep_both = Button(self.tr("Theirs, and mine as a &draft"))
        self.keep_fields = Button(self.tr("Keep the chosen &fields"))
        self.keep_both.clicked.connect(lambda: self._decide(self.keep_both_wanted))
        self.keep_fields.clicked.connect(self._decide_by_field)
        self.choices: dict[str, Choice[str]] = {}
        for button in (self.keep_both, self.keep_fields):
            button.setVisible(self._by_field)
            heading.addWidget(button)

    def show_conflicts(self, conflicts: tuple[Conflict, ...]) -> None:
        """Show the first of these conflicts, or nothing."""
        self.setVisible(bool(conflicts))
        if not conflicts or conflicts[0] == self._conflict:
            return
        self._conflict = conflicts[0]
        self.title.setText(self._sentence(conflicts[0], len(conflicts)))
        self.setAccessibleName(self.title.text())
        self.allow_decision()
        self._show_differences(conflicts[0])

    def _sentence(self, conflict: Conflict, count: int) -> str:
        if conflict.deleted_there:
            said = self.tr("“{title}” was deleted on the service while you edited it here.")
        else:
            said = self.tr("“{title}” was changed on the service while you edited it here.")
        more = ""
        if count > 1:
            # By the name of this class: in a subclass `tr` would look the plural up by another.
            more = QCoreApplication.translate(
                "ConflictPanel", " %n more conflict(s) follow.", "", count - 1
            )
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
        if self._by_field:
            self._offer_fields(conflict, layout, len(headings))
        self._column.replaceWidget(self._grid, grid)
        self._grid.deleteLater()
        grid.show()
        self._grid = grid

    def _offer_fields(self, conflict: Conflict, layout: QGridLayout, column: int) -> None:
        """A choice beside each field; theirs stands where only they changed it."""
        self.choices = {}
        options = ((MINE, self.tr("Mine")), (THEIRS, self.tr("Theirs")))
        can_mix = not (conflict.deleted_here or conflict.deleted_there)
        for row, difference in enumerate(conflict.differences, start=1):
            choice: Choice[str] = Choice(difference.field, options)
            choice.choose(THEIRS if difference.mine == difference.base else MINE)
            choice.setEnabled(can_mix)
            self.choices[difference.field] = choice
            layout.addWidget(choice, row, column, Qt.AlignmentFlag.AlignTop)

    def _decide(self, signal: SignalInstance) -> None:
        if self._conflict is not None:
            self._forbid_decision()
            signal.emit(self._conflict.conflict_id)

    def _decide_by_field(self) -> None:
        if self._conflict is not None:
            self._forbid_decision()
            mine = tuple(name for name, one in self.choices.items() if one.value() == MINE)
            self.keep_fields_wanted.emit(self._conflict.conflict_id, mine)

    def _forbid_decision(self) -> None:
        for button in (self.keep_mine, self.keep_theirs, self.keep_both, self.keep_fields):
            button.setEnabled(False)

    def allow_decision(self) -> None:
        """Ask, or after a decision that could not be carried out, ask again."""
        conflict = self._conflict
        self.keep_mine.setEnabled(True)
        self.keep_theirs.setEnabled(True)
        self.keep_both.setEnabled(conflict is not None and not conflict.deleted_here)
        can_mix = conflict is not None and not (conflict.deleted_here or conflict.deleted_there)
        self.keep_fields.setEnabled(can_mix)


def _differs(text: str, base: str, column: int) -> bool:
    return column > 1 and text != base
