"""A field for a day."""

from datetime import date
from typing import Final

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDateEdit

MARGIN_PX: Final = 10
"""As other fields have it; a style sheet's padding does not reach the text of this one."""


class DayEdit(QDateEdit):
    """Takes and gives Python's dates."""

    def __init__(self, name: str) -> None:
        """`name` is what the day is for, for screen readers."""
        super().__init__()
        self.setAccessibleName(name)
        self.setDisplayFormat("d MMM yyyy")
        self.lineEdit().setTextMargins(MARGIN_PX, 0, 0, 0)

    def day(self) -> date:
        """The day in the field."""
        shown = self.date()
        return date(shown.year(), shown.month(), shown.day())

    def show_day(self, day: date) -> None:
        """Put a day into the field."""
        self.setDate(QDate(day.year, day.month, day.day))
