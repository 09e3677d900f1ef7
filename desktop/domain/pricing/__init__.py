"""Prices: what a rule is, and the rating engine that turns usage into explained amounts.

The names here are those every page needs and cost next to nothing to import. The engine is taken
from its own modules: `rule` and `usage` are its values, `parsing` reads them from JSON, `engine`
rates, `calculations` holds what is no rule, `explanation` is how an amount came about.
"""

from desktop.domain.pricing.endpoint_rules import (
    CURRENCY,
    PRICE,
    Meter,
    PricingRule,
    RuleDraft,
    amount_due,
    checked_rule,
    rule_for,
)

__all__ = [
    "CURRENCY",
    "PRICE",
    "Meter",
    "PricingRule",
    "RuleDraft",
    "amount_due",
    "checked_rule",
    "rule_for",
]
