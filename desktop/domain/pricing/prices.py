"""Prices as whole numbers: scaled once when a rule is compiled, so that rating only multiplies."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import lcm
from typing import NamedTuple

from contract.pricing.rule import Rule, Tier
from desktop.domain.pricing.explanation import Detail, Line, Money, Step


class PriceList(NamedTuple):
    """Prices over one bottom: units x top / bottom is an amount in minor units."""

    tops: tuple[int, ...]
    bottom: int


def price_list(
    prices: Sequence[Decimal | Fraction], rule: Rule, money: Money, per: int
) -> PriceList:
    """Prices in major units, for units that are counted in parts of 1/per."""
    scale = Fraction(rule.conversion_rate) * money.minor_per_major / per
    exact = [Fraction(price) * scale for price in prices]
    bottom = lcm(*(price.denominator for price in exact))
    return PriceList(
        tuple(price.numerator * (bottom // price.denominator) for price in exact), bottom
    )


def conversion(rule: Rule) -> tuple[Detail, ...]:
    """What a line says of the rule's conversion rate; nothing where there is none."""
    return (("conversion_rate", rule.conversion_rate),) if rule.conversion_rate != 1 else ()


def flat_line(rule: Rule, money: Money, tier: Tier, number: int) -> Line | None:
    """The line of a tier's flat amount, rounded by itself; None for a tier without one.

    It is the same for every charge that reaches the tier, so it is made once.
    """
    if not tier.flat_amount:
        return None
    exact = Fraction(tier.flat_amount) * Fraction(rule.conversion_rate)
    return Line(
        Step.FLAT,
        money.of(exact),
        number,
        price=tier.flat_amount,
        exact=exact * money.minor_per_major,
        details=conversion(rule),
    )
