"""The same price in other billing systems: what they would bill for it, and why.

Source: decision 81, which tells where the systems differ. Only differences for a whole period are
here; those that appear when a period is billed in parts are told there.
"""

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from contract.pricing.rounding import Rounding
from contract.pricing.rule import ZERO, Allowances, Model, Rule


class System(StrEnum):
    OPENMETER = "openmeter"
    LAGO = "lago"
    STRIPE = "stripe"


class Difference(StrEnum):
    """What a system does in another way."""

    ROUNDS_ONCE = "rounds_once"
    """The charge is rounded once, not each part of it."""
    ROUNDS_PARTS = "rounds_parts"
    """Each part is rounded, not the charge once."""
    NO_EMPTY_PACKAGE = "no_empty_package"
    """No package is billed without usage."""
    ALLOWANCES = "allowances"
    """Free events and the free amount end at another event."""
    NO_MAXIMUM = "no_maximum"
    """A charge has no maximum."""
    NO_MODEL = "no_model"
    """The model does not exist there."""
    NO_MODIFIER = "no_modifier"
    """A price there has no such minimum, discount, conversion or free units."""
    TOO_PRECISE = "too_precise"
    """A price has more decimals than there can be."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A rule as a system would have it; None where it has no such price."""

    system: System
    rule: Rule | None
    differences: tuple[Difference, ...]


OFFERED: Final = {
    System.OPENMETER: frozenset(
        {Model.FLAT, Model.PER_UNIT, Model.GRADUATED, Model.VOLUME, Model.PACKAGE, Model.DYNAMIC}
    ),
    System.LAGO: frozenset(
        {Model.FLAT, Model.PER_UNIT, Model.GRADUATED, Model.VOLUME, Model.PACKAGE}
        | {Model.PERCENTAGE, Model.GRADUATED_PERCENTAGE, Model.EVENT_PRICED}
        | {Model.PRORATED_GRADUATED}
    ),
    System.STRIPE: frozenset(
        {Model.FLAT, Model.PER_UNIT, Model.GRADUATED, Model.VOLUME, Model.PACKAGE}
    ),
}
STRIPE_DECIMALS: Final = 12
"""Of the minor unit, in a unit price. Source: Stripe's documentation of `unit_amount_decimal`."""


def elsewhere(rule: Rule) -> tuple[Elsewhere, ...]:
    """The rule in every system, in the order of `System`."""
    return tuple(_in(system, rule) for system in System)


def _in(system: System, rule: Rule) -> Elsewhere:
    if rule.model not in OFFERED[system]:
        return Elsewhere(system, None, (Difference.NO_MODEL,))
    match system:
        case System.OPENMETER:
            return _changed(system, rule, Rounding.CURRENCY)
        case System.LAGO:
            return _in_lago(rule)
        case System.STRIPE:
            return _in_stripe(rule)


def _in_lago(rule: Rule) -> Elsewhere:
    if rule.discount_percent or rule.discount_units:
        return Elsewhere(System.LAGO, None, (Difference.NO_MODIFIER,))
    separate = rule.per_event_min is not None or rule.per_event_max is not None
    usual = Allowances.BOTH if separate or rule.variant is not None else Allowances.FIRST
    other = replace(rule, max=None, allowances=usual)
    found = _changed(System.LAGO, other, Rounding.CHARGE)
    if rule.max is not None:
        found = replace(found, differences=(*found.differences, Difference.NO_MAXIMUM))
    if rule.allowances is not usual and rule.model is Model.PERCENTAGE:
        found = replace(found, differences=(*found.differences, Difference.ALLOWANCES))
    return found


def _in_stripe(rule: Rule) -> Elsewhere:
    has_modifier = (
        rule.min is not None
        or rule.max is not None
        or rule.discount_percent
        or rule.discount_units
        or rule.free_units
        or rule.unit_conversion is not None
    )
    if has_modifier:
        return Elsewhere(System.STRIPE, None, (Difference.NO_MODIFIER,))
    prices = [rule.unit_amount, *(tier.unit_amount or ZERO for tier in rule.tiers)]
    if any(_decimals(price) - rule.currency.digits > STRIPE_DECIMALS for price in prices):
        return Elsewhere(System.STRIPE, None, (Difference.TOO_PRECISE,))
    return _changed(System.STRIPE, rule, Rounding.CURRENCY)


def _changed(system: System, rule: Rule, rounding: Rounding) -> Elsewhere:
    """The rule with the system's rounding, and without packages that nobody used."""
    differences: list[Difference] = []
    if rule.rounding is not rounding:
        once = rounding is Rounding.CHARGE
        differences.append(Difference.ROUNDS_ONCE if once else Difference.ROUNDS_PARTS)
    if rule.minimum_packages:
        differences.append(Difference.NO_EMPTY_PACKAGE)
    changed = replace(rule, rounding=rounding, minimum_packages=0)
    return Elsewhere(system, changed, tuple(differences))


def _decimals(price: Decimal) -> int:
    exponent = price.normalize().as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
