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
from functools import cached_property
from itertools import chain, islice, pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from contract.terms import Meter
from desktop.domain import calendar
from desktop.domain.usage import DateRange
from desktop.domain.usage_questions import FIXED_PRICES, NO_PLAN, OTHER, Dimension, Grain
from desktop.services.billing_periods import Periods
from desktop.services.bills import Charges, PriceList
from desktop.services.calls import Report
from desktop.services.storage import revenue_months
from desktop.services.storage.month_cells import Cells
from desktop.services.storage.revenue_months import MonthRevenue, RuleRevenue
from desktop.services.usage_found import Found, Tally, Unit, found_sums, ranked
from desktop.services.usage_frames import Frame
from desktop.services.usage_scope import Scope
from desktop.services.used import Chosen, Stretch, months_of, together

if TYPE_CHECKING:
    from desktop.services.storage.packed import Integers

_OF_ENDPOINTS = frozenset({Dimension.ENDPOINT, Dimension.METHOD})


class Slot(NamedTuple):
    """What an amount is for."""

    unit: Unit
    """A currency."""
    key: str


Amounts = dict[Slot, int]
"""Minor units."""


def earned(
    scopes: Sequence[Scope],
    frame: Frame,
    keys: Sequence[str] | None,
    report: Report,
    made: list[MonthRevenue],
) -> list[Found]:
    """The answer's numbers, a currency at a time; as `usage_counts.counted`.

    What was worked out of whole months, and can be kept, is added to `made`.
    """
    tallies: dict[Unit, Tally] = defaultdict(lambda: Tally(frame.size))
    left_out = done = 0
    for scope in scopes:
        if scope.is_left_out:
            continue
        earnings = _Earnings(scope, frame)
        for place, amounts in earnings.by_bucket():
            done += 1
            report(done)
            for (unit, key), minor in amounts.items():
                tallies[unit].add(key, place, minor)
        left_out += earnings.not_priced
        made += earnings.made()
    question = scopes[0].question
    found = []
    for unit, tally in sorted(tallies.items()):
        chosen = None
        if question.group_by is not None:
            chosen = ranked(tally.by_key)[: question.top] if keys is None else keys
        numbers = found_sums(tally, chosen, unit)
        numbers.left_out = left_out
        found.append(numbers)
    return found


class _Earnings:
    """Revenue of one application."""

    def __init__(self, scope: Scope, frame: Frame) -> None:
        self._scope, self._frame = scope, frame
        self.not_priced = 0
        """Calls that need a price over single calls and are not held."""
        self._has_months = _needs_rules_only(scope)
        self._whole_months = self._wanted_months()
        self._kept = revenue_months.kept(
            scope.db, scope.application.application_id, self._whole_months
        )
        self._made: dict[int, Amounts] = {
            month: {} for month in self._whole_months if month not in self._kept
        }
        self._by_calls: set[int] = set()
        """Months with prices over single calls, of which more may be opened."""

    def _wanted_months(self) -> Sequence[int]:
        """Whole months of the period; none where their sums by rule would not do."""
        period = self._frame.period
        if not self._has_months:
            return ()
        first = calendar.month_number(period.start) + (period.start.day > 1)
        return range(first, calendar.month_number(period.end))

    @cached_property
    def _periods(self) -> Periods:
        return Periods(self._scope.db, self._scope.application.application_id)

    @cached_property
    def _chosen(self) -> Chosen:
        keys, scope = self._scope.keys_of(Dimension.CUSTOMER), self._scope
        population = self._periods.usage.population
        if keys.are_all:
            return population.chosen(())
        fitting = [scope.merged_key(customer) in keys for customer in population.ids]
        return np.array(fitting, dtype=bool)

    def by_bucket(self) -> Iterator[tuple[int, Amounts]]:
        """Place and amounts; a place may come several times."""
        place_of_day = self._frame.place_of_day
        for month, kept in self._kept.items():
            day = calendar.day_number(calendar.month_start(month))
            slots = ((Slot(Unit(one.currency, one.digits), one.rule_id), one.minor)
                     for one in kept.rules)  # fmt: skip
            yield place_of_day(day), self._by_group(dict(slots))
        bills = [bill for bill in self._bills() if month_of(bill) not in self._kept]
        if not bills:
            return
        parts = [self._parts(bill) for bill in bills]
        # All at once: what is read of a month is read once.
        used = self._periods.usage.stretches(list(chain.from_iterable(parts)), self._chosen)
        for bill, its_parts in zip(bills, parts, strict=True):
            for place, amounts in self._bill(bill, islice(used, len(its_parts))):
                self._note(month_of(bill), amounts)
                yield place, self._by_group(amounts)

    def made(self) -> list[MonthRevenue]:
        """Whole months that were worked out from sums alone."""
        return [
            MonthRevenue(
                self._scope.application.application_id,
                month,
                tuple(
                    RuleRevenue(rule_id, *unit, minor) for (unit, rule_id), minor in amounts.items()
                ),
            )
            for month, amounts in self._made.items()
            if month not in self._by_calls
        ]

    def _bills(self) -> list[DateRange]:
        period = self._frame.period
        if self._kept and all(month_of(part) in self._kept for part in months_of(period)):
            return []
        stretches = self._periods.book.stretches(period.start.replace(day=1), period.end)
        return [DateRange(*days) for days in stretches if days[1] > period.start]

    def _note(self, month: int, amounts: Amounts) -> None:
        if month in self._whole_months:
            sums = self._made[month]
            for slot, minor in amounts.items():
                sums[slot] = sums.get(slot, 0) + minor

    def _by_group(self, amounts: Amounts) -> Amounts:
        """Amounts of rules as those of the question's groups."""
        if not self._has_months:
            return amounts
        grouping, rules = self._scope.question.group_by, self._scope.keys_of(Dimension.RULE)
        together = self._scope.application.application_id
        found: Amounts = defaultdict(int)
        for slot, minor in amounts.items():
            if slot.key in rules:
                key = slot.key if grouping is Dimension.RULE else together if grouping else OTHER
                found[Slot(slot.unit, key)] += minor
        return found

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
            if any(one.coverage is not None for one in charges):
                self._by_calls.add(month_of(days))
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
            unit, rule_id = (
                Unit(charges.currency.code, charges.currency.digits),
                charges.version.rule_id,
            )
            if self._has_months:
                amounts[Slot(unit, rule_id)] += int(charges.minor.sum())
            elif rule_id in rules:
                for key, minor in self._by_key(prices, charges):
                    amounts[Slot(unit, key)] += minor
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


def month_of(days: DateRange) -> int:
    """The month that some days are in."""
    return calendar.month_number(days.start)


def _needs_rules_only(scope: Scope) -> bool:
    """Whether the sums of rules by month answer the question."""
    rules = {Dimension.RULE, Dimension.APPLICATION}
    return scope.used <= rules and scope.question.grain in {Grain.MONTH, Grain.WHOLE}


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
