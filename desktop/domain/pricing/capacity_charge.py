"""Capacity: the price of the first tier whose limits hold for every unit at once.

Source: Kill Bill's capacity usage, billed by the peak of each unit.
"""

from fractions import Fraction

from contract.pricing.rule import ZERO, Rule, Tier
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.explanation import Detail, Line, Money, Step
from desktop.domain.pricing.prices import conversion
from desktop.domain.pricing.usage import Usage


class CapacityCharge:
    """One price for the whole period. A unit that a tier does not name is not limited there."""

    __slots__ = ("_details", "_money", "_named", "_rate", "_tiers")

    def __init__(self, rule: Rule, money: Money) -> None:
        self._rate = Fraction(rule.conversion_rate)
        self._details = conversion(rule)
        self._tiers = rule.tiers
        self._named = {name for tier in rule.tiers for name in tier.limits or ()}
        self._money = money

    def lines(self, usage: Usage) -> list[Line]:
        peaks = usage.units or {}
        for name in peaks:
            if self._named and name not in self._named:
                raise InvalidInput(
                    f'No tier limits "{name}". Nothing was rated. Name it in the limits of a tier, '
                    "or leave it out of the usage.",
                    field=f"units.{name}",
                )
        for number, tier in enumerate(self._tiers, 1):
            if _holds(tier, usage):
                return [self._line(number, tier, usage)]
        raise InvalidInput(
            "No tier is large enough for this usage. Nothing was rated. Give the last tier no "
            "limits, so that it takes every amount.",
            field="units",
        )

    def _line(self, number: int, tier: Tier, usage: Usage) -> Line:
        price = tier.price or ZERO
        exact = Fraction(price) * self._rate
        peaks: list[list[Detail]] = [
            [("unit", name), ("units", peak)] for name, peak in (usage.units or {}).items()
        ]
        return Line(
            Step.CAPACITY,
            self._money.of(exact),
            number,
            price=price,
            exact=exact * self._money.minor_per_major,
            details=(("peaks", peaks), *self._details),
        )


def _holds(tier: Tier, usage: Usage) -> bool:
    limits = tier.limits or {}
    bounds = ((limits.get(name), peak) for name, peak in (usage.units or {}).items())
    return all(limit is None or peak <= limit for limit, peak in bounds)
