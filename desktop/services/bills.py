"""Bills by columns: which version prices what of whom, and what it comes to.

One pass over a stretch of days gives charges of many customers at once, a version at a time. What
needs single events is priced over the calls that the vault holds, one customer after the other, and
says how much of the usage that covers.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from contract.pricing.currencies import MINOR_DIGITS
from contract.pricing.parsing import rule_from
from contract.pricing.rounding import Rounding, half_away
from contract.pricing.rule import Currency, Model, Rule
from contract.pricing.writing import canonical_text
from contract.terms import Meter
from desktop.domain.errors import InvalidInput
from desktop.domain.money import Money
from desktop.domain.pricing.cell_columns import CellColumns
from desktop.domain.pricing.cell_usage import is_one_cell, usage_of_cell
from desktop.domain.pricing.columns import ColumnEngine
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.published import RuleVersion
from desktop.domain.pricing.usage import Usage
from desktop.services.held_calls import HeldCall, days_in_month, usages
from desktop.services.storage.month_cells import Cells
from desktop.services.storage.packed import Integers
from desktop.services.used import Chosen, Population, Stretch, together

if TYPE_CHECKING:
    from desktop.domain.ids import CustomerId
    from desktop.domain.pricing.rulebook import DayRules, Endpoint
    from desktop.services.held_calls import HeldCalls

MICRO: Final = 10**6
METERED: Final = frozenset({Meter.UNITS, Meter.REQUESTS})
"""Meters whose sums are known for every day; other ones are read from single calls."""


WHOLE: Final = Fraction(1)
NO_VERSION: Final = -1


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the usage single calls told of; days are those of the first and last call."""

    calls: int
    of_calls: int
    first: date | None
    last: date | None

    def __add__(self, other: Coverage) -> Coverage:
        days = [day for day in (self.first, self.last, other.first, other.last) if day]
        return Coverage(
            self.calls + other.calls,
            self.of_calls + other.of_calls,
            min(days, default=None),
            max(days, default=None),
        )


@dataclass(frozen=True, slots=True)
class Charges:
    """What one version charges its customers for one stretch. `minor` is parallel to the cells."""

    version: RuleVersion
    stretch: Stretch
    cells: Cells
    minor: Integers
    rated: Callable[[Rule], Integers]
    """What the same usage costs by another rule of the same model and meter."""
    usage_at: Callable[[int], Usage]
    """The usage of the cell at a place, as the engine takes it."""
    parts: Mapping[str, Cells] = field(default_factory=dict)
    """The usage that is in it, by endpoint id; a fixed price is for none."""
    coverage: Coverage | None = None
    """None where the sums of all usage were priced."""
    share: Fraction = WHOLE
    """What part of a flat price is due: its days, of those of the month."""

    @property
    def endpoints(self) -> tuple[str, ...]:
        """Ids of the endpoints whose usage is in it, in order."""
        return tuple(sorted(self.parts))

    @property
    def currency(self) -> Currency:
        return payable(self.version).currency

    def money(self, minor: int) -> Money:
        return money_of(minor, self.currency)


class PriceList:
    """The rules of one day, worked out for every customer and endpoint."""

    def __init__(
        self,
        rules: DayRules,
        endpoints: Mapping[str, Endpoint],
        population: Population,
        held: HeldCalls,
    ) -> None:
        self._rules = rules
        self._endpoints = endpoints
        self._population = population
        self._held = held
        kinds: dict[object, int] = {None: 0}
        self._someone: dict[int, CustomerId] = {}
        special = sorted(rules.special_customers)
        numbers = [population.number_of(customer) for customer in special]
        self._kind = np.zeros(len(population), dtype=np.int64)
        self.plan_ids: list[str] = [""]
        """Plans of customers, by the numbers of `plan_numbers`; the first is none."""
        self._plan = np.zeros(len(population), dtype=np.int64)
        for customer, number in zip(special, numbers, strict=True):
            self._plan[number] = self._plan_number(rules.plan_of(customer))
            kind = kinds.setdefault(rules.kind_of(customer), len(kinds))
            self._kind[number] = kind
            self._someone.setdefault(kind, customer)
        self._parts = lru_cache(maxsize=None)(self._worked_out)

    def charges(self, stretch: Stretch, chosen: Chosen) -> Iterator[Charges]:
        """Charges of a stretch, a version at a time; customers of `chosen` only.

        Raises: InvalidInput (a charge too large, or no tier for it).
        """
        for version, cells, parts in self._by_version(stretch):
            rule = payable(version)
            if version.meter in METERED and is_one_cell(rule):
                charges = _by_columns(version, stretch, _counted(version, cells))
            else:
                charges = self._by_calls(version, rule, stretch, cells, parts.keys())
            yield replace(charges, parts=parts)
        yield from self._fees(stretch, chosen)

    def counted(self, stretch: Stretch) -> Iterator[tuple[RuleVersion, Cells]]:
        """What each version counts of a stretch, by customer; only where sums of days tell it."""
        for version, cells, _ in self._by_version(stretch):
            if version.meter in METERED:
                yield version, _counted(version, cells)

    def _by_version(
        self, stretch: Stretch
    ) -> Iterator[tuple[RuleVersion, Cells, dict[str, Cells]]]:
        """The usage of a stretch by the version that prices it: together, and by endpoint."""
        mine: dict[str, dict[str, Cells]] = defaultdict(dict)
        versions: dict[str, RuleVersion] = {}
        for endpoint_id, cells in stretch.used.items():
            for version, part in self._split(endpoint_id, cells):
                versions[version.version_id] = version
                mine[version.version_id][endpoint_id] = part
        for key, parts in mine.items():
            yield versions[key], together(list(parts.values()), len(self._population)), parts

    def plan_numbers(self) -> Integers:
        """The number of each customer's plan, by the customer's number."""
        more = len(self._population) - len(self._plan)
        return np.concatenate([self._plan, np.zeros(more, dtype=np.int64)])

    def _plan_number(self, plan_id: str | None) -> int:
        plan = plan_id or ""
        if plan not in self.plan_ids:
            self.plan_ids.append(plan)
        return self.plan_ids.index(plan)

    def without_price(self, stretch: Stretch) -> int:
        """Requests of the stretch that no rule prices."""
        return sum(
            int(cells.events.sum())
            - sum(int(part.events.sum()) for _, part in self._split(endpoint_id, cells))
            for endpoint_id, cells in stretch.used.items()
        )

    def _split(self, endpoint_id: str, cells: Cells) -> Iterator[tuple[RuleVersion, Cells]]:
        """The cells of an endpoint by the version that prices them."""
        versions, of_kind = self._parts(endpoint_id)
        if len(versions) == 1 and NO_VERSION not in of_kind:
            yield versions[0], cells
            return
        places = of_kind[self._kind[cells.customers]]
        order = np.argsort(places, kind="stable")
        ends = np.searchsorted(places[order], np.arange(len(versions) + 1))
        for version, start, end in zip(versions, ends[:-1], ends[1:], strict=True):
            if start < end:
                yield version, picked(cells, np.sort(order[start:end]))

    def _worked_out(self, endpoint_id: str) -> tuple[list[RuleVersion], Integers]:
        """Versions that price an endpoint, and the place among them of each kind of customers."""
        of_kind = np.full(len(self._someone) + 1, NO_VERSION, dtype=np.int64)
        versions: list[RuleVersion] = []
        known: dict[str, int] = {}
        place = self._endpoints.get(endpoint_id)
        if place is None:
            return versions, of_kind
        for kind in range(len(of_kind)):
            someone = self._someone.get(kind)
            version = (
                self._rules.usual_for(*place)
                if someone is None
                else self._rules.version_for(someone, *place)
            )
            if version is None:
                continue
            if version.version_id not in known:
                known[version.version_id] = len(versions)
                versions.append(version)
            of_kind[kind] = known[version.version_id]
        return versions, of_kind

    def _by_calls(
        self,
        version: RuleVersion,
        rule: Rule,
        stretch: Stretch,
        cells: Cells,
        places: Collection[str],
    ) -> Charges:
        """Charges over the calls that are held, customer by customer."""
        whose = set(cells.customers.tolist())
        number_of = self._population.number_of
        calls = [
            call
            for call in self._held.in_days(stretch.days)
            if rule.model is not Model.CAPACITY  # its other limits are not told by any call
            and call.endpoint_id in places
            and number_of(call.customer_id) in whose
            and self._prices(version, call)
        ]
        found = usages(version, rule, calls, days_in_month(stretch.days.start))
        numbers = np.array(sorted(number_of(customer) for customer in found), dtype=np.int64)
        by_number = {number_of(customer): priced for customer, priced in found.items()}
        priced = [by_number[int(number)] for number in numbers]

        def rated(by: Rule) -> Integers:
            rate = RatingEngine(by).rate
            with _fitting():
                return np.array([rate(one.usage).minor.numerator for one in priced], dtype=np.int64)

        days = [day for one in priced for day in one.days]
        events = np.array([len(one.days) for one in priced], dtype=np.int64)
        units = np.array([one.micro for one in priced], dtype=np.int64)
        coverage = Coverage(
            len(days), int(cells.events.sum()), min(days, default=None), max(days, default=None)
        )
        held = Cells(numbers, units, events, units)
        usages_at = [one.usage for one in priced]
        return Charges(
            version, stretch, held, rated(rule), rated, usages_at.__getitem__, coverage=coverage
        )

    def _prices(self, version: RuleVersion, call: HeldCall) -> bool:
        place = self._endpoints[call.endpoint_id]
        return self._rules.version_for(call.customer_id, *place) == version

    def _fees(self, stretch: Stretch, chosen: Chosen) -> Iterator[Charges]:
        """Flat prices; customers of one kind who used the same endpoints are charged alike."""
        if not self._rules.has_fees:
            return
        ends = list(stretch.used)
        size = len(self._population)
        used = np.zeros((size, len(ends) + 1), dtype=np.int64)
        used[: len(self._kind), 0] = self._kind
        for column, endpoint_id in enumerate(ends, 1):
            used[stretch.used[endpoint_id].customers, column] = 1
        active = np.flatnonzero(used.any(axis=1) & _padded(chosen, size))
        alike, group = np.unique(used[active], axis=0, return_inverse=True)
        due: dict[str, tuple[RuleVersion, list[Integers]]] = {}
        for place, row in enumerate(alike):
            members = active[group.reshape(-1) == place]
            someone = self._someone.get(int(row[0]), self._population.ids[int(members[0])])
            places = [
                self._endpoints[end]
                for end, flag in zip(ends, row[1:], strict=True)
                if flag and end in self._endpoints
            ]
            for version in self._rules.fees(someone, places):
                due.setdefault(version.version_id, (version, []))[1].append(members)
        for version, groups in due.values():
            members = np.sort(np.concatenate(groups))
            nothing = np.zeros_like(members)
            cells = Cells(members, nothing, nothing, nothing)
            yield _by_columns(version, stretch, cells, stretch.share_of_month)


def payable(version: RuleVersion) -> Rule:
    """The rule of a version, as `payable_rule`."""
    return _payable(canonical_text(version.price or {}))


def payable_rule(price: dict[str, Any]) -> Rule:
    """The rule of a price; amounts that it does not round are rounded once, to be billed.

    Raises: contract.pricing.errors.InvalidField.
    """
    rule = rule_from(price)
    return replace(rule, rounding=Rounding.CHARGE) if rule.rounding is Rounding.NONE else rule


@lru_cache(maxsize=1024)
def _payable(price: str) -> Rule:
    return payable_rule(json.loads(price))


def _by_columns(
    version: RuleVersion, stretch: Stretch, cells: Cells, share: Fraction = WHOLE
) -> Charges:
    """Charges for sums; `share` is what a flat price is due of."""
    rule = payable(version)

    def usage_at(place: int) -> Usage:
        numbers = (cells.quantity[place], cells.events[place], cells.peak[place])
        return usage_of_cell(rule, *map(int, numbers))

    def rated(by: Rule) -> Integers:
        return prorated(_rated(by, cells), share)

    minor = prorated(_rates(_engine(canonical_text(version.price or {})), cells), share)
    return Charges(version, stretch, cells, minor, rated, usage_at, share=share)


def prorated(minor: Integers, share: Fraction) -> Integers:
    """A share of amounts that are all the same, half away from zero."""
    if share == WHOLE or not len(minor):
        return minor
    exact = int(minor[0]) * share
    return np.full_like(minor, half_away(exact.numerator, exact.denominator))


@lru_cache(maxsize=4096)
def _engine(price: str) -> ColumnEngine:
    """The engine of a price, compiled once for all stretches and customers."""
    return ColumnEngine(_payable(price))


def _rated(rule: Rule, cells: Cells) -> Integers:
    return _rates(ColumnEngine(rule), cells)


def _rates(engine: ColumnEngine, cells: Cells) -> Integers:
    with _fitting():
        return engine.rate(CellColumns(cells.quantity, cells.events, cells.peak))


@contextmanager
def _fitting() -> Iterator[None]:
    """Say in words that an amount does not fit into 64 bits."""
    try:
        yield
    except OverflowError as error:
        raise InvalidInput(
            "An amount of this price is larger than can be billed. Nothing was calculated. Lower "
            "the price.",
            field="price",
        ) from error


def _counted(version: RuleVersion, cells: Cells) -> Cells:
    """The cells with the quantity that the version's meter counts."""
    if version.meter is Meter.UNITS:
        return cells
    calls = cells.events * MICRO
    return Cells(cells.customers, calls, cells.events, np.minimum(calls, MICRO))


def money_of(minor: int, currency: Currency) -> Money:
    """An amount in a currency of ISO 4217 or of the owner's own."""
    return Money(minor, currency.code, None if currency.code in MINOR_DIGITS else currency.digits)


def picked(cells: Cells, wanted: Chosen | Integers) -> Cells:
    """Some of the cells."""
    return Cells(
        cells.customers[wanted], cells.quantity[wanted], cells.events[wanted], cells.peak[wanted]
    )


def _padded(chosen: Chosen, size: int) -> Chosen:
    """`chosen` for a population that has grown since: who is new is chosen when all were."""
    more = np.full(size - len(chosen), fill_value=bool(chosen.all()))
    return np.concatenate([chosen, more])
