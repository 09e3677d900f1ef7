"""A field for a day."""

from datetime import date

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QAbstractSpinBox, QDateEdit

from desktop.views.spin import indented


class DayEdit(QDateEdit):
    """Takes and gives Python's dates; unlike Qt's own, a step goes on into the next month."""

    def __init__(self, name: str) -> None:
        """`name` is what the day is for, for screen readers."""
        super().__init__()
        self.setAccessibleName(name)
        self.setDisplayFormat("d MMM yyyy")
        indented(self)

    def day(self) -> date:
        """The day in the field."""
        shown = self.date()
        return date(shown.year(), shown.month(), shown.day())

    def show_day(self, day: date) -> None:
        """Put a day into the field."""
        self.setDate(QDate(day.year, day.month, day.day))

    def stepBy(self, steps: int) -> None:  # noqa: N802 (Qt calls it)
        """Move the part that the cursor is in; the allowed range bounds it."""
        section, day = self.currentSection(), self.date()
        if section is QDateEdit.Section.YearSection:
            moved = day.addYears(steps)
        elif section is QDateEdit.Section.MonthSection:
            moved = day.addMonths(steps)
        else:
            moved = day.addDays(steps)
        self.setDate(min(max(moved, self.minimumDate()), self.maximumDate()))
        self.setSelectedSection(section)

    def stepEnabled(self) -> QAbstractSpinBox.StepEnabledFlag:  # noqa: N802 (Qt calls it)
        """Up and down, as far as the range goes."""
        step = QAbstractSpinBox.StepEnabledFlag
        allowed = step.StepNone
        if self.date() > self.minimumDate():
            allowed |= step.StepDownEnabled
        if self.date() < self.maximumDate():
            allowed |= step.StepUpEnabled
        return allowed
