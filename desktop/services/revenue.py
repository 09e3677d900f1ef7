"""What the usage of a span costs its customers, line by line."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from desktop.domain.money import Money
from desktop.domain.pricing import Meter, PricingRule, amount_due, rule_for
from desktop.services.storage import pricing_rules, usage_queries
from desktop.services.usage_chart import units

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.services.storage.usage_queries import CustomerUse, Span


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
    """Price the usage of a span of days by the rules of today."""
    rules = pricing_rules.of_application(db, span.application_id)
    endpoints = usage_queries.endpoints_by_id(db, span.application_id)
    rule_of = {
        endpoint_id: rule
        for endpoint_id, (method, url) in endpoints.items()
        if (rule := rule_for(rules, method, url)) is not None
    }
    quantities: dict[tuple[str, PricingRule], Decimal] = defaultdict(Decimal)
    for use in usage_queries.customer_use(db, span, rule_of) if rule_of else ():
        rule = rule_of[use.endpoint_id]
        quantities[use.customer_id, rule] += _quantity(use, rule)
    revenue = Revenue()
    for (customer_id, rule), quantity in quantities.items():
        revenue.add(customer_id, amount_due(quantity, rule.unit_price, rule.currency))
    return revenue


def _quantity(use: CustomerUse, rule: PricingRule) -> Decimal:
    return Decimal(use.requests) if rule.meter is Meter.REQUESTS else units(use.units)
