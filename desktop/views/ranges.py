"""The choice of a period, in whole local days."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from desktop.domain.usage import DateRange
from desktop.views.day_edit import DayEdit
from desktop.views.text import PlainLabel

DASHBOARD_DAYS: Final = (7, 30, 90)
USAGE_DAYS: Final = (1, 7, 30, 90, 365)
USUAL_DAYS: Final = 30


@contextmanager
def blocked(part: QObject) -> Iterator[None]:
    """Change a control without its telling anybody."""
    part.blockSignals(True)  # noqa: FBT003 (Qt's signature)
    try:
        yield
    finally:
        part.blockSignals(False)  # noqa: FBT003 (Qt's signature)


class RangePicker(QWidget):
    """The last n days up to today, or two dates of the owner's own."""

    changed = Signal()

    def __init__(self, days: tuple[int, ...], today: Callable[[], date], *, own: bool) -> None:
        """Make a picker on the last 30 days.

        Args:
            days: lengths on offer.
            today: the current day in the time zone of the application.
            own: also offer two dates.
        """
        super().__init__()
        self._days, self._today = days, today
        self.choice = QComboBox()
        self.choice.setAccessibleName(self.tr("Period"))
        # On Linux a combo box is named by its value: the description says what it chooses.
        self.choice.setAccessibleDescription(self.tr("Period"))
        for length in days:
            self.choice.addItem(self.tr("Today") if length == 1 else self._words(length), length)
        if own:
            self.choice.addItem(self.tr("Own dates…"), 0)
        self.choice.setCurrentIndex(days.index(USUAL_DAYS))
        self.first, self.last = self._date(self.tr("First day")), self._date(self.tr("Last day"))
        self._dash = PlainLabel("\u2013", role="muted")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for part in (self.choice, self.first, self._dash, self.last):
            row.addWidget(part)
        self._show_dates()
        self.choice.currentIndexChanged.connect(self._choose)
        self.first.dateChanged.connect(self.changed)
        self.last.dateChanged.connect(self.changed)

    def _words(self, length: int) -> str:
        return self.tr("Last %n day(s)", "", length)

    def _date(self, name: str) -> DayEdit:
        edit = DayEdit(name)
        edit.setDisplayFormat("yyyy-MM-dd")
        edit.setKeyboardTracking(False)
        return edit

    def period(self) -> DateRange:
        """The chosen days; two dates in the wrong order make an empty period."""
        length = self.choice.currentData()
        if length == 0:
            return DateRange(self.first.day(), self.last.day() + timedelta(days=1))
        end = self._today() + timedelta(days=1)
        return DateRange(end - timedelta(days=length), end)

    def days(self) -> int | None:
        """Length of a period that ends today; None for the owner's own dates."""
        length: int = self.choice.currentData()
        return length or None

    def show_period(self, days: int | None, period: DateRange) -> None:
        """Choose a length that is on offer, or else own dates, without telling anybody."""
        with blocked(self.choice):
            place = self.choice.findData(days or 0)
            self.choice.setCurrentIndex(place if place >= 0 else self.choice.findData(0))
        self._set_dates(period.start, period.end - timedelta(days=1))
        self._show_dates()

    def _set_dates(self, first: date, last: date) -> None:
        for edit, day in ((self.first, first), (self.last, last)):
            with blocked(edit):
                edit.show_day(day)

    def _choose(self) -> None:
        if self.choice.currentData() == 0:
            end = self._today()
            self._set_dates(end - timedelta(days=USUAL_DAYS - 1), end)
        self._show_dates()
        self.changed.emit()

    def _show_dates(self) -> None:
        for part in (self.first, self._dash, self.last):
            part.setVisible(self.choice.currentData() == 0)
