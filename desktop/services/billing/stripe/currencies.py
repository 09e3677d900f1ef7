"""Stripe's minor units, which are not always those of ISO 4217.

Source: Stripe's documentation of currencies: zero-decimal currencies, special cases, three-decimal
currencies.
"""

from decimal import Decimal
from typing import Any, Final

from desktop.domain.money import EXACT, Money, minor_digits

DIGITS: Final = {"MGA": 0, "ISK": 2, "UGX": 2}
"""Where they differ: the ariary has none there; króna and shilling are counted in hundredths that
are always zero."""


def digits_of(currency: str) -> int:
    """Digits after the point of an amount at Stripe. `currency` in capitals."""
    return DIGITS.get(currency, minor_digits(currency))


def minor_amount(amount: Decimal, currency: str) -> Decimal:
    """An amount in major units as Stripe counts it, exact, perhaps with a fraction."""
    return EXACT.scaleb(amount, digits_of(currency))


def money(minor: int, currency: str) -> Money:
    """An amount of Stripe's. One that ISO's minor unit cannot say keeps Stripe's own digits."""
    code = currency.upper()
    theirs, ours = digits_of(code), minor_digits(code)
    if theirs <= ours:
        return Money(minor * 10 ** (ours - theirs), code)
    whole, rest = divmod(minor, 10 ** (theirs - ours))
    return Money(minor, code, theirs) if rest else Money(whole, code)


def money_in(body: dict[str, Any], field: str) -> Money | None:
    """The amount of a field of an object, in the object's currency; None where it has none."""
    minor, currency = body.get(field), body.get("currency")
    return money(minor, currency) if isinstance(minor, int) and currency else None
