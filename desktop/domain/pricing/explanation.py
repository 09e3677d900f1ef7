"""How an amount came about: one line a step, whose amounts add up to the charge to the last digit.

The engine writes lines with whole numbers on denominators that are fixed for a rule; they become
decimals here, and only when somebody reads them.
"""

from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from typing import Final, NamedTuple

from contract.pricing.exact import Number, Quotient, fixed_text, quotient_text, text_of
from contract.pricing.rounding import Rounding, half_away, unrounded
from contract.pricing.rule import Currency

Detail = tuple[str, object]
JsonLine = dict[str, object]


class Step(StrEnum):
    """What a line is for."""

    QUANTITY = "quantity"
    """Units as metered, converted, rounded, less those that are free; costs nothing itself."""
    UNITS = "units"
    FLAT = "flat"
    PACKAGES = "packages"
    PERCENTAGE = "percentage"
    EVENTS = "events"
    GROUP = "group"
    CAPACITY = "capacity"
    PRORATED = "prorated_units"
    DISCOUNT = "percent_discount"
    ROUNDING = "rounding"
    """What it takes to make the sum of unrounded components payable."""
    MAXIMUM = "maximum"
    MINIMUM = "minimum"
    PREVIOUS = "previously_billed"
    CREDIT = "credit"
    NOT_YET = "not_yet_billed"
    """This part of the period bills nothing."""
    SHARE = "share"
    NET = "net"
    TAX = "tax"
    AMOUNT = "amount"
    USED = "used"


class Money:
    """Turns exact quotients of minor units into amounts, the way a rule rounds."""

    __slots__ = ("currency", "minor_per_major", "settled")

    def __init__(self, currency: Currency, rounding: Rounding) -> None:
        self.currency = currency
        self.minor_per_major: int = 10**currency.digits
        self.settled = unrounded if rounding is Rounding.NONE else half_away
        """Top and bottom of a quotient in minor units to an amount in minor units."""

    def of(self, amount: Decimal | Fraction) -> Number:
        """An amount in major units, in minor units and rounded as the rule says."""
        top, bottom = amount.as_integer_ratio()
        return self.settled(top * self.minor_per_major, bottom)

    def text(self, minor: Number) -> str:
        """An amount in major units; with the currency's own digits where amounts are rounded."""
        if isinstance(minor, int):
            return fixed_text(minor, self.currency.digits)
        return text_of(minor / self.minor_per_major)


class Frame(NamedTuple):
    """Denominators of a rule's lines: units are over `units`, exact amounts over `minor`."""

    units: int
    minor: int


WHOLE: Final = Frame(1, 1)


class Line(NamedTuple):
    """One step. `amount` is in minor units, as billed; `exact` before it was rounded.

    `units` and `exact` are numerators on the denominators of `frame`; `tier` counts from 1, 0 for
    none; `price` is per unit, or per package, in major units, or a percent where the step says so.
    """

    step: Step
    amount: Number
    tier: int = 0
    units: Number | None = None
    price: Decimal | None = None
    exact: Number | None = None
    frame: Frame = WHOLE
    details: tuple[Detail, ...] = ()


class Rated(NamedTuple):
    """A charge and its explanation. `minor` is in minor units, whole unless rounding is off."""

    minor: Number
    lines: list[Line]
    money: Money

    @property
    def amount(self) -> str:
        """The charge in major units, as decimal text."""
        return self.money.text(self.minor)

    @property
    def currency(self) -> Currency:
        return self.money.currency


def as_json(rated: Rated) -> dict[str, object]:
    """What `usageflow rate` answers: every number is decimal text."""
    return {
        "amount": rated.amount,
        "currency": rated.currency.code,
        "lines": [_line(line, rated.money) for line in rated.lines],
    }


def _line(line: Line, money: Money) -> JsonLine:
    step, amount, tier, units, price, exact, frame, details = line
    told: JsonLine = {"step": step}
    if tier:
        told["tier"] = tier
    if units is not None:
        told["units"] = _over(units, frame.units)
    if price is not None:
        told["price"] = _price_text(price)
    for name, value in details:
        told[name] = _plain(value)
    if exact is not None:
        _tell_rounding(told, line, exact, money)
    told["amount"] = money.text(amount)
    return told


def _tell_rounding(told: JsonLine, line: Line, exact: Number, money: Money) -> None:
    """The exact amount, and by how much rounding changed it."""
    top, bottom = exact.as_integer_ratio()
    bottom *= line.frame.minor
    told["exact"] = quotient_text(top, bottom * money.minor_per_major)
    if difference := line.amount * bottom - top:
        told["rounding"] = _over(difference, bottom * money.minor_per_major)


_price_text: Final = lru_cache(maxsize=1024)(text_of)
"""Prices come again with every charge."""


def _over(top: Number, bottom: int) -> str:
    whole, below = top.as_integer_ratio()
    return quotient_text(whole, below * bottom)


def _plain(value: object) -> object:
    """Numbers as text, nested details as objects."""
    if isinstance(value, Quotient):
        return quotient_text(*value)
    if isinstance(value, (Decimal, Fraction, int)):
        return text_of(value)
    if isinstance(value, list):
        return [{name: _plain(inner) for name, inner in part} for part in value]
    return value
