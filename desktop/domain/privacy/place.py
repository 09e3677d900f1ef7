"""Days of the owner's place, and which of them are working days."""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Final

SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Place:
    """Working days are Monday to Friday without the holidays."""

    zone: tzinfo
    holidays: AbstractSet[date] = frozenset()
    """Whole days of the place on which nobody works."""

    def day(self, at: datetime) -> date:
        """The day on which something happened here; `at` is aware."""
        return at.astimezone(self.zone).date()

    def is_working_day(self, day: date) -> bool:
        return day.weekday() < SATURDAY and day not in self.holidays

    def add_working_days(self, day: date, number: int) -> date:
        """The last of so many working days after a day, which itself is not counted."""
        while number > 0:
            day += timedelta(days=1)
            number -= self.is_working_day(day)
        return day

    def next_working_day(self, day: date) -> date:
        """The day itself if it is one."""
        return day if self.is_working_day(day) else self.add_working_days(day, 1)
