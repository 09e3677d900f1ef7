"""Columns of the models of one quantity: a price, or tiers of prices, of units or of packages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import lcm
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.pricing.rounding import Rounding, UnitRounding, ceiling, half_away
from contract.pricing.rule import Model, Rule
from desktop.domain.pricing.cell_columns import CellColumns
from desktop.domain.pricing.column_products import (
    MAX_QUOTIENT,
    MAX_SUM,
    MAX_WORD,
    Floats,
    Integers,
    Over,
    rounded_product,
    rounded_sum,
    wrapped,
)
from desktop.domain.pricing.explanation import Money
from desktop.domain.pricing.grid import Grid
from desktop.domain.pricing.package_prices import PackagePrices
from desktop.domain.pricing.quantity_charge import MILLIONTHS, measured
from desktop.domain.pricing.tiers import PricedTier
from desktop.domain.pricing.unit_prices import UnitPrices

FEW_TIERS: Final = 24
"""Up to here comparing with every bound is faster than a search."""
PACKED: Final = frozenset({Model.PACKAGE, Model.GRADUATED_PACKAGE, Model.VOLUME_PACKAGE})
BY_VOLUME: Final = frozenset({Model.VOLUME, Model.VOLUME_PACKAGE})


class TierColumns:
    """The rule's numbers as columns, and the steps from quantities to amounts."""

    def __init__(self, rule: Rule, money: Money) -> None:
        self._rule = rule
        self._grid = grid = Grid(rule, MILLIONTHS, measured(rule))
        self._is_packed = rule.model in PACKED
        is_once = rule.rounding is Rounding.CHARGE
        parts = Money(rule.currency, Rounding.NONE) if is_once else money
        prices = (PackagePrices if self._is_packed else UnitPrices)(rule, grid, parts)
        self._tiers = prices.tiers
        is_whole = rule.model in BY_VOLUME or len(self._tiers) == 1
        self._is_whole = is_whole
        tariff = (Once if is_once else ByComponent)(rule, prices.tiers, prices.bottom)
        counted = self._counted_whole
        tariff.add_up([] if is_whole else [counted(tier, units) for tier, units in self._full()])
        self._tariff = tariff
        self._limits = Limits(rule, money)
        self.largest = self._largest()
        if self.largest >= 0:
            self._tabulate()

    def _full(self) -> Sequence[tuple[PricedTier, int]]:
        """Each tier but the last, and how many units fill it."""
        bounds = [0, *(tier.up_to or 0 for tier in self._tiers[:-1])]
        return [
            (tier, (tier.up_to or 0) - lower)
            for tier, lower in zip(self._tiers[:-1], bounds, strict=False)
        ]

    def _counted_whole(self, tier: PricedTier, units: int) -> int:
        return ceiling(units, tier.size) if self._is_packed else units

    def _largest(self) -> int:
        """The largest quantity whose every step keeps to the bounds; -1 when there is none."""
        grid, tiers = self._grid, self._tiers
        words = [self._limits.largest, self._tariff.largest_word, grid.free, grid.step, grid.factor]
        words += [max(tier.up_to or 0, tier.size) for tier in tiers]
        size = min(tier.size for tier in tiers) if self._is_packed else 1
        most = self._tariff.most_units(size)
        if max(words) >= MAX_WORD or self._rule.minimum_packages * size > most:
            return -1
        return max(min(MAX_WORD, most) - grid.step, 0) // grid.factor - 1

    def _tabulate(self) -> None:
        tiers = self._tiers
        bounds = [tier.up_to for tier in tiers if tier.up_to is not None]
        self._bounds = np.array(bounds, dtype=np.int64)
        self._size = np.array([tier.size for tier in tiers], dtype=np.int64)
        lower = [0] * len(tiers) if self._is_whole else [0, *bounds][: len(tiers)]
        self._lower = np.array(lower, dtype=np.int64)
        self._tariff.tabulate()

    def of(self, cells: CellColumns) -> Integers:
        """Charges; anything where a quantity is above `largest`."""
        if self.largest < 0:
            return np.zeros_like(cells.quantity)
        return self._limits.kept(self._priced(self._units(cells.quantity)))

    def beyond(self, cells: CellColumns) -> Integers:
        return np.flatnonzero(np.maximum(cells.quantity, 0) > self.largest)

    def _units(self, quantities: Integers) -> Integers:
        """Converted, rounded, less the free ones."""
        grid = self._grid
        quantities = np.clip(quantities, 0, self.largest)
        units = quantities * grid.factor if grid.factor != 1 else quantities
        if grid.rounding is not UnitRounding.NONE:
            units = (units + _ADDED[grid.rounding](grid.step)) // grid.step * grid.step
        return np.maximum(units - grid.free, 0) if grid.free else units

    def _priced(self, units: Integers) -> Integers:
        if len(self._tiers) == 1:
            return self._tariff.priced(self._counted(units, self._size[0]), 0)
        tier = self._tier_of(units)
        part = units if self._is_whole else units - self._lower[tier]
        return self._tariff.priced(self._counted(part, self._size[tier]), tier)

    def _counted(self, units: Integers, size: Integers | np.int64) -> Integers:
        """What is multiplied with a price: units, or started packages."""
        if not self._is_packed:
            return units
        packages: Integers = -(-units // size)
        np.maximum(packages, self._rule.minimum_packages, out=packages)
        return packages

    def _tier_of(self, units: Integers) -> NDArray[np.intp]:
        """Index of each cell's tier; a bound belongs to the tier below it."""
        if len(self._bounds) > FEW_TIERS:
            return np.asarray(self._bounds.searchsorted(units, side="left"), dtype=np.intp)
        tier = np.zeros(len(units), dtype=np.intp)
        for bound in self._bounds:
            tier += units > bound
        return tier


_ADDED: Final[dict[UnitRounding, Callable[[int], int]]] = {
    UnitRounding.CEILING: lambda step: step - 1,
    UnitRounding.FLOOR: lambda _step: 0,
    UnitRounding.HALF_UP: lambda step: step // 2,
}
"""What is added before the division that cuts; a step of 1 has nothing to round."""

Places = NDArray[np.intp] | int


class ByComponent:
    """Each component rounded, and its discount rounded: what full tiers cost is known before."""

    def __init__(self, rule: Rule, tiers: Sequence[PricedTier], bottom: int) -> None:
        self._tiers = tiers
        self._bottom = bottom
        self._discount = Discount(rule)
        self._bases: list[int] = []

    def add_up(self, full: Sequence[int]) -> None:
        """Fix what comes on top of a tier's own units; `full` is what fills each tier below."""
        off = self._discount.off
        flats = [off(int(tier.flat.amount)) if tier.flat else 0 for tier in self._tiers]
        below, self._bases = 0, []
        for place, flat in enumerate(flats):
            self._bases.append(below + flat)
            if place < len(full):
                cost = half_away(full[place] * self._tiers[place].price, self._bottom)
                below += off(cost) + flat

    @property
    def largest_word(self) -> int:
        prices = max(tier.price for tier in self._tiers)
        return max(self._bottom, prices, self._discount.bottom, *self._bases)

    def most_units(self, size: int) -> int:
        top = max(tier.price for tier in self._tiers)
        return MAX_QUOTIENT * self._bottom * size // max(top, 1)

    def tabulate(self) -> None:
        self._price = np.array([tier.price for tier in self._tiers], dtype=np.int64)
        ratios = [float(Fraction(tier.price, self._bottom)) for tier in self._tiers]
        self._ratio = np.array(ratios)
        self._base = np.array(self._bases, dtype=np.int64)

    def priced(self, counted: Integers, tier: Places) -> Integers:
        amounts = rounded_product(counted, self._price[tier], self._ratio[tier], self._bottom)
        amounts = self._discount.off_column(amounts)
        amounts += self._base[tier]
        return amounts


class Once:
    """The sum of all components less the discount, rounded once."""

    def __init__(self, rule: Rule, tiers: Sequence[PricedTier], bottom: int) -> None:
        self._rest = Discount(rule).rest
        self._exact = [Fraction(tier.price, bottom) * self._rest for tier in tiers]
        self._flats = [
            Fraction(tier.flat.amount) * self._rest if tier.flat else Fraction(0) for tier in tiers
        ]
        self._bottom = 1
        self._prices: list[int] = []
        self._extras: list[int] = []

    def add_up(self, full: Sequence[int]) -> None:
        """Fix what comes on top of a tier's own units; `full` is what fills each tier below."""
        below, bases = Fraction(0), []
        for place, flat in enumerate(self._flats):
            bases.append(below + flat)
            if place < len(full):
                below += full[place] * self._exact[place] + flat
        self._bottom = lcm(*(number.denominator for number in (*self._exact, *bases)))
        self._prices = [int(price * self._bottom) for price in self._exact]
        self._extras = [int(base * self._bottom) for base in bases]

    @property
    def largest_word(self) -> int:
        most_extra = max(self._extras) // self._bottom
        return max(self._bottom, *self._prices, MAX_WORD if most_extra >= MAX_SUM // 2 else 0)

    def most_units(self, size: int) -> int:
        return MAX_SUM // 2 * self._bottom * size // max(*self._prices, 1)

    def tabulate(self) -> None:
        self._price = np.array(self._prices, dtype=np.int64)
        self._ratio = np.array([float(Fraction(p, self._bottom)) for p in self._prices])
        self._extra = np.array([wrapped(extra) for extra in self._extras], dtype=np.int64)
        quotients = [float(Fraction(extra, self._bottom)) for extra in self._extras]
        self._extra_quotient: Floats = np.array(quotients)

    def priced(self, counted: Integers, tier: Places) -> Integers:
        price = Over(self._price[tier], self._ratio[tier])
        extra = Over(self._extra[tier], self._extra_quotient[tier])
        return rounded_sum(counted, price, extra, self._bottom)


class Limits:
    """Minimum and maximum of a charge."""

    def __init__(self, rule: Rule, money: Money) -> None:
        self._min = None if rule.min is None else int(money.of(rule.min))
        self._max = None if rule.max is None else int(money.of(rule.max))
        self.largest = max(self._min or 0, self._max or 0)

    def kept(self, amounts: Integers) -> Integers:
        """The amounts within the limits, in place."""
        if self._max is not None:
            np.minimum(amounts, self._max, out=amounts)
        if self._min is not None:
            np.maximum(amounts, self._min, out=amounts)
        return amounts


class Discount:
    """The percent discount of a component."""

    def __init__(self, rule: Rule) -> None:
        share = Fraction(rule.discount_percent) / 100
        self._top, self.bottom = share.as_integer_ratio()
        self.rest = 1 - share
        """What remains of an amount that is not rounded."""

    def off(self, amount: int) -> int:
        return amount - half_away(amount * self._top, self.bottom)

    def off_column(self, amounts: Integers) -> Integers:
        if not self._top:
            return amounts
        ratio = np.float64(Fraction(self._top, self.bottom))
        return amounts - rounded_product(amounts, np.int64(self._top), ratio, self.bottom)
