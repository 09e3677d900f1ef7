"""Pricing rules of endpoints: the price of a unit, where it holds, and the amount it makes."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from desktop.domain.editing import EditState
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.money import EXACT, Money, rounded
from desktop.domain.policy_text import MAX_NAME, checked_method, checked_url

PRICE: Final = re.compile(r"[0-9]{1,18}(\.[0-9]{1,18})?")
"""Source: the contract's decimal text."""
CURRENCY: Final = re.compile(r"[A-Z]{3}")


class Meter(StrEnum):
    """What a rule counts."""

    UNITS = "units"
    REQUESTS = "requests"


@dataclass(frozen=True, slots=True)
class PricingRule:
    """A per-unit price on the endpoints of an application that match method and url.

    `*` matches every method, or every url. Of several rules that match one endpoint the most
    specific one counts: url before method, then the older rule (the smaller id).
    """

    rule_id: RuleId
    application_id: ApplicationId
    name: str
    method: str
    url: str
    meter: Meter
    unit_price: Decimal
    currency: str
    revision: int = 0
    state: EditState = EditState.SYNCED
    problem: str = ""
    """With `REJECTED`: what the service said."""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """What the owner types for a new rule; the price is text until it is checked."""

    application_id: ApplicationId
    name: str
    method: str
    url: str
    meter: Meter
    unit_price: str
    currency: str


def amount_due(quantity: Decimal, unit_price: Decimal, currency: str) -> Money:
    """Price of a quantity: exact product, rounded once on the line, half away from zero.

    A quantity below zero counts as zero.
    """
    return rounded(EXACT.multiply(max(quantity, Decimal(0)), unit_price), currency)


def checked_rule(rule_id: RuleId, draft: RuleDraft) -> PricingRule:
    """The rule a draft describes. Raises: InvalidInput with the field."""
    return PricingRule(
        rule_id=rule_id,
        application_id=draft.application_id,
        name=_checked_name(draft.name),
        method=checked_method(draft.method),
        url=checked_url(draft.url),
        meter=draft.meter,
        unit_price=_checked_price(draft.unit_price),
        currency=_checked_currency(draft.currency),
    )


def rule_for(rules: Iterable[PricingRule], method: str, url: str) -> PricingRule | None:
    """The most specific rule that matches an endpoint: url before method, then the older."""
    matching = [rule for rule in rules if rule.method in {"*", method} and rule.url in {"*", url}]
    return min(matching, key=_rank, default=None)


def _rank(rule: PricingRule) -> tuple[bool, bool, str]:
    return rule.url == "*", rule.method == "*", rule.rule_id


def _checked_name(text: str) -> str:
    name = text.strip()
    if not 1 <= len(name) <= MAX_NAME:
        raise InvalidInput(
            f"A rule needs a name of 1 to {MAX_NAME} characters. Nothing was changed.", field="name"
        )
    return name


def _checked_price(text: str) -> Decimal:
    if PRICE.fullmatch(text.strip()) is None:
        raise InvalidInput(
            "This is not a price. Nothing was changed. Write digits, and a point before the "
            "decimals, such as 0.0009; at most 18 digits on each side.",
            field="unit_price",
        )
    return Decimal(text.strip())


def _checked_currency(text: str) -> str:
    currency = text.strip().upper()
    if CURRENCY.fullmatch(currency) is None:
        raise InvalidInput(
            "This is not a currency. Nothing was changed. Write its three letters, such as USD.",
            field="currency",
        )
    return currency
