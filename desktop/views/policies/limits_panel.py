"""The limits of an endpoint, and those that single customers have instead."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.policies import Advice, LimitDraft, PolicyDraft
from desktop.views.policies.advice_list import AdviceList
from desktop.views.policies.limit_editor import LimitEditor
from desktop.views.policies.override_panel import OverridePanel
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel


class LimitsPanel(Scrolled):
    """A line for each limit and an empty one at the end."""

    edited = Signal()

    def __init__(self, overrides: OverridePanel) -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Limits"))
        self.overrides = overrides
        self.editors: list[LimitEditor] = []
        self._lines = QWidget()
        self._limits = QVBoxLayout(self._lines)
        self._limits.setContentsMargins(0, 0, 0, 0)
        self._limits.setSpacing(8)
        self.problem = PlainLabel(role="bad", wrap=True)
        self.problem.hide()
        self.advice = AdviceList("limits")
        for place, part in enumerate((self._lines, self.problem, overrides, self.advice)):
            self.column.insertWidget(place, part)
        self._show(())

    def show_draft(self, draft: PolicyDraft) -> None:
        """Fill the lines, silently."""
        if draft.limits != self.limits():
            self._show(draft.limits)

    def limits(self) -> tuple[LimitDraft, ...]:
        """Every line that has a number."""
        return tuple(editor.draft() for editor in self.editors if not editor.is_empty())

    def show_advice(self, advice: tuple[Advice, ...]) -> None:
        """Tell what the SDKs do with these limits."""
        self.advice.show_advice(advice)

    def explain(self, field: str, problem: str) -> bool:
        """Say what is wrong beside the limit it is about; whether it is about one.

        `field` is such as `limits.1.burst`.
        """
        whole, _, rest = field.partition(".")
        place, _, part = rest.partition(".")
        if whole != "limits":
            return False
        filled = [editor for editor in self.editors if not editor.is_empty()]
        if place.isdigit() and int(place) < len(filled):
            filled[int(place)].explain(problem, part)
        else:
            self.problem.setText(problem)
            self.problem.show()
        return True

    def forget_problems(self) -> None:
        """Take back what was said to be wrong."""
        self.problem.hide()
        for editor in self.editors:
            editor.explain("")

    def _show(self, limits: tuple[LimitDraft, ...]) -> None:
        while self.editors:
            self._drop(self.editors[-1])
        for limit in (*limits, LimitDraft()):
            self._add(limit)

    def _add(self, limit: LimitDraft) -> None:
        editor = LimitEditor()
        editor.show_draft(limit)
        editor.edited.connect(self._note)
        editor.removed.connect(lambda: self._remove(editor))
        self.editors.append(editor)
        self._limits.addWidget(editor)

    def _note(self) -> None:
        if not self.editors[-1].is_empty():
            self._add(LimitDraft())
        self.edited.emit()

    def _remove(self, editor: LimitEditor) -> None:
        self._drop(editor)
        self.editors[-1].allowed.setFocus()
        self.edited.emit()

    def _drop(self, editor: LimitEditor) -> None:
        self.editors.remove(editor)
        self._limits.removeWidget(editor)
        editor.hide()
        editor.deleteLater()
