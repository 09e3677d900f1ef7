"""What customers used in stretches of days, as columns.

Whole months come from their cells, parts of months are summed from their days.
For one application and from one picture of the vault.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from desktop.domain import calendar
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import CustomerId
from desktop.domain.usage import DateRange
from desktop.services.storage import customer_merges, month_cells, usage_queries
from desktop.services.storage.month_cells import NO_NUMBERS, NOTHING, BlockKey, Cells, TooLarge

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId

Chosen = NDArray[np.bool_]
UNITS_METER: Final = "units"
"""The meter whose rows count requests (as events) and units; every call has exactly one."""
TOO_LARGE: Final = (
    "The usage of one customer in one month is larger than can be added up here. Nothing was "
    "calculated, and nothing is wrong with what is stored. Leave this month out."
)


class Population:
    """The customers of an application by number."""

    def __init__(self, db: Connection, application_id: ApplicationId) -> None:
        numbers = month_cells.customers(db, application_id)
        size = max(numbers, default=-1) + 1
        self.ids = [CustomerId(numbers.get(number, "")) for number in range(size)]
        self._numbers = {customer: number for number, customer in enumerate(self.ids)}

    def __len__(self) -> int:
        return len(self.ids)

    def number_of(self, customer_id: CustomerId) -> int:
        """A customer's number; who never used anything gets the next one."""
        if customer_id not in self._numbers:
            self._numbers[customer_id] = len(self.ids)
            self.ids.append(customer_id)
        return self._numbers[customer_id]

    def chosen(self, customer_ids: Iterable[CustomerId]) -> Chosen:
        """Which customers are among these; all of them when there are none."""
        wanted = [self.number_of(customer_id) for customer_id in customer_ids]
        mask = np.full(len(self), fill_value=not wanted)
        mask[wanted] = True
        return mask


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that are billed together, and what was used of each endpoint in them."""

    days: DateRange
    used: Mapping[str, Cells]

    @property
    def share_of_month(self) -> Fraction:
        """Its days, of those of the month they are in."""
        return calendar.share_of_month(self.days)


def is_whole_month(days: DateRange) -> bool:
    return days == calendar.month_period(calendar.month_number(days.start))


def months_of(period: DateRange) -> tuple[DateRange, ...]:
    """The period cut at months; its first and last part may be shorter than a month."""
    found, start = [], period.start
    while start < period.end:
        end = min(calendar.month_start(calendar.month_number(start) + 1), period.end)
        found.append(DateRange(start, end))
        start = end
    return tuple(found)


class Usage:
    """Reads stretches; months that are needed often are read once.

    What a merged identity used is told as its payer's, from the day on from which they have one
    bill.
    """

    def __init__(self, db: Connection, application_id: ApplicationId) -> None:
        self._db = db
        self._application_id = application_id
        self.population = Population(db, application_id)
        self._merges = customer_merges.merges_of(db, application_id)
        for customer_id in sorted(self._merges.everyone()):
            self.population.number_of(customer_id)  # numbered before anybody counts them

    def endpoint_ids(self) -> tuple[str, ...]:
        """Every endpoint of the application that was ever seen."""
        return tuple(usage_queries.endpoints_by_id(self._db, self._application_id))

    def stretches(self, parts: Sequence[DateRange], chosen: Chosen) -> Iterator[Stretch]:
        """The usage of the chosen customers in each part. Raises: InvalidInput (too large)."""
        months = [calendar.month_number(part.start) for part in parts if is_whole_month(part)]
        whole = self._months(months)
        for part in parts:
            month = calendar.month_number(part.start)
            used = whole[month] if is_whole_month(part) else self._days(part)
            billed = {end: self.billed(cells, part.start) for end, cells in used.items()}
            yield Stretch(part, {end: _of(cells, chosen) for end, cells in billed.items()})

    def billed(self, cells: Cells, day: date) -> Cells:
        """Cells of a day as those of who pays for them. Raises: InvalidInput (too large)."""
        payers = self._merges.billed_on(day)
        if not payers:
            return cells
        numbers = np.arange(len(self.population))
        for customer_id, payer in payers.items():
            number_of = self.population.number_of
            numbers[number_of(customer_id)] = number_of(payer)
        return _folded(cells, numbers[cells.customers])

    def _months(self, months: Sequence[int]) -> Mapping[int, Mapping[str, Cells]]:
        found: dict[int, dict[str, Cells]] = defaultdict(dict)
        if months:
            span = range(min(months), max(months) + 1)
            for key, cells in self._blocks(span):
                if key.meter == UNITS_METER:
                    found[key.month][key.endpoint_id] = cells
        return found

    def _blocks(self, span: range) -> Iterator[tuple[BlockKey, Cells]]:
        try:
            yield from month_cells.blocks(self._db, self._application_id, span)
        except TooLarge as error:
            raise InvalidInput(TOO_LARGE, field="period") from error

    def _days(self, part: DateRange) -> Mapping[str, Cells]:
        """Sums of the day rows of less than a month."""
        rows = self._db.execute(
            """
            SELECT endpoint_id, customer_id, sum(quantity), sum(events), max(peak)
            FROM customer_days
            WHERE application_id = :app AND day >= :start AND day < :end AND meter = :meter
            GROUP BY endpoint_id, customer_id HAVING sum(quantity) <> 0 OR sum(events) <> 0
            ORDER BY endpoint_id
            """,
            {
                "app": self._application_id,
                "start": calendar.day_number(part.start),
                "end": calendar.day_number(part.end),
                "meter": UNITS_METER,
            },
        )
        number_of = self.population.number_of
        return {
            endpoint_id: columns_of(
                (number_of(CustomerId(customer)), *numbers) for _, customer, *numbers in found
            )
            for endpoint_id, found in groupby(rows, key=lambda row: row[0])
        }


def together(parts: Sequence[Cells], size: int) -> Cells:
    """Cells of several endpoints as if they were one. Raises: InvalidInput (too large)."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return NOTHING
    quantity, events = np.zeros(size, dtype=np.int64), np.zeros(size, dtype=np.int64)
    peak = np.full(size, np.iinfo(np.int64).min)
    touched, nearly = np.zeros(size, dtype=bool), np.zeros(size)
    for cells in parts:
        here = cells.customers
        touched[here] = True
        nearly[here] += np.abs(cells.quantity.astype(np.float64))
        quantity[here] += cells.quantity
        events[here] += cells.events
        peak[here] = np.maximum(peak[here], cells.peak)
    if nearly.max(initial=0) > month_cells.MOST:
        raise InvalidInput(TOO_LARGE, field="period")
    customers = np.flatnonzero(touched)
    return Cells(customers, quantity[customers], events[customers], peak[customers])


def _folded(cells: Cells, numbers: NDArray[np.int64]) -> Cells:
    """The cells under other numbers, those of one number as one. Raises: InvalidInput."""
    customers, place = np.unique(numbers, return_inverse=True)
    nearly = np.bincount(place, np.abs(cells.quantity.astype(np.float64)), len(customers))
    if nearly.max(initial=0) > month_cells.MOST:
        raise InvalidInput(TOO_LARGE, field="period")
    quantity, events = np.zeros_like(customers), np.zeros_like(customers)
    peak = np.full_like(customers, np.iinfo(np.int64).min)
    np.add.at(quantity, place, cells.quantity)
    np.add.at(events, place, cells.events)
    np.maximum.at(peak, place, cells.peak)
    return Cells(customers, quantity, events, peak)


def _of(cells: Cells, chosen: Chosen) -> Cells:
    if chosen.all():
        return cells
    wanted = chosen[cells.customers]
    return Cells(
        cells.customers[wanted], cells.quantity[wanted], cells.events[wanted], cells.peak[wanted]
    )


def columns_of(rows: Iterable[tuple[int, ...]]) -> Cells:
    """Cells of rows of customer, quantity, events and peak; each customer comes once."""
    ordered = sorted(rows)
    if not ordered:
        return Cells(NO_NUMBERS, NO_NUMBERS, NO_NUMBERS, NO_NUMBERS)
    return Cells(*np.array(ordered, dtype=np.int64).T)
