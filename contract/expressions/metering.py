"""How many units a call counts under a policy's metering: the service's rule and the dry run's."""

from decimal import Decimal
from typing import Final

from contract.expressions import AmountExpression, Condition
from contract.expressions.values import Facts
from contract.messages.policies import Metering
from contract.messages.rollups import MICRO
from contract.terms import MeteringTrigger, Oddity

FIRST_FAILURE: Final = 400
MAX_UNITS: Final = 10**9
"""Largest amount of one call; larger ones are taken for nonsense."""

MANTISSA_BITS: Final = 50
"""A binary fraction carries 53 bits; what differs below this many is its own, not the amount's."""

Counted = tuple[int, Oddity | None]
"""Millionths of a unit, and why another amount was not taken."""


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
            return 0, reported[1] or (Oddity.STATUS_UNKNOWN if counts is None else None)
        if self._amount is None:
            return reported
        amount = self._amount(facts)
        worked_out = Oddity.NOT_WORKED_OUT if amount is None else exact_micro(amount)
        return (reported[0], worked_out) if isinstance(worked_out, Oddity) else (worked_out, None)

    def _counts(self, facts: Facts) -> bool | None:
        """Whether the trigger lets the call count; None when that cannot be told."""
        if self._trigger is MeteringTrigger.REQUEST:
            return True
        if self._condition is not None:
            return self._condition(facts)
        status = facts.get("status")
        return status < FIRST_FAILURE if isinstance(status, Decimal) else None


def exact_micro(amount: Decimal, least: int = 0) -> int | Oddity:
    """An amount in millionths, or why it cannot be taken.

    A finer amount is refused, not rounded, unless all that is finer is the noise of a binary
    fraction, such as in 0.30000000000000004.

    Args:
        amount: a finite number.
        least: the smallest amount there is, in whole units: 0, or below it for bookings.
    """
    if not least <= amount <= MAX_UNITS:
        return Oddity.BEYOND
    micro = amount * MICRO
    rounded = int(micro.to_integral_value())
    noise = abs(micro) / 2**MANTISSA_BITS
    return rounded if abs(micro - rounded) <= noise else Oddity.FINER
