"""Prices of single units: an amount each, a factor on money, or a percentage of it."""

from decimal import Decimal
from fractions import Fraction
from typing import Final

from contract.pricing.rule import ZERO, Model, Rule, Tier
from desktop.domain.pricing.explanation import Frame, Line, Money, Step
from desktop.domain.pricing.grid import Grid
from desktop.domain.pricing.prices import conversion, flat_line, price_list
from desktop.domain.pricing.tiers import PricedTier

PERCENT: Final = Fraction(1, 100)


class UnitPrices:
    """Units times the price of their tier; the product is rounded, never the price."""

    __slots__ = ("_frame", "_settled", "_step", "bottom", "tiers")

    def __init__(self, rule: Rule, grid: Grid, money: Money) -> None:
        is_percentage = rule.model is Model.GRADUATED_PERCENTAGE
        self._step = Step.PERCENTAGE if is_percentage else Step.UNITS
        shown = [_shown_price(rule, tier) for tier in rule.tiers or (Tier(),)]
        each = [Fraction(price) * (PERCENT if is_percentage else 1) for price in shown]
        prices = price_list(each, rule, money, grid.units)
        self.tiers = tuple(
            PricedTier(
                number,
                None if tier.up_to is None else grid.of(tier.up_to),
                top,
                price,
                conversion(rule),
                flat_line(rule, money, tier, number),
            )
            for number, (tier, top, price) in enumerate(
                zip(rule.tiers or (Tier(),), prices.tops, shown, strict=True), bool(rule.tiers)
            )
        )
        self.bottom = prices.bottom
        self._frame = Frame(grid.units, prices.bottom)
        self._settled = money.settled

    def line(self, tier: PricedTier, units: int) -> Line:
        exact = units * tier.price
        return Line(
            self._step,
            self._settled(exact, self.bottom),
            tier.number,
            units,
            tier.shown,
            exact,
            self._frame,
            tier.details,
        )


def _shown_price(rule: Rule, tier: Tier) -> Decimal:
    """The price as the owner wrote it."""
    match rule.model:
        case Model.PER_UNIT:
            return rule.unit_amount
        case Model.DYNAMIC:
            return rule.multiplier
        case Model.GRADUATED_PERCENTAGE:
            return tier.rate or ZERO
        case _:
            return tier.unit_amount or ZERO
