"""The controls of a question: measure, groups, grain, days, comparison, how many groups."""

from collections.abc import Callable
from datetime import date
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.ids import ApplicationId
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import Filter, Grain, Question
from desktop.views.choice import Choice
from desktop.views.combo import ElidedCombo
from desktop.views.combo_of import ComboOf
from desktop.views.page import row_of
from desktop.views.ranges import USAGE_DAYS, RangePicker
from desktop.views.usage import words

TOPS: Final = (3, 5, 10, 20)
USUAL_TOP: Final = 5
MEASURE_PX: Final = 148
GROUP_PX: Final = 148
COMPARE_PX: Final = 160


class QuestionBar(QWidget):
    """Tells of the owner's changes only."""

    changed = Signal()

    def __init__(self, today: Callable[[], date]) -> None:
        """`today` tells the current day in the time zone of the application."""
        super().__init__()
        self.measure = ComboOf(self.tr("Measure"), words.MEASURES, words.say)
        self.group = ComboOf(self.tr("Group by"), words.GROUPS, words.say)
        self.grain = Choice(
            self.tr("Grain"),
            tuple((grain, words.say(word)) for grain, word in words.GRAINS.items()),
        )
        self.grain.choose(Grain.DAY)
        self.range = RangePicker(USAGE_DAYS, today, own=True)
        self.comparison = ComboOf(self.tr("Compare"), words.COMPARISONS, words.say)
        self.top = self._top()
        for combo, width in (
            (self.measure, MEASURE_PX),
            (self.group, GROUP_PX),
            (self.comparison, COMPARE_PX),
        ):
            combo.setFixedWidth(width)
            combo.chosen.connect(self.changed)
        self.top.activated.connect(lambda _: self.changed.emit())
        for control in (self.grain, self.range):
            control.changed.connect(self.changed)
        parts = (self.measure, self.group, self.top, self.grain, self.range, self.comparison)
        row = row_of(*parts, None)
        row.setContentsMargins(0, 0, 0, 0)
        self.setLayout(row)

    def _top(self) -> ElidedCombo:
        combo = ElidedCombo()
        # A link may ask for more groups than are offered: the field grows with its number.
        combo.setSizeAdjustPolicy(ElidedCombo.SizeAdjustPolicy.AdjustToContents)
        combo.setAccessibleName(self.tr("Largest groups"))
        # On Linux a combo box is named by its value: the description says what it chooses.
        combo.setAccessibleDescription(self.tr("Largest groups"))
        for count in TOPS:
            combo.addItem(self.tr("top {count}").format(count=count), count)
        combo.setCurrentIndex(TOPS.index(USUAL_TOP))
        return combo

    def days(self) -> int | None:
        """Length of a period that ends today; None where the owner chose dates."""
        return self.range.days()

    def question(
        self, application_id: ApplicationId | None, filters: tuple[Filter, ...]
    ) -> Question:
        """What the controls ask for."""
        return Question(
            self.range.period(),
            self.measure.value(),
            application_id,
            self.grain.value(),
            self.group.value(),
            filters,
            self.comparison.value(),
            self.top.currentData(),
        )

    def show_question(self, question: Question, days: int | None) -> None:
        """Put the controls where they ask this, without telling anybody."""
        self.measure.choose(question.measure)
        self.group.choose(question.group_by)
        self.grain.choose(question.grain if question.grain in words.GRAINS else Grain.DAY)
        self.comparison.choose(question.comparison)
        self.range.show_period(days, question.period)
        place = self.top.findData(question.top)
        if place < 0:
            self.top.addItem(self.tr("top {count}").format(count=question.top), question.top)
            place = self.top.count() - 1
        self.top.setCurrentIndex(place)

    def zoom_to_days(self, period: DateRange) -> None:
        """Ask for other days, as the owner's own dates."""
        self.range.show_period(None, period)
        self.changed.emit()

    def enable_for(self, uses: frozenset[str]) -> None:
        """Let only those controls be used that a kind of chart asks about.

        Args:
            uses: among `measure`, `group`, `grain`, `comparison` and `top`.
        """
        controls: dict[str, QWidget] = {
            "measure": self.measure,
            "group": self.group,
            "grain": self.grain,
            "comparison": self.comparison,
            "top": self.top,
        }
        for name, control in controls.items():
            control.setEnabled(name in uses)
