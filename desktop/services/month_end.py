"""What the rest of a month is expected to bring, and how far it may be from that.

Each day that is left is taken to be like the mean of its weekday in the last weeks, for every
customer and endpoint by itself; then everything is priced as a bill would be, so that tiers, minima
and maxima count. The band is what comes out if those days are all as weak, or as strong, as the
weakest or strongest of the weeks in requests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from desktop.domain import calendar
from desktop.domain.ids import CustomerId
from desktop.domain.usage import DateRange
from desktop.services.storage.month_cells import Cells
from desktop.services.used import UNITS_METER, Usage, columns_of, together

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId

WEEKS: Final = 4
WEEK: Final = 7
BY_WEEKDAY: Final = """
    SELECT endpoint_id, customer_id, day % 7, sum(quantity), sum(events), max(peak)
    FROM customer_days
    WHERE application_id = :app AND day >= :start AND day < :end AND meter = :meter
    GROUP BY endpoint_id, customer_id, day % 7
"""
BY_WEEK: Final = """
    SELECT (day - :start) / 7, sum(events) FROM customer_days
    WHERE application_id = :app AND day >= :start AND day < :end AND meter = :meter
    GROUP BY 1
"""
FIRST_DAY: Final = """
    SELECT min(day) FROM customer_day_sums WHERE application_id = :app AND day >= :start
"""


@dataclass(frozen=True, slots=True)
class Band:
    """Factors on the expected usage of the days that are left."""

    low: float
    expected: float
    high: float


class Outlook:
    """The usage that is expected of an application's days from a day on."""

    def __init__(
        self, db: Connection, application_id: ApplicationId, today: date, usage: Usage
    ) -> None:
        self._db = db
        self._usage = usage
        self._values: dict[str, str | int] = {"app": application_id, "meter": UNITS_METER}
        self._today = calendar.day_number(today)
        self.weeks = self._whole_weeks()
        self._values |= {"start": self._today - WEEK * self.weeks, "end": self._today}

    def band(self) -> Band:
        """How the weakest and the strongest of the weeks compare with their mean."""
        events = [0.0] * self.weeks
        for week, count in self._db.execute(BY_WEEK, self._values):
            events[week] = float(count)
        mean = sum(events) / max(len(events), 1)
        if mean == 0:
            return Band(1.0, 1.0, 1.0)
        return Band(min(events) / mean, 1.0, max(events) / mean)

    def of_days(self, days: DateRange, factor: float) -> Mapping[str, Cells]:
        """Cells by endpoint for days to come; empty without a whole week to go by."""
        left = [0] * WEEK
        for day in calendar.days(days):
            left[calendar.day_number(day) % WEEK] += 1
        found: dict[tuple[str, int], list[tuple[int, ...]]] = defaultdict(list)
        if self.weeks and any(left):
            for end, customer, weekday, *numbers in self._db.execute(BY_WEEKDAY, self._values):
                times = factor * left[weekday] / self.weeks
                number = self._usage.population.number_of(CustomerId(customer))
                if times:
                    found[end, weekday].append((number, *_scaled(numbers, times)))
        by_endpoint: dict[str, list[Cells]] = defaultdict(list)
        for (end, _), rows in found.items():
            by_endpoint[end].append(self._usage.billed(columns_of(rows), days.start))
        size = len(self._usage.population)
        return {end: together(cells, size) for end, cells in by_endpoint.items()}

    def _whole_weeks(self) -> int:
        """Weeks before today in which there were days at all, at most four."""
        values = self._values | {"start": self._today - WEEK * WEEKS}
        (first,) = self._db.execute(FIRST_DAY, values).fetchone()
        return 0 if first is None else max(0, min(WEEKS, (self._today - int(first)) // WEEK))


def _scaled(numbers: list[int], times: float) -> tuple[int, int, int]:
    quantity, events, peak = numbers
    return round(quantity * times), round(events * times), peak


def days_left(days: DateRange, today: date) -> DateRange | None:
    """The part of some days that lies after today; None when all are past."""
    start = max(days.start, today + timedelta(days=1))
    return DateRange(start, days.end) if start < days.end else None
