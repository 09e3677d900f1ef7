"""Reads the amounts SDKs report, exactly and within bounds."""

from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from contract.expressions.metering import MAX_UNITS, exact_micro
from contract.messages.rollups import MICRO

MAX_DIGITS: Final = 40


def units_micro(raw: bytes, *, is_credit: bool = False) -> tuple[int, bool]:
    """Millionths of a unit in a JSON value, and whether it was odd.

    Finite numbers and numeric text count as they are, exactly; a finer value is rounded to the
    millionth and odd. Everything else (too large, no number) counts 1 and is odd, and so does a
    negative amount, unless `is_credit`: only a booking that says so may lower a customer's usage.
    A missing amount counts 1 and is not odd. Source: SDK protocol, "Life of an allocation", 7.
    """
    if raw in {b"1", b"", b"null"}:  # nearly every amount there is
        return MICRO, False
    found = exact_micro(_number(raw), -MAX_UNITS if is_credit else 0)
    return (MICRO, True) if found is None else found


def _number(raw: bytes) -> Decimal | None:
    try:
        text = msgspec.json.decode(raw, type=str) if raw[:1] == b'"' else raw.decode()
        number = Decimal(text.strip()) if len(text) <= MAX_DIGITS else None
    except (InvalidOperation, UnicodeDecodeError, msgspec.DecodeError):
        return None
    return number if number is not None and number.is_finite() else None
