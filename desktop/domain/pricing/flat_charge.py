"""A flat amount: the same whatever was used."""

from fractions import Fraction

from contract.pricing.rule import Rule
from desktop.domain.pricing.explanation import Line, Money, Step
from desktop.domain.pricing.prices import conversion
from desktop.domain.pricing.usage import Usage


class FlatCharge:
    """The rule's amount; in which part of the period it is due is the engine's business."""

    __slots__ = ("_line",)

    def __init__(self, rule: Rule, money: Money) -> None:
        exact = Fraction(rule.amount) * Fraction(rule.conversion_rate)
        self._line = Line(
            Step.FLAT,
            money.of(exact),
            price=rule.amount,
            exact=exact * money.minor_per_major,
            details=(*conversion(rule), ("payment_term", rule.payment_term.value)),
        )

    def lines(self, _usage: Usage) -> list[Line]:
        return [self._line]
