"""Models that need each event: amounts of their own, prices by dimension, prorated units."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from contract.pricing.exact import NOTHING, total
from contract.pricing.rule import ZERO, Rule, Tier
from desktop.domain.pricing.explanation import Detail, Line, Money, Step
from desktop.domain.pricing.prices import conversion, flat_line
from desktop.domain.pricing.usage import Event, Usage


class EventPricedCharge:
    """Events that carry their own amount, in major units: summed, and rounded for each group.

    Source: Lago's dynamic model with group-by.
    """

    __slots__ = ("_details", "_money", "_rate")

    def __init__(self, rule: Rule, money: Money) -> None:
        self._rate = Fraction(rule.conversion_rate)
        self._details = conversion(rule)
        self._money = money

    def lines(self, usage: Usage) -> list[Line]:
        groups = usage.groups
        if groups is None:
            amounts = [event.units for event in usage.events or ()]
            groups = (("", total(amounts) if usage.quantity is None else usage.quantity),)
        return [self._line(name, max(amount, ZERO)) for name, amount in groups]

    def _line(self, name: str, amount: Decimal) -> Line:
        exact = Fraction(amount) * self._rate * self._money.minor_per_major
        return Line(
            Step.GROUP,
            self._money.settled(exact.numerator, exact.denominator),
            units=Fraction(amount),
            exact=exact,
            details=((("group", name),) if name else ()) + self._details,
        )


class Piece(NamedTuple):
    """The part of an event that lies in one tier; `units` is negative where units are removed."""

    tier: int
    event: Event
    units: Fraction


class _Walk:
    """Follows the running quantity through tiers, event by event, up and down."""

    __slots__ = ("_bounds", "highest", "position")

    def __init__(self, tiers: Sequence[Tier]) -> None:
        self._bounds = [Fraction(tier.up_to) for tier in tiers if tier.up_to is not None]
        self.position = NOTHING
        self.highest = NOTHING

    def pieces(self, event: Event) -> Iterator[Piece]:
        """The event's parts, lowest tier first. Below zero counts to the first tier."""
        start, end = self.position, self.position + Fraction(event.units)
        self.position, self.highest = end, max(self.highest, end)
        bottom, high = min(start, end), max(start, end)
        for tier in range(bisect_right(self._bounds, bottom), self._tier_of(high) + 1):
            top = min(high, self._bounds[tier]) if tier < len(self._bounds) else high
            yield Piece(tier, event, top - bottom if end > start else bottom - top)
            bottom = top

    def reached(self) -> int:
        """How many tiers the highest quantity touched; the first always."""
        return 1 + self._tier_of(self.highest)

    def _tier_of(self, position: Fraction) -> int:
        """Index of the tier that a quantity reaches; a bound belongs to the tier below it."""
        return bisect_left(self._bounds, position)


class DimensionCharge:
    """Tiers by running quantity, prices by the event's dimension: `rates` of each tier.

    A tier's unit part is all its dimensions together, rounded once. Source: the neutral form of
    Lago's custom aggregator.
    """

    __slots__ = ("_flats", "_money", "_rates", "_rule", "_scale")

    def __init__(self, rule: Rule, money: Money) -> None:
        self._scale = Fraction(rule.conversion_rate) * money.minor_per_major
        self._rates = [
            {name: Fraction(price) for name, price in (tier.rates or {}).items()}
            for tier in rule.tiers
        ]
        self._flats = [flat_line(rule, money, tier, n) for n, tier in enumerate(rule.tiers, 1)]
        self._money = money
        self._rule = rule

    def lines(self, usage: Usage) -> list[Line]:
        walk = _Walk(self._rule.tiers)
        units: list[dict[str, Fraction]] = [defaultdict(Fraction) for _ in self._rates]
        for event in usage.events or ():
            for piece in walk.pieces(event):
                units[piece.tier][event.dimension] += piece.units
        lines: list[Line] = []
        for tier in range(walk.reached()):
            lines.append(self._line(tier, units[tier]))
            lines += filter(None, [self._flats[tier]])
        return lines

    def _line(self, tier: int, units: dict[str, Fraction]) -> Line:
        rates = self._rates[tier]
        exact = self._scale * sum(
            (part * rates.get(name, 0) for name, part in units.items()), NOTHING
        )
        exact = max(exact, NOTHING)
        parts: list[list[Detail]] = [
            [("dimension", name), ("units", part), ("price", rates.get(name, NOTHING))]
            for name, part in units.items()
        ]
        return Line(
            Step.UNITS,
            self._money.settled(exact.numerator, exact.denominator),
            tier + 1,
            sum(units.values(), NOTHING),
            exact=exact,
            details=(("dimensions", parts), *conversion(self._rule)),
        )


class ProratedCharge:
    """Tiers by running full units, prices on prorated units, flat amounts by the peak.

    Units that are removed walk back through the tiers they came from. Units that are added but
    paid for no part of the period stay out of the tiers, and so does their removal. The unit part
    is rounded once, and is never below zero; a running quantity that ends below zero bills nothing.
    Source: Lago's prorated graduated model.
    """

    __slots__ = ("_flats", "_money", "_prices", "_rule", "_scale")

    def __init__(self, rule: Rule, money: Money) -> None:
        self._scale = Fraction(rule.conversion_rate) * money.minor_per_major
        self._prices = [Fraction(tier.unit_amount or ZERO) for tier in rule.tiers]
        self._flats = [flat_line(rule, money, tier, n) for n, tier in enumerate(rule.tiers, 1)]
        self._money = money
        self._rule = rule

    def lines(self, usage: Usage) -> list[Line]:
        walk = _Walk(self._rule.tiers)
        units = [NOTHING for _ in self._prices]
        for event in usage.events or ():
            if _is_outside(event, walk.position):
                continue
            share = _paid_share(event)
            for piece in walk.pieces(event):
                units[piece.tier] += piece.units * share
        if walk.position < 0:
            return [Line(Step.PRORATED, 0, units=sum(units, NOTHING))]
        reached = walk.reached()
        return [self._line(units), *filter(None, self._flats[:reached])]

    def _line(self, units: Sequence[Fraction]) -> Line:
        parts: list[list[Detail]] = [
            [("tier", number), ("units", part), ("price", price)]
            for number, (part, price) in enumerate(zip(units, self._prices, strict=True), 1)
            if part
        ]
        price = sum((part * each for part, each in zip(units, self._prices, strict=True)), NOTHING)
        exact = max(price * self._scale, NOTHING)
        return Line(
            Step.PRORATED,
            self._money.settled(exact.numerator, exact.denominator),
            units=sum(units, NOTHING),
            exact=exact,
            details=(("tiers", parts), *conversion(self._rule)),
        )


def _is_outside(event: Event, running: Fraction) -> bool:
    """Whether an event adds what the period does not pay for, or removes what was so added."""
    if event.prorated_units is None or event.prorated_units:
        return False
    return event.units > 0 or running + Fraction(event.units) < 0


def _paid_share(event: Event) -> Fraction:
    """What part of an event's units is paid for."""
    if event.prorated_units is None or not event.units:
        return Fraction(1)
    return Fraction(event.prorated_units) / Fraction(event.units)
