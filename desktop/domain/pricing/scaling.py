"""A price with all its amounts changed by a percentage, to try what dearer or cheaper would do."""

from decimal import Context, Decimal
from typing import Any, Final

AMOUNTS: Final = frozenset(
    {"unit_amount", "amount", "package_amount", "fixed_amount", "flat_amount", "price"}
    | {"multiplier", "min", "max", "per_event_min", "per_event_max", "rate"}
)
"""Numbers of a price and of its tiers that are money, or a share of it."""
PERCENTAGES: Final = frozenset({"rate"})
HUNDRED: Final = Decimal(100)
EXACT: Final = Context(prec=1100)
"""Holds the product of any two numbers of a price."""


def scaled_price(price: dict[str, Any], percent: Decimal) -> dict[str, Any]:
    """The price with every amount `percent` higher, or lower when it is below zero.

    Exact to the last digit; a share of money does not rise above 100 percent.
    """
    factor = EXACT.add(1, EXACT.divide(percent, HUNDRED))
    scaled = {name: _scaled(name, value, factor) for name, value in price.items()}
    if isinstance(price.get("tiers"), list):
        scaled["tiers"] = [
            {name: _scaled(name, value, factor) for name, value in tier.items()}
            for tier in price["tiers"]
        ]
    return scaled


def _scaled(name: str, value: object, factor: Decimal) -> object:
    if name == "rates" and isinstance(value, dict):
        return {inner: _times(text, factor) for inner, text in value.items()}
    if name not in AMOUNTS or value is None:
        return value
    changed = _times(value, factor)
    return str(HUNDRED) if name in PERCENTAGES and Decimal(changed) > HUNDRED else changed


def _times(value: object, factor: Decimal) -> str:
    return f"{EXACT.multiply(Decimal(str(value)), factor):f}"
