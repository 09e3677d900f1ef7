"""Prices of packages: a started one counts as a whole one, and no units are no package.

Sources: Lago and OpenMeter for packages; Kill Bill's tiered blocks for packages inside tiers
(ALL_TIERS packs each tier's part by itself, TOP_TIER packs everything at the reached tier; above
the last tier's bound both go on at that tier).
"""

from decimal import Decimal

from contract.pricing.rounding import ceiling
from contract.pricing.rule import ZERO, Model, Rule, Tier
from desktop.domain.pricing.explanation import Frame, Line, Money, Step
from desktop.domain.pricing.grid import Grid
from desktop.domain.pricing.prices import PriceList, conversion, flat_line, price_list
from desktop.domain.pricing.tiers import PricedTier


def sold_tiers(rule: Rule) -> tuple[Tier, ...]:
    """The rule's tiers; one without bounds for the model that has no tiers."""
    if rule.model is Model.PACKAGE:
        return (Tier(package_size=rule.package_size, package_amount=rule.package_amount),)
    return rule.tiers


class PackagePrices:
    """Started packages of a tier times their price."""

    __slots__ = ("_frame", "_least", "_settled", "bottom", "tiers")

    def __init__(self, rule: Rule, grid: Grid, money: Money) -> None:
        tiers = sold_tiers(rule)
        prices = price_list([tier.package_amount or ZERO for tier in tiers], rule, money, 1)
        self.tiers = _priced(rule, grid, money, prices)
        self._least = rule.minimum_packages
        self.bottom = prices.bottom
        self._frame = Frame(grid.units, prices.bottom)
        self._settled = money.settled

    def line(self, tier: PricedTier, units: int) -> Line:
        packages = max(ceiling(units, tier.size), self._least)
        exact = packages * tier.price
        return Line(
            Step.PACKAGES,
            self._settled(exact, self.bottom),
            tier.number,
            units,
            tier.shown,
            exact,
            self._frame,
            (("packages", packages), *tier.details),
        )


def _priced(rule: Rule, grid: Grid, money: Money, prices: PriceList) -> tuple[PricedTier, ...]:
    tiers = sold_tiers(rule)
    last = len(tiers) - 1
    return tuple(
        PricedTier(
            index + bool(rule.tiers),
            None if tier.up_to is None or index == last else grid.of(tier.up_to),
            top,
            tier.package_amount or ZERO,
            (("package_size", size), *conversion(rule)),
            flat_line(rule, money, tier, index + 1),
            grid.of(size),
        )
        for index, (tier, top) in enumerate(zip(tiers, prices.tops, strict=True))
        for size in (tier.package_size or Decimal(1),)
    )
