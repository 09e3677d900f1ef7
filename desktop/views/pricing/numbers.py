"""Numbers as they are typed in the computer's customs."""

from typing import Final

from PySide6.QtCore import QLocale

from desktop.domain.pricing import tabular

MOST_DIGITS: Final = 18
"""What a 64-bit integer surely holds."""


def has_decimal_comma() -> bool:
    """Whether the computer's language writes a comma before the decimals."""
    return QLocale().decimalPoint() == ","


def plain(text: str) -> str:
    """What is typed, as digits with a point."""
    return tabular.plain_number(text, decimal_comma=has_decimal_comma())


def shown(text: str) -> str:
    """A plain number as it is typed here."""
    return tabular.shown_number(text, decimal_comma=has_decimal_comma())


def grouped(text: str) -> str:
    """A plain number to read: its whole part grouped, every decimal kept; other text as it is."""
    whole, point, decimals = text.partition(".")
    if not whole.isdigit() or len(whole) > MOST_DIGITS or (point and not decimals.isdigit()):
        return shown(text)
    locale = QLocale()
    return locale.toString(int(whole)) + (locale.decimalPoint() + decimals if point else "")


def members(text: str) -> dict[str, str | None]:
    """Numbers by name, such as `eu=0.10; us=0.20`."""
    return tabular.read_members(text, decimal_comma=has_decimal_comma())


def shown_members(found: dict[str, object]) -> str:
    return tabular.shown_members(found, decimal_comma=has_decimal_comma())
