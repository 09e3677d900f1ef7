"""The functions of the metering language.

min(a, b, ...)       the smallest number
max(a, b, ...)       the largest number
round(a)             the nearest whole number; a half away from zero
round(a, digits)     the same with 0 to 6 digits behind the point
ceil(a), floor(a)    the next whole number above or below
abs(a)               the number without its sign
if(c, a, b)          a where c is true, b otherwise
default(a, b)        a where it has a value, b otherwise
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from contract.expressions.operators import computed
from contract.expressions.values import ARITHMETIC, Facts, Kind, Node, Value

FINEST_DIGITS: Final = 6
"""Quantities are kept in millionths."""
WHOLE: Final = Decimal(1)

Build = Callable[[Sequence[Node]], Node]


class Misused(Exception):
    """A function was given something it cannot work with. `argument` counts from 0."""

    def __init__(self, reason: str, argument: int) -> None:
        super().__init__(reason)
        self.argument = argument


def _quantized(rounding: str, step: Decimal = WHOLE) -> Callable[[Decimal], Decimal]:
    return lambda value: value.quantize(step, rounding, ARITHMETIC)


def _numbers(compute: Callable[..., Decimal], least: int, most: int) -> Build:
    def build(arguments: Sequence[Node]) -> Node:
        _expect_count(arguments, least, most)
        _expect_kinds(arguments, [Kind.NUMBER] * len(arguments))
        return Node(Kind.NUMBER, computed(compute, *(node.evaluate for node in arguments)))

    return build


def _round(arguments: Sequence[Node]) -> Node:
    _expect_count(arguments, 1, 2)
    _expect_kinds(arguments, [Kind.NUMBER] * len(arguments))
    digits = arguments[1].literal if len(arguments) > 1 else Decimal(0)
    if digits is None or digits != int(digits) or digits > FINEST_DIGITS:
        raise Misused(f"round() takes a whole number from 0 to {FINEST_DIGITS} as its digits", 1)
    step = WHOLE.scaleb(-int(digits))
    return Node(Kind.NUMBER, computed(_quantized(ROUND_HALF_UP, step), arguments[0].evaluate))


def _if(arguments: Sequence[Node]) -> Node:
    _expect_count(arguments, 3, 3)
    test, yes, no = arguments
    _expect_kinds([test], [Kind.TRUTH])
    if no.kind is not yes.kind:
        raise Misused(f"if() has a {yes.kind} before and a {no.kind} here", 2)
    decide, take, leave = test.evaluate, yes.evaluate, no.evaluate

    def evaluate(facts: Facts) -> Value | None:
        return take(facts) if decide(facts) else leave(facts)

    return Node(yes.kind, evaluate)


def _default(arguments: Sequence[Node]) -> Node:
    _expect_count(arguments, 2, 2)
    first, other = arguments
    if other.kind is not first.kind:
        raise Misused(f"default() has a {first.kind} before and a {other.kind} here", 1)
    known, instead = first.evaluate, other.evaluate

    def evaluate(facts: Facts) -> Value | None:
        value = known(facts)
        return instead(facts) if value is None else value

    return Node(first.kind, evaluate)


def _expect_count(arguments: Sequence[Node], least: int, most: int) -> None:
    if not least <= len(arguments) <= most:
        wanted = f"{least}" if least == most else f"{least} to {most}"
        values = "value" if wanted == "1" else "values"
        raise Misused(f"This function takes {wanted} {values}, not {len(arguments)}", 0)


def _expect_kinds(arguments: Sequence[Node], kinds: Sequence[Kind]) -> None:
    for place, (node, kind) in enumerate(zip(arguments, kinds, strict=True)):
        if node.kind is not kind:
            raise Misused(f"A {kind} is needed here, this is a {node.kind}", place)


MOST_ARGUMENTS: Final = 20
FUNCTIONS: Final[Mapping[str, Build]] = {
    "min": _numbers(lambda *values: min(values), 1, MOST_ARGUMENTS),
    "max": _numbers(lambda *values: max(values), 1, MOST_ARGUMENTS),
    "round": _round,
    "ceil": _numbers(_quantized(ROUND_CEILING), 1, 1),
    "floor": _numbers(_quantized(ROUND_FLOOR), 1, 1),
    "abs": _numbers(ARITHMETIC.abs, 1, 1),
    "if": _if,
    "default": _default,
}
