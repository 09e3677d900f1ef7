"""What the owner may record next: a button each, and a question where one needs an answer."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QGridLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import AppError
from desktop.domain.privacy.kinds import Action, Evidence, PauseGround, Refusal
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.text import PlainLabel

COLUMNS: Final = 3


class ActionPanel(QWidget):
    """Buttons, or the question that the chosen one asks."""

    wanted = Signal(object, object)
    """An `Action`, and what it needs to know: evidence, a ground, a reason, or None."""

    def __init__(self) -> None:
        super().__init__()
        self._asked: Action | None = None
        self.message = MessageBar()
        self.buttons = {action: Button(words.say(text)) for action, text in words.ACTIONS.items()}
        for action, button in self.buttons.items():
            button.clicked.connect(lambda _=False, action=action: self._choose(action))
        self._make_questions()
        self.confirm = Button(self.tr("&Record"), role="primary")
        self.confirm.clicked.connect(self._confirm)
        self.back = Button(self.tr("&Back"))
        self.back.clicked.connect(self.show_buttons)
        self._arrange()

    def _make_questions(self) -> None:
        self.evidence = {kind: QCheckBox(words.say(text)) for kind, text in words.EVIDENCE.items()}
        checks = QWidget()
        checks.setFocusProxy(next(iter(self.evidence.values())))
        column = QVBoxLayout(checks)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(PlainLabel(self.tr("How do you know who is asking?"), role="heading"))
        for box in self.evidence.values():
            column.addWidget(box)
        self.evidence_problem = PlainLabel(role="bad", wrap=True)
        column.addWidget(self.evidence_problem)
        self.ground: ComboOf[PauseGround] = ComboOf(self.tr("Ground"), words.PAUSES, words.say)
        self.refusal: ComboOf[Refusal] = ComboOf(self.tr("Reason"), words.REFUSALS, words.say)
        self.reason = QLineEdit()
        self.reason.returnPressed.connect(self._confirm)
        self.reason_field = FormField(self.tr("&Why more time is needed"), self.reason)
        self.questions: Mapping[Action, QWidget] = {
            Action.CONFIRM_IDENTITY: checks,
            Action.PAUSE: FormField(self.tr("&Why the clock stops"), self.ground),
            Action.EXTEND: self.reason_field,
            Action.REFUSE: FormField(self.tr("&Why it is refused"), self.refusal),
        }

    def _arrange(self) -> None:
        self._choices, self._asking = QWidget(), QWidget()
        self._grid = QGridLayout(self._choices)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(8)
        for place in range(COLUMNS):
            self._grid.setColumnStretch(place, 1)
        column = QVBoxLayout(self._asking)
        column.setContentsMargins(0, 0, 0, 0)
        for question in self.questions.values():
            column.addWidget(question)
        column.addLayout(row_of(None, self.back, self.confirm))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        for part in (self.message, self._choices, self._asking):
            outer.addWidget(part)

    def show_allowed(self, allowed: tuple[Action, ...]) -> None:
        """Offer these, in the order in which they usually come."""
        for button in self.buttons.values():
            self._grid.removeWidget(button)
            button.hide()
        offered = [action for action in words.ACTIONS if action in allowed]
        for place, action in enumerate(offered):
            self._grid.addWidget(self.buttons[action], place // COLUMNS, place % COLUMNS)
            self.buttons[action].show()
        self._forget_answers()
        self.show_buttons()
        self.setVisible(bool(offered))

    def show_buttons(self) -> None:
        """Leave a question without an answer."""
        left, self._asked = self._asked, None
        self.message.dismiss()
        self._choices.show()
        if left is not None and self._asking.isAncestorOf(self.focusWidget()):
            self.buttons[left].setFocus()
        self._asking.hide()

    def explain(self, error: AppError) -> None:
        """Say what is wrong, beside the question where it belongs."""
        self.reason_field.explain(str(error) if error.field == "reason" else "")
        self.evidence_problem.setText(str(error) if error.field == "evidence" else "")
        if error.field not in {"reason", "evidence"}:
            self.message.say(Tone.BAD, str(error))

    def _choose(self, action: Action) -> None:
        if action not in self.questions:
            self.wanted.emit(action, None)
            return
        self._asked = action
        for known, question in self.questions.items():
            question.setVisible(known is action)
        # Whoever hides the focused button first hands the focus to a stranger.
        self._asking.show()
        self.questions[action].setFocus()
        self._choices.hide()

    def _confirm(self) -> None:
        answers: dict[Action, object] = {
            Action.CONFIRM_IDENTITY: self._ticked(),
            Action.PAUSE: self.ground.value(),
            Action.EXTEND: self.reason.text(),
            Action.REFUSE: self.refusal.value(),
        }
        if self._asked is not None:
            self.wanted.emit(self._asked, answers[self._asked])

    def _ticked(self) -> tuple[Evidence, ...]:
        return tuple(kind for kind, box in self.evidence.items() if box.isChecked())

    def _forget_answers(self) -> None:
        self.reason.clear()
        self.reason_field.explain("")
        self.evidence_problem.setText("")
        for box in self.evidence.values():
            box.setChecked(False)
