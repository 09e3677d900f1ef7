"""What a price costs over the quantity: the points of a curve, by the engine itself."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from contract.pricing.errors import InvalidField
from contract.pricing.parsing import rule_from
from contract.pricing.rule import Model, Rule
from desktop.domain.pricing.engine import CHARGES, RatingEngine
from desktop.domain.pricing.explanation import Step
from desktop.domain.pricing.usage import Usage

POINTS: Final = 160
MOST_STEPS: Final = 24_000
"""Points times tiers: more would be felt while typing."""
FEWEST_POINTS: Final = 24
MOST_TOLD: Final = 12
FALLBACK: Final = Decimal(1000)
BEYOND: Final = Decimal("1.5")
"""How far a curve goes past its last bound."""


@dataclass(frozen=True, slots=True)
class Curve:
    """Quantities in rising order and what they cost, in major units of the currency."""

    quantities: tuple[float, ...]
    amounts: tuple[float, ...]
    currency: str

    def at(self, quantity: float) -> float:
        """The amount at a quantity, between the points."""
        pairs = zip(self.quantities, self.amounts, strict=True)
        before = (0.0, self.amounts[0])
        for place, amount in pairs:
            if place >= quantity:
                width = place - before[0]
                share = (quantity - before[0]) / width if width else 1.0
                return before[1] + (amount - before[1]) * share
            before = (place, amount)
        return self.amounts[-1]


def engine_of(price: dict[str, Any] | None) -> RatingEngine | None:
    """The engine of a price; None while it is not yet one, or has ended."""
    try:
        return None if price is None else RatingEngine(rule_from(price))
    except InvalidField:
        return None


def reach(*engines: RatingEngine | None, used: Decimal = Decimal(0)) -> Decimal:
    """How far a curve of these prices should go: past the last bound and what is used."""
    bounds = [
        tier.up_to for engine in engines if engine for tier in engine.rule.tiers if tier.up_to
    ]
    furthest = max((*bounds, used), default=Decimal(0))
    return furthest * BEYOND if furthest else FALLBACK


def curve_of(engine: RatingEngine, most: Decimal) -> Curve | None:
    """The cost of a period from nothing up to a quantity; None for prices of single events."""
    rule = engine.rule
    if rule.model in CHARGES and rule.model is not Model.FLAT:
        return None
    quantities = _quantities(rule, most)
    minor = 10**rule.currency.digits
    amounts = tuple(
        float(Fraction(engine.rate(_usage(rule, one)).minor) / minor) for one in quantities
    )
    return Curve(tuple(map(float, quantities)), amounts, rule.currency.code)


@dataclass(frozen=True, slots=True)
class Explained:
    """An amount and the steps it is made of, in major units as text."""

    steps: tuple[str, ...]
    amount: str
    currency: str


def explained(engine: RatingEngine, quantity: Decimal) -> Explained | None:
    """How the amount of a quantity comes about; None for prices of single events."""
    rule = engine.rule
    if rule.model in CHARGES and rule.model is not Model.FLAT:
        return None
    rated = engine.rate(_usage(rule, quantity))
    steps = tuple(
        rated.money.text(line.amount) for line in rated.lines if line.step is not Step.QUANTITY
    )
    return Explained(steps[:MOST_TOLD], rated.amount, rule.currency.code)


def _usage(rule: Rule, quantity: Decimal) -> Usage:
    return Usage() if rule.model is Model.FLAT else Usage(quantity=quantity)


def _quantities(rule: Rule, most: Decimal) -> list[Decimal]:
    """Even steps and, where there are few tiers, each bound with the place right above it."""
    count = max(FEWEST_POINTS, min(POINTS, MOST_STEPS // max(len(rule.tiers), 1)))
    even = {most * place / count for place in range(count + 1)}
    bounds = [tier.up_to for tier in rule.tiers if tier.up_to is not None and tier.up_to < most]
    if len(bounds) <= count:
        even.update(bounds)
        even.update(bound + most / 10**6 for bound in bounds)
    return sorted(even)
