"""One limit as a few fields."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLineEdit, QVBoxLayout

from contract.terms import LimitCounts, LimitEffect, LimitInterval, LimitKind, LimitScope
from desktop.domain.policies import LimitDraft
from desktop.views.combo_of import ComboOf
from desktop.views.icons import IconButton
from desktop.views.page import row_of
from desktop.views.policies import words
from desktop.views.text import PlainLabel

COUNTS_PX: Final = 86


class LimitEditor(QFrame):
    """A limit, or an empty line to type one into: its details appear with the number."""

    edited = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "inset")
        say = words.say
        self.allowed = QLineEdit()
        self.allowed.setPlaceholderText(self.tr("Add a limit, such as 600"))
        self.allowed.setAccessibleName(self.tr("How many"))
        self.counts: ComboOf[LimitCounts] = ComboOf(self.tr("Counts"), words.COUNTS, say)
        self.counts.setMinimumWidth(COUNTS_PX)
        self.interval: ComboOf[LimitInterval] = ComboOf(self.tr("Per"), words.INTERVALS, say)
        self.kind: ComboOf[LimitKind] = ComboOf(self.tr("Kind"), words.KINDS, say)
        self.scope: ComboOf[LimitScope] = ComboOf(self.tr("For"), words.SCOPES, say)
        self.effect: ComboOf[LimitEffect] = ComboOf(self.tr("Beyond it"), words.EFFECTS, say)
        self.burst = QLineEdit()
        self.burst.setPlaceholderText(self.tr("Burst: as many"))
        self.burst.setAccessibleName(self.tr("Burst"))
        self.schedule = QLineEdit()
        self.schedule.setPlaceholderText(self.tr("Always; Mon-Fri 09:00-17:00"))
        self.schedule.setAccessibleName(self.tr("When it holds"))
        self.remove = IconButton("x", self.tr("Take this limit away"))
        self.remove.clicked.connect(self.removed)
        self.problem = PlainLabel(role="bad", wrap=True)
        self.problem.hide()
        self._arrange()
        self._watch()
        self._fit()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 10)
        column.setSpacing(8)
        first = row_of(self.allowed, self.counts, PlainLabel(self.tr("per")), self.interval)
        first.addWidget(self.remove)
        first.setStretch(0, 1)
        column.addLayout(first)
        self.details = QFrame()
        grid = QGridLayout(self.details)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(8)
        places = (
            (self.kind, 0, 0),
            (self.scope, 0, 1),
            (self.effect, 1, 0),
            (self.schedule, 1, 1),
            (self.burst, 2, 0),
        )
        for part, row, side in places:
            grid.addWidget(part, row, side)
        grid.setColumnStretch(0, 1)
        grid.setColumnStretch(1, 1)
        column.addWidget(self.details)
        column.addWidget(self.problem)

    def _watch(self) -> None:
        for line in (self.allowed, self.burst, self.schedule):
            line.textEdited.connect(lambda _: self._note())
        for combo in (self.counts, self.interval, self.kind, self.scope, self.effect):
            combo.chosen.connect(self._note)

    def _note(self) -> None:
        self._fit()
        self.edited.emit()

    def _fit(self) -> None:
        empty = self.is_empty()
        self.details.setVisible(not empty)
        self.remove.setVisible(not empty)
        self.burst.setVisible(self.kind.value() is LimitKind.TOKEN_BUCKET)

    def is_empty(self) -> bool:
        """Whether nothing was typed into it."""
        return not self.allowed.text().strip()

    def show_draft(self, draft: LimitDraft) -> None:
        """Fill the fields."""
        self.allowed.setText(draft.allowed)
        self.counts.choose(draft.counts)
        self.interval.choose(draft.interval)
        self.kind.choose(draft.kind)
        self.scope.choose(draft.scope)
        self.effect.choose(draft.effect)
        self.burst.setText(draft.burst)
        self.schedule.setText(draft.schedule)
        self._fit()

    def draft(self) -> LimitDraft:
        """What the fields say now."""
        is_bucket = self.kind.value() is LimitKind.TOKEN_BUCKET
        return LimitDraft(
            self.allowed.text().strip(),
            self.interval.value(),
            self.kind.value(),
            self.counts.value(),
            self.scope.value(),
            self.burst.text().strip() if is_bucket else "",
            self.effect.value(),
            self.schedule.text().strip(),
        )

    def explain(self, problem: str, part: str = "") -> None:
        """Say what is wrong with a part of it; an empty text takes it back."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        control = {"burst": self.burst, "schedule": self.schedule}.get(part, self.allowed)
        for line in (self.allowed, self.burst, self.schedule):
            line.setAccessibleDescription(problem if line is control else "")
        if problem:
            control.setFocus()
