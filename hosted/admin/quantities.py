"""Quantities in millionths, as the decimal texts of the contract and back."""

from decimal import Decimal
from typing import Final

from contract.messages.rollups import MICRO

PLACES: Final = Decimal(MICRO)


def decimal_text(micro: int) -> str:
    """A quantity without trailing zeros, such as `1.5`; never an exponent."""
    whole, rest = divmod(abs(micro), MICRO)
    sign = "-" if micro < 0 else ""
    return f"{sign}{whole}.{rest:06d}".rstrip("0").rstrip(".")


def micro_of(text: str) -> int:
    """Millionths of a decimal text that has six places at most."""
    return int(Decimal(text) * PLACES)
