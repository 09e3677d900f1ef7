"""Exact numbers: read from decimal text, added and written without losing a digit."""

import re
from collections.abc import Iterable
from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow, Rounded
from fractions import Fraction
from functools import lru_cache, reduce
from math import gcd
from typing import Final, NamedTuple

MAX_DIGITS: Final = 500
"""Most digits a number may have on each side of the point."""
ENDLESS_DIGITS: Final = 40
"""Digits after the point of a quotient that never ends; only text is cut, never a calculation."""

Number = int | Fraction
"""Exact: whole where it can be, because whole numbers are much faster."""

NOTHING: Final = Fraction(0)


class Quotient(NamedTuple):
    """top / bottom for the eye: not in lowest terms, because nobody calculates with it."""

    top: int
    bottom: int


_NUMBER: Final = re.compile(
    rf"[+-]?(?:[0-9]{{1,{MAX_DIGITS}}}(?:\.[0-9]{{0,{MAX_DIGITS}}})?|\.[0-9]{{1,{MAX_DIGITS}}})"
    r"(?:[eE][+-]?[0-9]{1,3})?"
)
_SUMS: Final = Context(
    prec=3 * MAX_DIGITS,
    traps=[Inexact, Rounded, Overflow, InvalidOperation, DivisionByZero],
)
"""Wide enough for any sum of numbers in range; would raise rather than round."""


def number(text: str) -> Decimal | None:
    """The number a text stands for, or None when it is none or out of range.

    Digits with an optional sign, point and exponent; ASCII only, no blanks, no NaN or infinity.
    """
    if _NUMBER.fullmatch(text) is None:
        return None
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    is_in_range = (
        isinstance(exponent, int) and value.adjusted() < MAX_DIGITS and exponent >= -MAX_DIGITS
    )
    return value if is_in_range else None


def total(values: Iterable[Decimal]) -> Decimal:
    """Exact sum."""
    return reduce(_SUMS.add, values, Decimal(0))


def text_of(value: Decimal | Number) -> str:
    """Digits without an exponent or trailing zeros; an endless quotient has 40 of them, rounded."""
    return quotient_text(*value.as_integer_ratio())


def quotient_text(top: int, bottom: int) -> str:
    """The text of top / bottom, which need not be in lowest terms. `bottom` is above 0."""
    if bottom == 1:
        return str(top)
    places, scale = decimal_places(bottom), 1
    if places is None:
        common = gcd(top, bottom)
        top, bottom = top // common, bottom // common
        places = decimal_places(bottom)
    if places is None:
        top, places = _cut(top, bottom), ENDLESS_DIGITS
    else:
        scale = 10**places // bottom
    text = fixed_text(top * scale, places)
    return text.rstrip("0").rstrip(".") if places else text


def fixed_text(scaled: int, places: int) -> str:
    """A whole number of 10^-places as text with exactly that many digits after the point."""
    if not places:
        return str(scaled)
    digits = str(abs(scaled)).zfill(places + 1)
    sign = "-" if scaled < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"


@lru_cache(maxsize=256)
def decimal_places(denominator: int) -> int | None:
    """Digits after the point of 1/denominator; None when they never end."""
    twos = (denominator & -denominator).bit_length() - 1
    rest, fives = denominator >> twos, 0
    while rest % 5 == 0:
        rest //= 5
        fives += 1
    return max(twos, fives) if rest == 1 else None


def _cut(top: int, bottom: int) -> int:
    scaled: int = abs(top) * 10**ENDLESS_DIGITS
    cut = (2 * scaled + bottom) // (2 * bottom)
    return -cut if top < 0 else cut
