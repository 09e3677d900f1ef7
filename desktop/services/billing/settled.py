"""Usage that is settled: whole days that are over, by caller and rule, with their revision."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from desktop.domain import calendar
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.usage import DateRange
from desktop.services.billing_periods import Periods
from desktop.services.storage import applications

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.usage import Stamp

Used = Mapping[tuple[CustomerId, RuleId], int]
"""Millionths of a unit by caller and rule."""


@dataclass(frozen=True, slots=True)
class SettledDay:
    """One local day of an application."""

    day: date
    used: Used
    basis: Mapping[CustomerId, int]
    """The newest revision of the rows a caller's usage was added up from."""


class SettledUsage:
    """Days from one picture of the vault. Raises: InvalidInput (too large), VaultError."""

    def __init__(self, db: "Connection", application_id: ApplicationId) -> None:
        self._db = db
        self._application_id = application_id
        self._periods = Periods(db, application_id)
        self.zone = applications.zones(db)(application_id)

    def end_of(self, period: DateRange, stamp: "Stamp", now: datetime) -> date:
        """The first day of a period that is not settled: today, or what was not synced to its end.

        A day is over when it is over in the application's time zone and was synced after that.
        """
        today = calendar.today(now, self.zone)
        synced = period.start if stamp.as_of is None else calendar.today(stamp.as_of, self.zone)
        return max(period.start, min(period.end, today, synced))

    def on(self, day: date) -> SettledDay:
        """What every caller used of each rule on a day."""
        used: dict[tuple[CustomerId, RuleId], int] = defaultdict(int)
        period = DateRange(day, day + timedelta(days=1))
        ids = self._periods.usage.population.ids
        for stretch, prices, _ in self._periods.stretches(period):
            for version, cells in prices.counted(stretch):
                pairs = zip(cells.customers.tolist(), cells.quantity.tolist(), strict=True)
                for number, micro in pairs:
                    used[ids[number], version.rule_id] += micro
        return SettledDay(day, used, self._basis(day))

    def _basis(self, day: date) -> dict[CustomerId, int]:
        rows = self._db.execute(
            """
            SELECT customer_id, max(revision) FROM customer_days
            WHERE application_id = :id AND day = :day GROUP BY customer_id
            """,
            {"id": self._application_id, "day": calendar.day_number(day)},
        )
        return {CustomerId(customer): int(revision) for customer, revision in rows}
