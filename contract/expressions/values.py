"""Values of the metering language, and what can be asked of a call."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)
from enum import StrEnum
from typing import Final

Value = Decimal | str | bool
Facts = Mapping[str, Value | None]
Evaluate = Callable[[Facts], Value | None]


class Kind(StrEnum):
    """Kind of a value, known before anything is evaluated."""

    NUMBER = "number"
    TEXT = "text"
    TRUTH = "truth value"


FIELDS: Final[Mapping[str, Kind]] = {
    "amount": Kind.NUMBER,
    "status": Kind.NUMBER,
    "duration_ms": Kind.NUMBER,
    "request_bytes": Kind.NUMBER,
    "response_bytes": Kind.NUMBER,
    "tokens": Kind.NUMBER,
    "prompt_tokens": Kind.NUMBER,
    "completion_tokens": Kind.NUMBER,
    "model": Kind.TEXT,
    "method": Kind.TEXT,
    "url": Kind.TEXT,
}
"""Facts about a call. `amount` is what the SDK reported; all others may be unknown."""

ARITHMETIC: Final = Context(
    prec=40,
    rounding=ROUND_HALF_EVEN,
    Emin=-999,
    Emax=999,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)
"""Forty digits: sums and products of amounts are exact, a division is rounded far behind the
millionth that is kept."""


@dataclass(frozen=True, slots=True)
class Node:
    """A part of an expression, compiled."""

    kind: Kind
    evaluate: Evaluate
    literal: Decimal | None = None
    """The number that stands in the text, where it is nothing but a number."""
