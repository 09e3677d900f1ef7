"""Tries a metering on a call made up here, and on calls that were recorded."""

from datetime import datetime

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.policies import MeteringTrial, SampleCall, TriedCall
from desktop.views import figures
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.page import row_of
from desktop.views.text import PlainLabel


class MeteringBench(QWidget):
    """A few facts about a call, and what it would count."""

    trial_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        labels = {
            "amount": self.tr("Reported"),
            "status": self.tr("Status"),
            "duration_ms": self.tr("ms"),
            "tokens": self.tr("Tokens"),
            "response_bytes": self.tr("Bytes"),
        }
        self.fields = {name: FormField(label, QLineEdit()) for name, label in labels.items()}
        self.run = Button(self.tr("&Try it"), icon_name="play")
        self.run.clicked.connect(self.trial_wanted)
        self.result = PlainLabel(role="heading", wrap=True)
        self._recorded = Lines()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self._column.addWidget(PlainLabel(self.tr("Try it on a call").upper(), role="section"))
        self._column.addLayout(row_of(*self.fields.values()))
        answer = row_of(self.run, self.result)
        answer.setStretch(1, 1)
        self._column.addLayout(answer)
        self._column.addWidget(self._recorded)
        self._lines()["amount"].setText("1")
        self._lines()["status"].setText("200")

    def _lines(self) -> dict[str, QLineEdit]:
        controls = {name: field.control for name, field in self.fields.items()}
        return {name: line for name, line in controls.items() if isinstance(line, QLineEdit)}

    def sample(self) -> SampleCall:
        """The call to try."""
        return SampleCall(**{name: line.text() for name, line in self._lines().items()})

    def clear(self) -> None:
        """Forget a result that is about something else."""
        self.result.setText("")
        self._show_recorded(())
        self.explain(None)

    def show_trial(self, trial: MeteringTrial) -> None:
        """Show what calls would count."""
        self.explain(None)
        counted = trial.sample.counted
        said = self.tr("This call counts {amount}.").format(amount=counted)
        if trial.sample.odd:
            said += " " + self.tr("It cannot be worked out exactly, and would be marked.")
        self.result.setText(said)
        self._show_recorded(trial.recorded)

    def explain(self, error: AppError | None) -> bool:
        """Say what is wrong beside its field; whether it is about one."""
        wrong = error.field if error is not None else None
        for name, field in self.fields.items():
            field.explain(str(error) if name == wrong else "")
        return wrong in self.fields

    def _show_recorded(self, calls: tuple[TriedCall, ...]) -> None:
        self._recorded.fill((self._table(calls),) if calls else ())

    def _table(self, calls: tuple[TriedCall, ...]) -> QWidget:
        table = QWidget()
        grid = QGridLayout(table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(24)
        titles = (self.tr("Recorded call"), self.tr("Reported"), self.tr("Would count"))
        for column, title in enumerate(titles):
            grid.addWidget(PlainLabel(title.upper(), role="section"), 0, column)
        for row, call in enumerate(calls, start=1):
            moment = figures.moment(datetime.fromisoformat(call.title))
            counted = self.tr("{amount}, marked") if call.odd else "{amount}"
            texts = (moment, call.reported, counted.format(amount=call.counted))
            for column, text in enumerate(texts):
                grid.addWidget(PlainLabel(text), row, column)
        return table
