"""Money: integer minor units of an ISO 4217 currency, and the one rounding rule."""

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from contract.pricing.currencies import MINOR_DIGITS

EXACT: Final = Context(prec=100, rounding=ROUND_HALF_UP)
"""Holds every product of a 64-bit quantity and a price of 36 digits without rounding it."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount that can be billed, in minor units (cents for USD)."""

    amount_minor: int
    currency: str
    own_digits: int | None = None
    """Digits after the point of a currency of the owner's own; None for those of ISO 4217."""

    @property
    def digits(self) -> int:
        """Digits after the point."""
        return minor_digits(self.currency) if self.own_digits is None else self.own_digits

    @property
    def amount(self) -> Decimal:
        """The amount in major units, with the currency's own number of digits."""
        return Decimal(self.amount_minor).scaleb(-self.digits)

    def with_minor(self, amount_minor: int) -> "Money":
        """Another amount in the same currency."""
        return Money(amount_minor, self.currency, self.own_digits)


def minor_digits(currency: str) -> int:
    """Digits after the decimal point of a currency's amounts; 2 for a code that is not ISO's."""
    return MINOR_DIGITS.get(currency, 2)


def rounded(amount: Decimal, currency: str) -> Money:
    """Round an exact amount in major units to the currency's minor unit, half away from zero."""
    minor = EXACT.scaleb(amount, minor_digits(currency))
    return Money(int(EXACT.quantize(minor, Decimal(1))), currency)


def decimal_text(number: Decimal) -> str:
    """Digits without an exponent and without trailing zeros: the one spelling of a number."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def scaled_text(number: int, scale: int) -> str:
    """A whole number of 10^-`scale`, spelled as `decimal_text` spells it."""
    if scale == 0:
        return str(number)
    whole, part = divmod(abs(number), 10**scale)
    text = f"{whole}.{part:0{scale}}".rstrip("0").rstrip(".")
    return f"-{text}" if number < 0 else text
