"""The rating engine: usage and a rule in, an explained charge out.

The order of the steps is unit conversion, free and discounted units, model, percent discount,
maximum, minimum, previously billed, credits. Quantities are cumulative in their period; the charge
of a part is the total so far, less what earlier parts were billed. Source: OpenMeter's order, and
its progressive vectors, which this one formula satisfies.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Final, Protocol

from contract.pricing.exact import Number
from contract.pricing.rounding import Rounding
from contract.pricing.rule import ZERO, Model, PaymentTerm, Rule
from desktop.domain.errors import InvalidInput
from desktop.domain.pricing.capacity_charge import CapacityCharge
from desktop.domain.pricing.event_charges import (
    DimensionCharge,
    EventPricedCharge,
    ProratedCharge,
)
from desktop.domain.pricing.explanation import Frame, Line, Money, Rated, Step
from desktop.domain.pricing.flat_charge import FlatCharge
from desktop.domain.pricing.percentage_charge import percentage_charge
from desktop.domain.pricing.quantity_charge import QuantityCharge
from desktop.domain.pricing.usage import Usage


class Charge(Protocol):
    """A compiled model."""

    def lines(self, usage: Usage, /) -> list[Line]: ...


CHARGES: Final[dict[Model, Callable[[Rule, Money], Charge]]] = {
    Model.FLAT: FlatCharge,
    Model.PERCENTAGE: percentage_charge,
    Model.EVENT_PRICED: EventPricedCharge,
    Model.GRADUATED_BY_DIMENSION: DimensionCharge,
    Model.CAPACITY: CapacityCharge,
    Model.PRORATED_GRADUATED: ProratedCharge,
}
"""Models that are not priced by one quantity alone; the others are."""


class RatingEngine:
    """One rule, compiled; rates any number of usages. Immutable but for its cache of grids."""

    __slots__ = (
        "_charge", "_discount", "_follows_quantity", "_is_paid_ahead", "_max", "_min", "_money",
        "_parts", "_rounds_once", "_waits", "rule",
    )  # fmt: skip

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._money = money = Money(rule.currency, rule.rounding)
        self._rounds_once = rule.rounding is Rounding.CHARGE
        self._parts = Money(rule.currency, Rounding.NONE) if self._rounds_once else money
        self._charge = CHARGES.get(rule.model, QuantityCharge)(rule, self._parts)
        self._max = None if rule.max is None else money.of(rule.max)
        self._min = None if rule.min is None else money.of(rule.min)
        self._discount = (Fraction(rule.discount_percent) / 100).as_integer_ratio()
        is_flat = rule.model is Model.FLAT
        is_ahead = rule.payment_term is PaymentTerm.IN_ADVANCE
        self._waits = rule.bill_only_at_end or (is_flat and not is_ahead)
        self._is_paid_ahead = is_flat and not self._waits
        self._follows_quantity = not is_flat and not self._waits

    def rate(self, usage: Usage) -> Rated:
        """The charge of one part of a period.

        Raises: InvalidInput with the field of the usage that this rule cannot rate.
        """
        position = usage.position
        if self._waits and not position.is_closing:
            return self._settled(usage, [Line(Step.NOT_YET, 0)], 0)
        lines, total = self._limited(usage)
        before_minimum = total
        if self._min is not None and total < self._min and position.is_closing:
            lines.append(Line(Step.MINIMUM, self._min - total))
            total = self._min
        previous = self._previous(usage, before_minimum)
        if previous:
            lines.append(Line(Step.PREVIOUS, -previous))
        return self._settled(usage, lines, total - previous)

    def _limited(self, usage: Usage) -> tuple[list[Line], Number]:
        """What all usage so far costs, discounted and capped."""
        lines = self._charge.lines(usage)
        if self._discount[0]:
            lines += [self._discounted(line) for line in lines if line.amount]
        total: Number = 0
        for line in lines:
            total += line.amount
        if self._rounds_once:
            total = self._rounded(lines, total)
        if self._max is not None and total > self._max:
            lines.append(Line(Step.MAXIMUM, self._max - total))
            total = self._max
        return lines, total

    def _rounded(self, lines: list[Line], total: Number) -> Number:
        """The sum of unrounded lines, made payable by a line of its own."""
        payable = self._money.settled(*total.as_integer_ratio())
        if difference := payable - total:
            lines.append(Line(Step.ROUNDING, difference))
        return payable

    def _discounted(self, line: Line) -> Line:
        """A line's discount, rounded by itself."""
        top, bottom = self._discount
        amount, below = line.amount.as_integer_ratio()
        return Line(
            Step.DISCOUNT,
            -self._parts.settled(amount * top, below * bottom),
            line.tier,
            price=self.rule.discount_percent,
            exact=-amount * top,
            frame=Frame(1, below * bottom),
        )

    def _previous(self, usage: Usage, total: Number) -> Number:
        """What earlier parts were billed: as given, else what this rule would have billed."""
        position = usage.position
        if self._is_paid_ahead and not position.is_opening:
            return total
        if usage.previous_billed is not None:
            return self._money.of(usage.previous_billed)
        earlier = usage.previous_quantity
        if earlier is None or not self._follows_quantity:
            return 0
        if earlier <= ZERO and position.is_opening:
            return 0  # nothing came before, not even the first tier's flat amount
        return self._limited(_until(usage, self.rule))[1]

    def _settled(self, usage: Usage, lines: list[Line], due: Number) -> Rated:
        """Credits pay for the charge, in their order; none may be left over."""
        for credit in usage.credits:
            applied = self._money.of(credit)
            if applied > max(due, 0):
                raise InvalidInput(
                    "The credits are larger than the charge. Nothing was rated. Apply only as "
                    f"much as the charge of {self._money.text(due)} needs and keep the rest.",
                    field="credits",
                )
            if applied:
                lines.append(Line(Step.CREDIT, -applied))
                due -= applied
        return Rated(due, lines, self._money)


def _until(usage: Usage, rule: Rule) -> Usage:
    """The usage that earlier parts of the period had."""
    is_one_quantity = usage.events is None or rule.model not in CHARGES
    chosen_otherwise = (usage.tier_quantity, usage.groups, usage.units)
    if is_one_quantity and chosen_otherwise == (None, None, None):
        return usage._replace(quantity=usage.previous_quantity, events=None)
    if usage.previous_quantity == ZERO:
        return Usage(quantity=ZERO)
    raise InvalidInput(
        "What earlier parts were billed does not follow from their quantity here. Nothing was "
        "rated. Give previous_billed.",
        field="previous_quantity",
    )
