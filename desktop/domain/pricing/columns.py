"""Rates whole columns of quantities at once, equal to the engine on every cell.

For simulations over millions of cells: 64-bit integers throughout, no cell visited by Python. A
product of quantity and price may need more than 64 bits; only its remainder has to fit. The rounded
quotient is estimated in floating point, off by one at most, and the remainder that it leaves, taken
modulo 2^64, says exactly which way to correct it. Cells whose numbers would not keep to the bounds
of that argument are rated by the engine itself.
"""

from collections.abc import Callable, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

from contract.pricing.rounding import Rounding, UnitRounding, ceiling, half_away
from contract.pricing.rule import Model, Rule
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.explanation import Money
from desktop.domain.pricing.grid import Grid
from desktop.domain.pricing.package_prices import PackagePrices
from desktop.domain.pricing.quantity_charge import MILLIONTHS, MODELS, measured
from desktop.domain.pricing.tiers import PricedTier
from desktop.domain.pricing.unit_prices import UnitPrices
from desktop.domain.pricing.usage import Usage

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]

CHUNK: Final = 16_384
"""Cells at a time: all intermediate columns stay in the processor's cache."""
MAX_WORD: Final[int] = 2**62
MAX_QUOTIENT: Final[int] = 2**49
"""The estimate's three roundings, each of 2^-53, stay below a quarter."""
FEW_TIERS: Final = 24
"""Up to here comparing with every bound is faster than a search."""

PACKED: Final = frozenset({Model.PACKAGE, Model.GRADUATED_PACKAGE, Model.VOLUME_PACKAGE})
BY_VOLUME: Final = frozenset({Model.VOLUME, Model.VOLUME_PACKAGE})


class ColumnEngine:
    """One rule for columns of whole periods: no earlier parts, no credits.

    Raises: ValueError for a rule that needs single events or whose amounts are not rounded.
    """

    def __init__(self, rule: Rule) -> None:
        if not is_columnar(rule):
            raise ValueError(f"{rule.model} cannot be rated by columns")
        self._engine = RatingEngine(rule)
        self._amounts = _Amounts(rule, Money(rule.currency, rule.rounding))

    def rate(self, quantities: Integers) -> Integers:
        """Charges in minor units for quantities in millionths, one each.

        Raises: OverflowError when a charge does not fit into 64 bits.
        """
        charges = np.empty_like(quantities)
        for start in range(0, len(quantities), CHUNK):
            cells = np.maximum(quantities[start : start + CHUNK], 0)
            rated = self._amounts.of(cells)
            for index in np.flatnonzero(cells > self._amounts.largest):
                rated[index] = self._exactly(int(cells[index]))
            charges[start : start + CHUNK] = rated
        return charges

    def _exactly(self, millionths: int) -> int:
        quantity = Decimal(millionths).scaleb(-6)
        return self._engine.rate(Usage(quantity)).minor.numerator


def is_columnar(rule: Rule) -> bool:
    """Whether one quantity decides, and amounts are whole minor units."""
    return rule.model in MODELS and rule.rounding is Rounding.CURRENCY


class _Amounts:
    """The rule's numbers as columns, and the steps from units to amounts."""

    def __init__(self, rule: Rule, money: Money) -> None:
        self._grid = grid = Grid(rule, MILLIONTHS, measured(rule))
        prices = (PackagePrices if rule.model in PACKED else UnitPrices)(rule, grid, money)
        self._rule = rule
        self._bottom = prices.bottom
        self._tiers = prices.tiers
        self._discount = _Discount(rule)
        self._min = None if rule.min is None else int(money.of(rule.min))
        self._max = None if rule.max is None else int(money.of(rule.max))
        self.largest = self._largest()
        if self.largest >= 0:
            self._tabulate()

    def _largest(self) -> int:
        """The largest quantity whose every step keeps to the bounds; -1 when there is none."""
        grid, tiers = self._grid, self._tiers
        top_price = max(tier.price for tier in tiers)
        words = [self._min or 0, self._max or 0, self._bottom, self._discount.bottom, top_price]
        words += [grid.free, grid.step, grid.factor]
        words += [max(tier.up_to or 0, tier.size) for tier in tiers]
        words.append(sum(int(tier.flat.amount) for tier in tiers if tier.flat))
        if max(words) >= MAX_WORD:
            return -1
        size = min(tier.size for tier in tiers) if self._rule.model in PACKED else 1
        most = MAX_QUOTIENT * self._bottom * size // max(top_price, 1)
        return max(min(MAX_WORD, most) - grid.step, 0) // grid.factor - 1

    def _tabulate(self) -> None:
        """Columns by tier; what full tiers and flat amounts cost is added up before."""
        tiers = self._tiers
        self._bounds = np.array([t.up_to for t in tiers if t.up_to is not None], dtype=np.int64)
        self._price = np.array([t.price for t in tiers], dtype=np.int64)
        self._ratio = np.array([float(Fraction(t.price, self._bottom)) for t in tiers])
        self._size = np.array([t.size for t in tiers], dtype=np.int64)
        below = [(0, 0)] * len(tiers) if self._is_whole else self._full_tiers(tiers)
        flats = [self._discount.off(int(t.flat.amount)) if t.flat else 0 for t in tiers]
        self._lower = np.array([bound for bound, _ in below], dtype=np.int64)
        bases = [cost + flat for (_, cost), flat in zip(below, flats, strict=True)]
        self._base = np.array([min(base, MAX_WORD) for base in bases], dtype=np.int64)

    @property
    def _is_whole(self) -> bool:
        """Whether one tier prices all units."""
        return self._rule.model in BY_VOLUME or len(self._tiers) == 1

    def _full_tiers(self, tiers: Sequence[PricedTier]) -> list[tuple[int, int]]:
        """For each tier its lower bound, and what the tiers below it cost when they are full."""
        full = [(0, 0)]
        for tier in tiers[:-1]:
            lower, cost = full[-1]
            units = (tier.up_to or 0) - lower
            counted = ceiling(units, tier.size) if self._rule.model in PACKED else units
            part = self._discount.off(half_away(counted * tier.price, self._bottom))
            flat = self._discount.off(int(tier.flat.amount)) if tier.flat else 0
            full.append((lower + units, cost + part + flat))
        return full

    def of(self, quantities: Integers) -> Integers:
        """Charges; anything where a quantity is above `largest`."""
        if self.largest < 0:
            return quantities
        units = self._units(np.minimum(quantities, self.largest))
        amounts = self._priced(units)
        if self._max is not None:
            np.minimum(amounts, self._max, out=amounts)
        if self._min is not None:
            np.maximum(amounts, self._min, out=amounts)
        return amounts

    def _units(self, quantities: Integers) -> Integers:
        """Converted, rounded, less the free ones."""
        grid = self._grid
        units = quantities * grid.factor if grid.factor != 1 else quantities
        if grid.rounding is not UnitRounding.NONE:
            units = (units + _ADDED[grid.rounding](grid.step)) // grid.step * grid.step
        return np.maximum(units - grid.free, 0) if grid.free else units

    def _priced(self, units: Integers) -> Integers:
        if len(self._tiers) == 1:
            amounts = self._component(units, self._price[0], self._ratio[0], self._size[0])
            amounts += self._base[0]
            return amounts
        tier = self._tier_of(units)
        part = units if self._is_whole else units - self._lower[tier]
        amounts = self._component(part, self._price[tier], self._ratio[tier], self._size[tier])
        amounts += self._base[tier]
        return amounts

    def _tier_of(self, units: Integers) -> NDArray[np.intp]:
        """Index of each cell's tier; a bound belongs to the tier below it."""
        if len(self._bounds) > FEW_TIERS:
            return np.asarray(self._bounds.searchsorted(units, side="left"), dtype=np.intp)
        tier = np.zeros(len(units), dtype=np.intp)
        for bound in self._bounds:
            tier += units > bound
        return tier

    def _component(
        self,
        units: Integers,
        price: Integers | np.int64,
        ratio: Floats | np.float64,
        size: Integers | np.int64,
    ) -> Integers:
        """The rounded and discounted price of each cell's units in its tier."""
        if self._rule.model in PACKED:
            units = np.maximum(-(-units // size), self._rule.minimum_packages)
        return self._discount.off_column(rounded_product(units, price, ratio, self._bottom))


_ADDED: Final[dict[UnitRounding, Callable[[int], int]]] = {
    UnitRounding.CEILING: lambda step: step - 1,
    UnitRounding.FLOOR: lambda _step: 0,
    UnitRounding.HALF_UP: lambda step: step // 2,
}
"""What is added before the division that cuts; a step of 1 has nothing to round."""


class _Discount:
    """The percent discount of a component."""

    def __init__(self, rule: Rule) -> None:
        self._top, self.bottom = (Fraction(rule.discount_percent) / 100).as_integer_ratio()

    def off(self, amount: int) -> int:
        return amount - half_away(amount * self._top, self.bottom)

    def off_column(self, amounts: Integers) -> Integers:
        if not self._top:
            return amounts
        ratio = np.float64(Fraction(self._top, self.bottom))
        return amounts - rounded_product(amounts, np.int64(self._top), ratio, self.bottom)


def rounded_product(
    units: Integers,
    price: Integers | np.int64,
    ratio: Floats | np.float64,
    bottom: int,
) -> Integers:
    """Nearest whole numbers to units x price / bottom, halves up; none is below zero.

    `ratio` is price / bottom. Exact while every quotient is below 2^49 and price and bottom are
    below 2^62: the estimate is then less than three quarters away from the quotient, so that the
    remainder fits into 64 bits although the product may not.
    """
    quotients = np.rint(units * ratio).astype(np.int64)
    rest = units * price
    rest -= quotients * bottom
    quotients += rest >= (bottom + 1) // 2
    quotients -= rest < -(bottom // 2)
    return quotients
