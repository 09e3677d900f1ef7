"""The metering language: what a call counts, worked out from what is known of it.

    expression  = both { "or" both }
    both        = negation { "and" negation }
    negation    = "not" negation | comparison
    comparison  = sum [ ( "<" | "<=" | ">" | ">=" | "==" | "!=" ) sum ]
    sum         = product { ( "+" | "-" ) product }
    product     = sign { ( "*" | "/" | "%" ) sign }
    sign        = "-" sign | value
    value       = number | text | "true" | "false" | field | call | "(" expression ")"
    call        = function "(" expression { "," expression } ")"

Fields are listed in `values.FIELDS`, functions in `functions`. Numbers are exact decimals. Texts
stand between double quotes, without escapes; they can be compared for equality only. What has no
value (a status nobody reported) makes no amount: arithmetic with it has no value, a comparison with
it is false, and `default(field, other)` puts another value in its place.

There is no `eval` and no loop: cost is bounded by the length of the text, and its depth by 30.
Pure, and safe to use from any thread.
"""

from decimal import Decimal
from typing import Final

from contract.expressions.parser import parse
from contract.expressions.reading import ExpressionError
from contract.expressions.values import Evaluate, Facts, Kind

__all__ = ["AmountExpression", "Condition", "ExpressionError"]


class AmountExpression:
    """An expression whose value is a number. Compile once, evaluate often."""

    __slots__ = ("_evaluate",)

    def __init__(self, text: str) -> None:
        """Compile a text.

        Raises:
            ExpressionError: it cannot be read; with the place.
        """
        self._evaluate: Final[Evaluate] = parse(text, Kind.NUMBER)

    def __call__(self, facts: Facts) -> Decimal | None:
        """Amount of a call; None where what it needs is not known, or cannot be computed.

        `facts` has values by field; fields that are left out have none.
        """
        try:
            value = self._evaluate(facts)
        except ArithmeticError:  # a division by zero, or a number beyond all bounds
            return None
        return value if isinstance(value, Decimal) else None


class Condition:
    """An expression that is true or false. Compile once, evaluate often."""

    __slots__ = ("_evaluate",)

    def __init__(self, text: str) -> None:
        """Compile a text.

        Raises:
            ExpressionError: it cannot be read; with the place.
        """
        self._evaluate: Final[Evaluate] = parse(text, Kind.TRUTH)

    def __call__(self, facts: Facts) -> bool | None:
        """Whether it holds for a call; None where it cannot be computed."""
        try:
            return self._evaluate(facts) is True
        except ArithmeticError:  # a division by zero, or a number beyond all bounds
            return None
