"""Rounding of exact quotients: the few ways a price list may ask for."""

from enum import StrEnum
from fractions import Fraction
from typing import Final

from contract.pricing.exact import Number


class Rounding(StrEnum):
    """Whether amounts are rounded to what can be paid."""

    CURRENCY = "currency"
    """Each component half away from zero, to the minor unit of the currency."""
    CHARGE = "charge"
    """The sum of the components once, in the same way."""
    NONE = "none"


class UnitRounding(StrEnum):
    """How a converted quantity becomes a whole number of units.

    The names are OpenMeter's; those that Lago gives to the rounding of a metric are understood.
    """

    NONE = "none"
    CEILING = "ceiling"
    FLOOR = "floor"
    HALF_UP = "half_up"

    @classmethod
    def _missing_(cls, value: object) -> "UnitRounding | None":
        known = {"ceil": cls.CEILING, "round": cls.HALF_UP, "half-up": cls.HALF_UP}
        return known.get(value) if isinstance(value, str) else None


def half_away(top: int, bottom: int) -> int:
    """The whole number nearest to top / bottom, a half away from zero. `bottom` is above 0."""
    if top < 0:
        return -((bottom - 2 * top) // (2 * bottom))
    return (2 * top + bottom) // (2 * bottom)


def ceiling(top: int, bottom: int) -> int:
    """The smallest whole number that is not below top / bottom."""
    return -(-top // bottom)


def floor(top: int, bottom: int) -> int:
    """The largest whole number that is not above top / bottom."""
    return top // bottom


def unrounded(top: int, bottom: int) -> Number:
    """The quotient itself."""
    return Fraction(top, bottom)


UNIT_ROUNDING: Final = {
    UnitRounding.CEILING: ceiling,
    UnitRounding.FLOOR: floor,
    UnitRounding.HALF_UP: half_away,
}
