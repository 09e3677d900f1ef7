"""A percentage of events' amounts, with a fixed fee per paid event and free allowances.

Source: Lago's percentage model. Two of its ways are kept apart, as there:

- All events together: the first `free_events` events, or the first `free_amount`, are free,
  whichever is used up first. The event that uses up the amount pays for what exceeds it, and the
  fixed fee. No amount at all, no fixed fee.
- Each event alone, where a minimum or maximum per event is set and for estimates: an event is free
  while either allowance lasts, but never for more than is left of the free amount; the event that
  uses up the amount ends both. The fixed fee is inside the limits.

`allowances` chooses when they end, whichever way is taken.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from contract.pricing.exact import NOTHING, total
from contract.pricing.rule import ZERO, Allowances, Rule
from desktop.domain.pricing.explanation import Detail, Line, Money, Step
from desktop.domain.pricing.prices import conversion
from desktop.domain.pricing.usage import Usage


class FreePart(NamedTuple):
    """What the allowances cover: whole events, and an amount."""

    events: int
    amount: Decimal


class PercentageCharge:
    """Rate on the events' sum less the free part, and the fixed fee of each paid event."""

    __slots__ = ("_details", "_fixed", "_money", "_rate", "_rule")

    def __init__(self, rule: Rule, money: Money) -> None:
        scale = Fraction(rule.conversion_rate) * money.minor_per_major
        self._rate = (Fraction(rule.rate) * scale / 100).as_integer_ratio()
        self._fixed = (Fraction(rule.fixed_amount) * scale).as_integer_ratio()
        self._details = conversion(rule)
        self._money = money
        self._rule = rule

    def lines(self, usage: Usage) -> list[Line]:
        events = event_amounts(usage)
        amount = max(total(events), ZERO)
        free = self._free_part(events) if self._rule.free_events or self._rule.free_amount else None
        return [self._line(amount, len(events), free or FreePart(0, ZERO))]

    def _line(self, amount: Decimal, events: int, free: FreePart) -> Line:
        """One line, rounded once, as the model's source does."""
        top, bottom = amount.as_integer_ratio()
        free_top, free_bottom = free.amount.as_integer_ratio()
        taxed = max(top * free_bottom - free_top * bottom, 0)
        paid = events - free.events if amount else 0
        (rate_top, rate_bottom), (fixed_top, fixed_bottom) = self._rate, self._fixed
        share = taxed * rate_top * fixed_bottom
        below = bottom * free_bottom * rate_bottom * fixed_bottom
        fees = paid * fixed_top * bottom * free_bottom * rate_bottom
        exact = Fraction(share + fees, below)
        return Line(
            Step.PERCENTAGE,
            self._money.settled(share + fees, below),
            units=Fraction(taxed, bottom * free_bottom),
            price=self._rule.rate,
            exact=exact,
            details=(*self._told(events, paid, free), *self._details),
        )

    def _told(self, events: int, paid: int, free: FreePart) -> Iterator[Detail]:
        yield "events", events
        if free.events or free.amount:
            yield "free_events", free.events
            yield "free_amount", free.amount
        if self._rule.fixed_amount:
            yield "paid_events", paid
            yield "fixed_amount", self._rule.fixed_amount

    def _free_part(self, events: Sequence[Decimal]) -> FreePart:
        """What is free of events in this order: the allowance that ends first ends both.

        Refunds among free events do not make the others dearer.
        """
        limit, running = self._rule.free_amount, ZERO
        for index, event in enumerate(events):
            if self._rule.free_events and index == self._rule.free_events:
                return FreePart(index, max(running, ZERO))
            following = total((running, event))
            if limit and following >= limit:
                return FreePart(index, limit)
            running = following
        return FreePart(len(events), max(running, ZERO))


class SeparateEventsCharge:
    """Each event priced by itself, between a minimum and a maximum; the sum is rounded once."""

    __slots__ = (
        "_details", "_ends_with_events", "_fixed", "_max", "_min", "_money", "_rate", "_rule",
        "_scale",
    )  # fmt: skip

    def __init__(self, rule: Rule, money: Money) -> None:
        self._scale = Fraction(rule.conversion_rate) * money.minor_per_major
        self._rate = Fraction(rule.rate) / 100
        self._fixed = Fraction(rule.fixed_amount)
        self._ends_with_events = rule.allowances is Allowances.FIRST
        self._min = Fraction(rule.per_event_min or ZERO)
        self._max = None if rule.per_event_max is None else Fraction(rule.per_event_max)
        self._details = conversion(rule)
        self._money = money
        self._rule = rule

    def lines(self, usage: Usage) -> list[Line]:
        priced = list(self._priced(event_amounts(usage)))
        exact = self._scale * sum(price for price, _ in priced)
        details = (("priced", [told for _, told in priced]), *self._details)
        amount = self._money.settled(exact.numerator, exact.denominator)
        return [Line(Step.EVENTS, amount, price=self._rule.rate, exact=exact, details=details)]

    def _priced(self, events: Sequence[Decimal]) -> Iterator[tuple[Fraction, list[Detail]]]:
        """Amount and explanation of each event, in order, while the allowances run down."""
        free_events, free_amount = self._rule.free_events, Fraction(self._rule.free_amount)
        for number, event in enumerate(events, 1):
            value = Fraction(event)
            told: list[Detail] = [("event", number), ("units", event)]
            if free_events > 0 or free_amount > 0:
                free_events -= 1
                if not free_amount or value < free_amount:
                    free_amount -= value if free_amount else NOTHING
                    if self._ends_with_events and not free_events:
                        free_amount = NOTHING
                    yield NOTHING, [*told, ("free", event), ("amount", ZERO)]
                    continue
                told.append(("free", free_amount))
                value, free_amount, free_events = value - free_amount, NOTHING, 0
            price = self._price(event, value)
            yield price, [*told, ("amount", price)]

    def _price(self, event: Decimal, value: Fraction) -> Fraction:
        """An event's amount; a refund costs nothing, whatever the minimum."""
        if event < ZERO:
            return NOTHING
        price = max(value * self._rate + self._fixed, self._min)
        return price if self._max is None else min(price, self._max)


def percentage_charge(rule: Rule, money: Money) -> PercentageCharge | SeparateEventsCharge:
    """The way that the rule asks for."""
    has_limits = rule.per_event_min is not None or rule.per_event_max is not None
    if has_limits or rule.variant is not None or rule.allowances is Allowances.BOTH:
        return SeparateEventsCharge(rule, money)
    return PercentageCharge(rule, money)


def event_amounts(usage: Usage) -> list[Decimal]:
    """The events' amounts; a quantity without events is one event."""
    if usage.events is not None:
        return [event.units for event in usage.events]
    return [] if usage.quantity is None else [usage.quantity]
