"""The choice of whole months, or of two dates."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from desktop.domain.calendar import month_number, month_period, month_start
from desktop.domain.usage import DateRange
from desktop.views.day_edit import DayEdit
from desktop.views.text import PlainLabel

FULL_MONTHS: Final = (1, 3, 12)
THIS_MONTH: Final = 0
OWN: Final = -1


class MonthsPicker(QWidget):
    """The last whole months, this month, or two dates of the owner's own."""

    changed = Signal()

    def __init__(self, today: Callable[[], date]) -> None:
        """Make a picker on the last twelve months; `today` is that of the application."""
        super().__init__()
        self._today = today
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Period"))
        # On Linux a combo box is named by its value: the description says what it chooses.
        self.choice.setAccessibleDescription(self.tr("Period"))
        for label, months in (
            (self.tr("Last month"), 1),
            (self.tr("Last 3 months"), 3),
            (self.tr("Last 12 months"), 12),
            (self.tr("This month"), THIS_MONTH),
            (self.tr("Own dates…"), OWN),
        ):
            self.choice.addItem(label, months)
        self.choice.setCurrentIndex(2)
        self.first, self.last = DayEdit(self.tr("First day")), DayEdit(self.tr("Last day"))
        self._dash = PlainLabel("\u2013", role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.choice, self.first, self._dash, self.last):
            row.addWidget(part)
        self._show_dates()
        self.choice.activated.connect(self._choose)
        for edit in (self.first, self.last):
            edit.setKeyboardTracking(False)
            edit.dateChanged.connect(self.changed)

    def period(self) -> DateRange:
        """The chosen days; two dates in the wrong order make an empty period."""
        months = self.choice.currentData()
        if months == OWN:
            return DateRange(self.first.day(), self.last.day() + timedelta(days=1))
        now = month_number(self._today())
        if months == THIS_MONTH:
            return month_period(now)
        return DateRange(month_start(now - months), month_start(now))

    def show_period(self, period: DateRange) -> None:
        """Choose what gives this period, without telling anybody."""
        for place in range(self.choice.count() - 1):
            self.choice.setCurrentIndex(place)
            if self.period() == period:
                self._show_dates()
                return
        self.choice.setCurrentIndex(self.choice.count() - 1)
        self._put_dates(period)

    def _choose(self) -> None:
        if self.choice.currentData() == OWN:
            now = month_number(self._today())
            self._put_dates(DateRange(month_start(now - 1), month_start(now)))
        self._show_dates()
        self.changed.emit()

    def _put_dates(self, period: DateRange) -> None:
        for edit, day in ((self.first, period.start), (self.last, period.end - timedelta(days=1))):
            edit.blockSignals(True)  # noqa: FBT003 (Qt's signature)
            edit.show_day(day)
            edit.blockSignals(False)  # noqa: FBT003 (Qt's signature)
        self._show_dates()

    def _show_dates(self) -> None:
        for part in (self.first, self._dash, self.last):
            part.setVisible(self.choice.currentData() == OWN)
