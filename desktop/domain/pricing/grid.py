"""Quantities on one denominator: converted, rounded and reduced as whole numbers.

Every number of a rule that is measured in units (bounds, free units, package sizes) and every
quantity become whole multiples of one small unit. From there on no calculation can lose a digit.
"""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from math import lcm

from contract.pricing.exact import Quotient
from contract.pricing.rounding import UNIT_ROUNDING, UnitRounding
from contract.pricing.rule import ZERO, Operation, Rule, UnitConversion
from desktop.domain.pricing.explanation import Detail, Line, Step


class Grid:
    """The denominator of a rule's units, and how a metered quantity gets onto it.

    `factor` grid units are in one metered unit's smallest part, `step` in what is rounded to, and
    `free` cost nothing.
    """

    __slots__ = ("_metered", "_round", "_rule", "factor", "free", "rounding", "step", "units")

    def __init__(self, rule: Rule, metered: int, measured: Iterable[Decimal]) -> None:
        """For quantities that are whole multiples of 1/metered.

        `measured`: the rule's own numbers of units, which the grid has to hold exactly.
        """
        rate = _rate(rule.unit_conversion)
        bottoms = [number.as_integer_ratio()[1] for number in measured]
        free = rule.free_units.as_integer_ratio(), rule.discount_units.as_integer_ratio()
        finest: int = 10 ** (rule.unit_conversion.precision if rule.unit_conversion else 0)
        self.units = lcm(
            metered * rate.denominator, finest, *bottoms, *(bottom for _, bottom in free)
        )
        self._metered = metered
        self.factor = rate.numerator * (self.units // (metered * rate.denominator))
        self.free = sum(top * (self.units // bottom) for top, bottom in free)
        self.step = self.units // finest
        self.rounding = rule.unit_conversion.rounding if rule.unit_conversion else UnitRounding.NONE
        self._round = UNIT_ROUNDING.get(self.rounding)
        self._rule = rule

    def takes(self, bottom: int) -> bool:
        """Whether a quantity with this denominator is a whole number on the grid."""
        return self._metered % bottom == 0

    def of(self, number: Decimal) -> int:
        """One of the rule's own numbers of units."""
        top, bottom = number.as_integer_ratio()
        return top * (self.units // bottom)

    def rated(self, top: int, bottom: int) -> int:
        """The units to be priced: converted, rounded, less the free ones, never below zero."""
        units = self._converted(top, bottom)
        if self._round is not None:
            units = self._round(units, self.step) * self.step
        return max(units - self.free, 0)

    def explained(self, quantity: Decimal, rated: int) -> list[Line]:
        """How the metered quantity became the priced one; nothing where it is the same."""
        rule = self._rule
        if rule.unit_conversion is None and not self.free:
            return []
        details: list[Detail] = [("metered", quantity)]
        if rule.unit_conversion is not None:
            converted = self._converted(*quantity.as_integer_ratio())
            details += [
                ("converted", Quotient(converted, self.units)),
                ("unit_rounding", rule.unit_conversion.rounding.value),
            ]
        details += [
            (name, units)
            for name, units in (
                ("free_units", rule.free_units),
                ("discount_units", rule.discount_units),
            )
            if units != ZERO
        ]
        return [Line(Step.QUANTITY, 0, details=(*details, ("priced", Quotient(rated, self.units))))]

    def _converted(self, top: int, bottom: int) -> int:
        return max(top, 0) * (self._metered // bottom) * self.factor


def _rate(conversion: UnitConversion | None) -> Fraction:
    """Billed units for one metered unit."""
    if conversion is None:
        return Fraction(1)
    factor = Fraction(conversion.factor)
    return factor if conversion.operation is Operation.MULTIPLY else 1 / factor
