"""A field for a day."""

from datetime import date

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit

from desktop.views.spin import indented


class DayEdit(QDateEdit):
    """Takes and gives Python's dates."""

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
