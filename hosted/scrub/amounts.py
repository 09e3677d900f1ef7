"""Reads the amounts SDKs report, exactly and within bounds."""

from decimal import Decimal, InvalidOperation
from typing import Final

import msgspec

from contract.expressions.metering import MAX_UNITS, Counted, exact_micro
from contract.messages.rollups import MICRO
from contract.terms import Oddity

MAX_DIGITS: Final = 40


def units_micro(raw: bytes, *, is_credit: bool = False) -> Counted:
    """Millionths of a unit in a JSON value, and why it was not taken, if it was not.

    Finite numbers and numeric text count as they are, exactly. Everything else (finer than a
    millionth, too large, no number) is refused: the call counts 1. So is a negative amount,
    unless `is_credit`: only a booking that says so may lower a customer's usage. A missing amount
    counts 1 and is nothing odd. Source: SDK protocol, "Life of an allocation", 7.
    """
    if raw in {b"1", b"", b"null"}:  # nearly every amount there is
        return MICRO, None
    number = _number(raw)
    found = Oddity.NO_NUMBER if number is None else exact_micro(number, _least(is_credit=is_credit))
    return (MICRO, found) if isinstance(found, Oddity) else (found, None)


def _least(*, is_credit: bool) -> int:
    return -MAX_UNITS if is_credit else 0


def _number(raw: bytes) -> Decimal | None:
    try:
        text = msgspec.json.decode(raw, type=str) if raw[:1] == b'"' else raw.decode()
        number = Decimal(text.strip()) if len(text) <= MAX_DIGITS else None
    except (InvalidOperation, UnicodeDecodeError, msgspec.DecodeError):
        return None
    return number if number is not None and number.is_finite() else None
