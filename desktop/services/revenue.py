"""What the usage of a span costs its customers, line by line."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from contract.pricing.parsing import rule_from
from contract.pricing.rounding import half_away
from contract.pricing.rule import ZERO, Model
from contract.pricing.writing import canonical_text
from contract.terms import Meter
from desktop.domain.calendar import day_number, day_of_number, share_of_month
from desktop.domain.ids import CustomerId, RuleId
from desktop.domain.money import Money
from desktop.domain.pricing.engine import CHARGES, RatingEngine
from desktop.domain.pricing.published import RuleVersion
from desktop.domain.pricing.usage import Usage
from desktop.domain.usage import DateRange
from desktop.services.storage import rule_versions, usage_queries
from desktop.services.storage.usage_queries import Span
from desktop.services.usage_chart import units

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.pricing.rulebook import DayRules, Endpoint
    from desktop.services.storage.usage_queries import CustomerUse


class Revenue:
    """Amounts per customer; a line is one customer and one rule, rounded once."""

    def __init__(self) -> None:
        self._minor: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))

    def add(self, customer_id: str, amount: Money) -> None:
        self._minor[customer_id][amount.currency] += amount.amount_minor

    def of(self, customer_id: str) -> tuple[Money, ...]:
        """One amount per currency, by currency; empty when no rule matches."""
        amounts = self._minor.get(customer_id, {})
        return tuple(Money(minor, currency) for currency, minor in sorted(amounts.items()))

    def total(self) -> tuple[Money, ...]:
        """One amount per currency over all customers, by currency."""
        sums: dict[str, int] = defaultdict(int)
        for amounts in self._minor.values():
            for currency, minor in amounts.items():
                sums[currency] += minor
        return tuple(Money(minor, currency) for currency, minor in sorted(sums.items()))


def revenue_of(db: Connection, span: Span) -> Revenue:
    """Price the usage of a span of days, each day by the rules that hold on it.

    Prices of single events are left out: the sums of a day do not tell them.
    """
    book = rule_versions.book_of(db, span.application_id)
    endpoints = usage_queries.endpoints_by_id(db, span.application_id)
    revenue, engines = Revenue(), cache(_engine)
    for first, end in book.stretches(day_of_number(span.start), day_of_number(span.end)):
        stretch = Span(span.application_id, day_number(first), day_number(end))
        payers = book.merges.billed_on(first)
        uses = [
            replace(use, customer_id=payers.get(CustomerId(use.customer_id), use.customer_id))
            for use in usage_queries.customer_use(db, stretch, endpoints)
        ]
        share = share_of_month(DateRange(first, end))
        for customer_id, price, usage in _charges(book.on(first), uses, endpoints):
            amount = _amount(engines(canonical_text(price)), usage)
            is_fee = price["model"] == Model.FLAT
            revenue.add(customer_id, _part_of(amount, share) if is_fee else amount)
    return revenue


Charge = tuple[str, dict[str, Any], Usage]
"""Customer, price and what it is for."""


def _charges(
    rules: DayRules, uses: Iterable[CustomerUse], endpoints: Mapping[str, Endpoint]
) -> Iterator[Charge]:
    quantities: dict[tuple[str, RuleId], Decimal] = defaultdict(Decimal)
    versions: dict[RuleId, RuleVersion] = {}
    used: dict[str, set[Endpoint]] = defaultdict(set)
    for use in uses:
        endpoint = endpoints[use.endpoint_id]
        used[use.customer_id].add(endpoint)
        version = rules.version_for(CustomerId(use.customer_id), *endpoint)
        if version is not None and (version.price or {}).get("model") not in CHARGES:
            versions[version.rule_id] = version
            quantities[use.customer_id, version.rule_id] += _quantity(use, version)
    for (customer_id, rule_id), quantity in quantities.items():
        yield customer_id, versions[rule_id].price or {}, Usage(quantity=max(quantity, ZERO))
    for customer_id in used.keys() | rules.special_customers:
        for fee in rules.fees(CustomerId(customer_id), used.get(customer_id, ())):
            yield customer_id, fee.price or {}, Usage()


def _engine(price: str) -> RatingEngine:
    return RatingEngine(rule_from(json.loads(price)))


def _amount(engine: RatingEngine, usage: Usage) -> Money:
    rated = engine.rate(usage)
    return Money(half_away(*rated.minor.as_integer_ratio()), rated.currency.code)


def _part_of(fee: Money, share: Fraction) -> Money:
    """A flat amount of some days of a month: its share of them, half away from zero."""
    exact = fee.amount_minor * share
    return fee.with_minor(half_away(exact.numerator, exact.denominator))


def _quantity(use: CustomerUse, version: RuleVersion) -> Decimal:
    return Decimal(use.requests) if version.meter is Meter.REQUESTS else units(use.units)
