"""Pricing rules: the price of a unit, and the amount it makes."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from desktop.domain.editing import EditState
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.money import Money, rounded


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
    return rounded(max(quantity, Decimal(0)) * unit_price, currency)
