"""Rounded quotients of whole columns, in 64 bits, exact.

A product of quantity and price may need more than 64 bits; only its remainder has to fit. The
rounded quotient is estimated in floating point, off by one at most, and the remainder that it
leaves, taken modulo 2^64, says exactly which way to correct it.
"""

from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

MAX_WORD: Final[int] = 2**62
MAX_QUOTIENT: Final[int] = 2**49
"""The estimate's three roundings, each of 2^-53, stay below a quarter."""
MAX_SUM: Final[int] = 2**47
"""The same for a sum of two products, whose estimate has six."""


def rounded_product(
    units: Integers,
    price: Integers | np.int64,
    ratio: Floats | np.float64,
    bottom: int,
) -> Integers:
    """Nearest whole numbers to units x price / bottom, halves up; none is below zero.

    `ratio` is price / bottom. Exact while every quotient is below 2^49 and price and bottom are
    below 2^62: the estimate is then less than three quarters away from the quotient, so that the
    remainder fits into 64 bits although the product may not.
    """
    quotients = np.rint(units * ratio).astype(np.int64)
    return _corrected(quotients, units * price, bottom)


class Over(NamedTuple):
    """A number, and its quotient by the bottom. A number that is only added may have wrapped."""

    number: Integers | np.int64
    quotient: Floats | np.float64


def rounded_sum(units: Integers, price: Over, extra: Over, bottom: int) -> Integers:
    """Nearest whole numbers to (units x price + extra) / bottom, halves up; none is below zero.

    Exact while every quotient is below 2^47, and otherwise as `rounded_product`.
    """
    quotients = np.rint(units * price.quotient + extra.quotient).astype(np.int64)
    rest = units * price.number
    rest += extra.number
    return _corrected(quotients, rest, bottom)


def wrapped(number: int) -> np.int64:
    """What 64 bits hold of a whole number."""
    low = number % 2**64
    return np.int64(low - 2**64 if low >= 2**63 else low)


def _corrected(quotients: Integers, rest: Integers, bottom: int) -> Integers:
    """The estimates, moved by one where the remainder says so."""
    rest -= quotients * bottom
    quotients += rest >= (bottom + 1) // 2
    quotients -= rest < -(bottom // 2)
    return quotients
