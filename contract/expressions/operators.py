"""What the operators of the metering language compute."""

import operator
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from contract.expressions.values import ARITHMETIC, Evaluate, Facts, Value

Arithmetic = Callable[[Decimal, Decimal], Decimal]
Step = tuple[Arithmetic, Evaluate]
"""An operation, and what stands on its right.

Operands are of the right kind: the parser has made sure of it.
"""

ADDITIVE: Final[Mapping[str, Arithmetic]] = {"+": ARITHMETIC.add, "-": ARITHMETIC.subtract}
MULTIPLICATIVE: Final[Mapping[str, Arithmetic]] = {
    "*": ARITHMETIC.multiply,
    "/": ARITHMETIC.divide,
    "%": ARITHMETIC.remainder,
}
EQUALITY: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "==": operator.eq,
    "!=": operator.ne,
}
ORDER: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
COMPARISONS: Final = {**EQUALITY, **ORDER}


def constant(value: Value) -> Evaluate:
    """The same value for every call."""
    return lambda _: value


def field(name: str) -> Evaluate:
    """What is known of a call."""
    return lambda facts: facts.get(name)


def computed(compute: Callable[..., Decimal], *operands: Evaluate) -> Evaluate:
    """A number made of numbers; without value when one of them has none."""

    def evaluate(facts: Facts) -> Value | None:
        values = [operand(facts) for operand in operands]
        return None if None in values else compute(*values)

    return evaluate


def chained(first: Evaluate, steps: Sequence[Step]) -> Evaluate:
    """Operations of one rank from left to right; a long chain needs no deep stack."""

    def evaluate(facts: Facts) -> Value | None:
        result: Any = first(facts)
        for compute, operand in steps:
            right: Any = operand(facts)
            if result is None or right is None:
                return None
            result = compute(result, right)
        return result  # type: ignore[no-any-return]

    return evaluate


def compared(compare: Callable[[Any, Any], bool], left: Evaluate, right: Evaluate) -> Evaluate:
    """A comparison; false when one of its sides has no value."""

    def evaluate(facts: Facts) -> Value:
        one, other = left(facts), right(facts)
        return one is not None and other is not None and compare(one, other)

    return evaluate


def both(left: Evaluate, right: Evaluate) -> Evaluate:
    """`and`; the right side is not looked at when the left one is false."""
    return lambda facts: bool(left(facts)) and bool(right(facts))


def either(left: Evaluate, right: Evaluate) -> Evaluate:
    """`or`; the right side is not looked at when the left one is true."""
    return lambda facts: bool(left(facts)) or bool(right(facts))


def negated(operand: Evaluate) -> Evaluate:
    """`not`."""
    return lambda facts: not operand(facts)
