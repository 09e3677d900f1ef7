"""How many units a call counts under a policy's metering: the service's rule and the dry run's."""

from decimal import Decimal
from typing import Final

from contract.expressions import AmountExpression, Condition
from contract.expressions.values import Facts
from contract.messages.policies import Metering
from contract.messages.rollups import MICRO
from contract.terms import MeteringTrigger

FIRST_FAILURE: Final = 400
MAX_UNITS: Final = 10**9
"""Largest amount of one call; larger ones are taken for nonsense."""

Counted = tuple[int, bool]
"""Millionths of a unit, and whether there was something odd about the amount."""


class MeteredAmount:
    """The metering of a policy, compiled."""

    __slots__ = ("_amount", "_condition", "_trigger", "is_plain")

    def __init__(self, metering: Metering) -> None:
        """Compile a metering.

        Raises:
            ExpressionError: one of its expressions cannot be read.
        """
        text, condition = metering.expression, metering.condition
        self._trigger = metering.trigger
        self._amount = None if text is None else AmountExpression(text)
        self._condition = None if condition is None else Condition(condition)
        self.is_plain = self._amount is None and self._trigger is MeteringTrigger.REQUEST
        """Whether the reported amount counts, whatever else is known."""

    def counted(self, facts: Facts, reported: Counted) -> Counted:
        """Units of a call.

        Args:
            facts: what is known of the call, by the names of `values.FIELDS`.
            reported: the amount the SDK reported, which counts where none can be worked out.
        """
        counts = self._counts(facts)
        if not counts:
            return 0, reported[1] or counts is None
        if self._amount is None:
            return reported
        worked_out = exact_micro(self._amount(facts))
        return (reported[0], True) if worked_out is None else worked_out

    def _counts(self, facts: Facts) -> bool | None:
        """Whether the trigger lets the call count; None when that cannot be told."""
        if self._trigger is MeteringTrigger.REQUEST:
            return True
        if self._condition is not None:
            return self._condition(facts)
        status = facts.get("status")
        return status < FIRST_FAILURE if isinstance(status, Decimal) else None


def exact_micro(amount: Decimal | None, least: int = 0) -> Counted | None:
    """An amount in millionths, odd if it was finer; None when it can be no amount.

    `least` is the smallest amount there is, in whole units: 0, or below it for bookings.
    """
    if amount is None or not least <= amount <= MAX_UNITS:
        return None
    micro = amount * MICRO
    rounded = int(micro.to_integral_value())
    return rounded, micro != rounded
