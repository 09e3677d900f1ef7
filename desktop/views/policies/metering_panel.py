"""What a call of an endpoint counts, and a bench to try it on."""

from enum import StrEnum

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from contract.terms import MeteringTrigger
from desktop.domain.policies import Advice, MeteringTrial, PolicyDraft, SampleCall
from desktop.views.choice import Choice
from desktop.views.form_field import FormField
from desktop.views.page import row_of
from desktop.views.policies import words
from desktop.views.policies.advice_list import AdviceList
from desktop.views.policies.metering_bench import MeteringBench
from desktop.views.scrolled import Scrolled
from desktop.views.text import PlainLabel


class Counting(StrEnum):
    """Where the amount of a call comes from."""

    CALLS = "calls"
    FIELD = "field"
    EXPRESSION = "expression"


class MeteringPanel(Scrolled):
    """Amount, trigger, and what calls would count."""

    edited = Signal()
    fields_wanted = Signal()
    """The paths of the fields that responses have are to be offered."""
    trial_wanted = Signal()

    def __init__(self) -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("Metering"))
        self.counting = Choice(
            self.tr("A call counts"),
            (
                (Counting.CALLS, self.tr("One")),
                (Counting.FIELD, self.tr("A response field")),
                (Counting.EXPRESSION, self.tr("An expression")),
            ),
        )
        self.expression, self.condition = QLineEdit(), QLineEdit()
        self.response_field = QComboBox()
        self.response_field.setEditable(True)
        self.response_field.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.response_field.setAccessibleDescription(self.tr("Choose a field, or type its path"))
        self.response_line = QLineEdit()
        self.response_line.setPlaceholderText("usage.total_tokens")
        self.response_field.setLineEdit(self.response_line)
        self.expression.setPlaceholderText("max(1, ceil(tokens / 1000))")
        self.condition.setPlaceholderText("status == 200")
        for line in (self.expression, self.condition):
            line.setProperty("role", "code")
        self.trigger = Choice(
            self.tr("Counted are"),
            tuple((value, words.say(word)) for value, word in words.TRIGGERS.items()),
        )
        self.fields = {
            "response_field": FormField(self.tr("&Path of the field"), self.response_field),
            "expression": FormField(self.tr("E&xpression"), self.expression),
            "condition": FormField(self.tr("&When it is true"), self.condition),
        }
        self.bench = MeteringBench()
        self.bench.trial_wanted.connect(self.trial_wanted)
        self.advice = AdviceList("metering")
        self._arrange()
        self._watch()
        self._fit()

    def _arrange(self) -> None:
        parts = (
            _titled(self.tr("A call counts"), self.counting),
            self.fields["response_field"],
            self.fields["expression"],
            _titled(self.tr("Counted are"), self.trigger),
            self.fields["condition"],
            self.bench,
            self.advice,
        )
        for place, part in enumerate(parts):
            self.column.insertWidget(place, part)

    def _watch(self) -> None:
        self.counting.changed.connect(self._note)
        self.trigger.changed.connect(self._note)
        self.response_field.activated.connect(lambda _: self.edited.emit())
        for line in (self.response_line, self.expression, self.condition):
            line.textEdited.connect(lambda _: self.edited.emit())

    def _note(self) -> None:
        self._fit()
        self.edited.emit()
        if self.asks_for_field():
            self.fields_wanted.emit()

    def _fit(self) -> None:
        counting = self.counting.value()
        self.fields["response_field"].setVisible(counting is Counting.FIELD)
        self.fields["expression"].setVisible(counting is Counting.EXPRESSION)
        asks = self.trigger.value() is MeteringTrigger.RESPONSE_VALUE
        self.fields["condition"].setVisible(asks)

    def show_draft(self, draft: PolicyDraft) -> None:
        """Fill the fields, silently."""
        self.response_field.clear()
        self.response_field.setEditText(draft.response_field)
        self.expression.setText(draft.expression)
        self.condition.setText(draft.condition)
        self.trigger.choose(draft.trigger)
        if draft.expression:
            self.counting.choose(Counting.EXPRESSION)
        elif draft.response_field:
            self.counting.choose(Counting.FIELD)
        else:
            self.counting.choose(Counting.CALLS)
        self._fit()
        self.bench.clear()

    def amount(self) -> tuple[str, str]:
        """Response field and expression; the one that is not chosen is empty."""
        counting = self.counting.value()
        field = self.response_field.currentText() if counting is Counting.FIELD else ""
        return field, self.expression.text() if counting is Counting.EXPRESSION else ""

    def asks_for_field(self) -> bool:
        """Whether calls count by a field of the response."""
        return self.counting.value() is Counting.FIELD

    def offer_fields(self, paths: tuple[str, ...]) -> None:
        """Offer the paths that responses have; what is typed stays."""
        typed = self.response_field.currentText()
        self.response_field.clear()
        self.response_field.addItems(list(paths))
        self.response_field.setEditText(typed)

    def sample(self) -> SampleCall:
        """The call to try."""
        return self.bench.sample()

    def show_trial(self, trial: MeteringTrial) -> None:
        """Show what calls would count."""
        self.bench.show_trial(trial)

    def show_advice(self, advice: tuple[Advice, ...]) -> None:
        """Tell what the SDKs do with this metering."""
        self.advice.show_advice(advice)


def _titled(title: str, part: QWidget) -> QWidget:
    whole = QWidget()
    column = QVBoxLayout(whole)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(4)
    column.addWidget(PlainLabel(title))
    column.addLayout(row_of(part, None))
    return whole
