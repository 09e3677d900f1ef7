"""Revenue of days: what the bills grow by on them, under the rules and plans that hold.

A bill runs from the first of a month, or from where rules or plans change within it, as invoices
do. The revenue of some days is what it comes to at their end less what it came to before them: days
add up to their month, tiers and minima included. What one rule charges for several endpoints is
split among them by what was used, in whole minor units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contract.terms import Meter
from desktop.domain import calendar
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import FIXED_PRICES, NO_PLAN, OTHER, Dimension
from desktop.services.billing_periods import Periods
from desktop.services.bills import Charges, PriceList
from desktop.services.calls import Report
from desktop.services.storage.month_cells import Cells
from desktop.services.usage_found import Found, Tally, Unit, found_sums, ranked
from desktop.services.usage_frames import Frame
from desktop.services.usage_scope import Scope
from desktop.services.used import Chosen, Stretch, together

if TYPE_CHECKING:
    from contract.pricing.rule import Currency
    from desktop.services.storage.packed import Integers

_OF_ENDPOINTS = frozenset({Dimension.ENDPOINT, Dimension.METHOD})


class Slot(NamedTuple):
    """What an amount is for."""

    currency: Currency
    key: str


Amounts = dict[Slot, int]
"""Minor units."""


def earned(
    scopes: Sequence[Scope], frame: Frame, keys: Sequence[str] | None, report: Report
) -> list[Found]:
    """The answer's numbers, a currency at a time; as `usage_counts.counted`."""
    tallies: dict[Currency, Tally] = defaultdict(Tally)
    left_out = done = 0
    for scope in scopes:
        if scope.is_left_out:
            continue
        earnings = _Earnings(scope, frame)
        for place, amounts in earnings.by_bucket():
            done += 1
            report(done)
            for (currency, key), minor in amounts.items():
                tallies[currency].add(key, place, minor)
        left_out += earnings.not_priced
    question = scopes[0].question
    found = []
    for currency, tally in sorted(tallies.items(), key=lambda one: one[0].code):
        chosen = None
        if question.group_by is not None:
            chosen = ranked(tally.by_key)[: question.top] if keys is None else keys
        numbers = found_sums(tally, chosen, frame.size, Unit(currency.code, currency.digits))
        numbers.left_out = left_out
        found.append(numbers)
    return found


class _Earnings:
    """Revenue of one application."""

    def __init__(self, scope: Scope, frame: Frame) -> None:
        self._scope, self._frame = scope, frame
        self._periods = Periods(scope.db, scope.application.application_id)
        self._chosen = self._chosen_customers()
        self.not_priced = 0
        """Calls that need a price over single calls and are not held."""

    def by_bucket(self) -> Iterator[tuple[int, Amounts]]:
        """Place and amounts; a place may come several times."""
        period = self._frame.period
        stretches = self._periods.book.stretches(period.start.replace(day=1), period.end)
        bills = [DateRange(*days) for days in stretches if days[1] > period.start]
        parts = [self._parts(bill) for bill in bills]
        # All at once: what is read of a month is read once.
        used = self._periods.usage.stretches(list(chain.from_iterable(parts)), self._chosen)
        for bill, its_parts in zip(bills, parts, strict=True):
            yield from self._bill(bill, islice(used, len(its_parts)))

    def _bill(self, days: DateRange, used: Iterator[Stretch]) -> Iterator[tuple[int, Amounts]]:
        """The days of one bill, a bucket at a time."""
        prices = self._periods.prices_on(days.start)
        before: Amounts = {}
        running: Mapping[str, Cells] = {}
        missing = 0
        for new in used:
            running = self._joined(running, new.used)
            end = new.days.end
            stretch = Stretch(DateRange(days.start, end), running)
            charges = list(prices.charges(stretch, self._chosen))
            amounts = self._amounts(prices, charges)
            not_priced = _not_priced(charges)
            if end > self._frame.period.start:
                grown = {
                    slot: amounts.get(slot, 0) - before.get(slot, 0)
                    for slot in amounts.keys() | before.keys()
                }
                yield self._frame.place_of_day(calendar.day_number(end) - 1), grown
                self.not_priced += not_priced - missing
            before, missing = amounts, not_priced

    def _parts(self, days: DateRange) -> list[DateRange]:
        """A bill cut where buckets end."""
        return [DateRange(*pair) for pair in pairwise([days.start, *self._cuts(days)])]

    def _cuts(self, days: DateRange) -> list[date]:
        """Where buckets end within a bill, and where the period begins."""
        place, period = self._frame.place_of_day, self._frame.period
        first = max(days.start, period.start)
        cuts = [first] if first > days.start else []
        inner = [calendar.day_number(day) for day in calendar.days(DateRange(first, days.end))][1:]
        cuts += [calendar.day_of_number(day) for day in inner if place(day) != place(day - 1)]
        return [*cuts, days.end]

    def _joined(
        self, running: Mapping[str, Cells], new: Mapping[str, Cells]
    ) -> Mapping[str, Cells]:
        if not running:
            return new
        size = len(self._periods.usage.population)
        return {
            end: together([used[end] for used in (running, new) if end in used], size)
            for end in running.keys() | new.keys()
        }

    def _amounts(self, prices: PriceList, all_charges: Iterable[Charges]) -> Amounts:
        amounts: Amounts = defaultdict(int)
        rules = self._scope.keys_of(Dimension.RULE)
        for charges in all_charges:
            if charges.version.rule_id not in rules:
                continue
            for key, minor in self._by_key(prices, charges):
                amounts[Slot(charges.currency, key)] += minor
        return amounts

    def _by_key(self, prices: PriceList, charges: Charges) -> Iterator[tuple[str, int]]:
        """The charges by the groups of the question, as far as its filters leave them."""
        here = self._on_chosen_plans(prices, charges)
        if self._scope.used & _OF_ENDPOINTS:
            yield from self._by_endpoint(prices, charges, here)
        else:
            yield from self._by_member(prices, charges, charges.minor * here)

    def _by_endpoint(
        self, prices: PriceList, charges: Charges, here: Chosen
    ) -> Iterator[tuple[str, int]]:
        endpoints = self._scope.keys_of(Dimension.ENDPOINT)
        methods = self._scope.keys_of(Dimension.METHOD)
        grouping = self._scope.question.group_by
        for endpoint_id, minor in _shares(charges):
            method = (
                self._scope.method_of(endpoint_id) if endpoint_id != FIXED_PRICES else endpoint_id
            )
            if endpoint_id not in endpoints or method not in methods:
                continue
            if grouping in _OF_ENDPOINTS:
                key = endpoint_id if grouping is Dimension.ENDPOINT else method
                yield key, int((minor * here).sum())
            else:
                yield from self._by_member(prices, charges, minor * here)

    def _by_member(
        self, prices: PriceList, charges: Charges, minor: Integers
    ) -> Iterator[tuple[str, int]]:
        """Amounts, parallel to the charges' customers, by any group but endpoints."""
        customers = charges.cells.customers
        match self._scope.question.group_by:
            case Dimension.CUSTOMER:
                ids = self._periods.usage.population.ids
                for place in np.flatnonzero(minor):
                    yield self._scope.merged_key(ids[int(customers[place])]), int(minor[place])
            case Dimension.PLAN:
                numbers = prices.plan_numbers()[customers]
                for number in np.unique(numbers):
                    plan = prices.plan_ids[int(number)] or NO_PLAN
                    yield plan, int(minor[numbers == number].sum())
            case Dimension.RULE:
                yield charges.version.rule_id, int(minor.sum())
            case Dimension.APPLICATION:
                yield self._scope.application.application_id, int(minor.sum())
            case _:
                yield OTHER, int(minor.sum())

    def _on_chosen_plans(self, prices: PriceList, charges: Charges) -> Chosen:
        keys = self._scope.keys_of(Dimension.PLAN)
        customers = charges.cells.customers
        if keys.are_all:
            return np.ones(len(customers), dtype=bool)
        fitting = np.array([(plan or NO_PLAN) in keys for plan in prices.plan_ids])
        return fitting[prices.plan_numbers()[customers]]

    def _chosen_customers(self) -> Chosen:
        keys, scope = self._scope.keys_of(Dimension.CUSTOMER), self._scope
        population = self._periods.usage.population
        if keys.are_all:
            return population.chosen(())
        fitting = [scope.merged_key(customer) in keys for customer in population.ids]
        return np.array(fitting, dtype=bool)


def _not_priced(all_charges: Iterable[Charges]) -> int:
    known = (charges.coverage for charges in all_charges)
    return sum(one.of_calls - one.calls for one in known if one is not None)


def _shares(charges: Charges) -> Iterator[tuple[str, Integers]]:
    """Amounts by endpoint, each parallel to the charges' customers; they add up to the charges."""
    endpoints = charges.endpoints
    if not endpoints:
        yield FIXED_PRICES, charges.minor
        return
    if len(endpoints) == 1:
        yield endpoints[0], charges.minor
        return
    customers = charges.cells.customers
    weights = np.zeros((len(endpoints), len(customers)), dtype=np.int64)
    for row, endpoint_id in enumerate(endpoints):
        cells = charges.parts[endpoint_id]
        known = np.isin(cells.customers, customers)
        places = np.searchsorted(customers, cells.customers[known])
        used = cells.events if charges.version.meter is Meter.REQUESTS else cells.quantity
        weights[row, places] = np.maximum(used[known], 0)
    split = [
        split_by_weight(amount, of)
        for amount, of in zip(charges.minor.tolist(), weights.T.tolist(), strict=True)
    ]
    yield from zip(
        endpoints, np.array(split, dtype=np.int64).reshape(-1, len(endpoints)).T, strict=True
    )


def split_by_weight(amount: int, weights: Sequence[int]) -> list[int]:
    """Whole parts of an amount, by the largest remainder; all to the first where nothing weighs."""
    total = sum(weights)
    if not total:
        return [amount, *[0] * (len(weights) - 1)]
    parts = [amount * weight // total for weight in weights]
    order = sorted(range(len(weights)), key=lambda place: -(amount * weights[place] % total))
    for place in order[: amount - sum(parts)]:
        parts[place] += 1
    return parts
