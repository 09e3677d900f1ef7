"""Charges for one quantity: the models that need no more than how much was used."""

from collections.abc import Callable, Iterator
from decimal import Decimal
from math import lcm
from typing import Final, Protocol

from contract.pricing.exact import decimal_places, total
from contract.pricing.rule import ZERO, Model, Rule
from desktop.domain.pricing.explanation import Line, Money
from desktop.domain.pricing.grid import Grid
from desktop.domain.pricing.package_prices import PackagePrices, sold_tiers
from desktop.domain.pricing.tiers import Graduated, Single, Volume
from desktop.domain.pricing.unit_prices import UnitPrices
from desktop.domain.pricing.usage import Usage

MILLIONTHS: Final = 10**6
"""Quantities are metered in millionths; finer ones are taken too, at the price of a new grid."""
MAX_GRIDS: Final = 64


class QuantityModel(Protocol):
    """Prices a whole number of grid units; `tier_units` chooses a volume price's tier."""

    def lines(self, units: int, tier_units: int, /) -> list[Line]: ...


MODELS: Final[dict[Model, Callable[[Rule, Grid, Money], QuantityModel]]] = {
    Model.PER_UNIT: lambda *compiled: Single(UnitPrices(*compiled)),
    Model.DYNAMIC: lambda *compiled: Single(UnitPrices(*compiled)),
    Model.GRADUATED: lambda *compiled: Graduated(UnitPrices(*compiled)),
    Model.GRADUATED_PERCENTAGE: lambda *compiled: Graduated(UnitPrices(*compiled)),
    Model.VOLUME: lambda *compiled: Volume(UnitPrices(*compiled)),
    Model.PACKAGE: lambda *compiled: Single(PackagePrices(*compiled)),
    Model.GRADUATED_PACKAGE: lambda *compiled: Graduated(PackagePrices(*compiled)),
    Model.VOLUME_PACKAGE: lambda *compiled: Volume(PackagePrices(*compiled)),
}


class QuantityCharge:
    """A rule compiled for quantities; finer quantities than seen before compile it once more."""

    __slots__ = ("_finer", "_grid", "_model", "_money", "_rule")

    def __init__(self, rule: Rule, money: Money) -> None:
        self._rule = rule
        self._money = money
        self._finer: dict[int, tuple[Grid, QuantityModel]] = {}
        self._grid, self._model = self._compiled(MILLIONTHS)

    def lines(self, usage: Usage) -> list[Line]:
        """What all of the usage costs, before discounts and limits; groups each by themselves."""
        if usage.groups:
            return [line for name, units in usage.groups for line in self._of_group(name, units)]
        quantity = metered(usage)
        top, bottom = quantity.as_integer_ratio()
        tier_quantity = usage.tier_quantity
        if tier_quantity is not None or not self._grid.takes(bottom):
            reached = quantity if tier_quantity is None else tier_quantity
            return self._lines_on_finer_grid(quantity, reached)
        units = self._grid.rated(top, bottom)
        lines = self._model.lines(units, units)
        return [*self._grid.explained(quantity, units), *lines]

    def _of_group(self, name: str, quantity: Decimal) -> list[Line]:
        lines = self.lines(Usage(quantity))
        return [line._replace(details=(("group", name), *line.details)) for line in lines]

    def _lines_on_finer_grid(self, quantity: Decimal, tier_quantity: Decimal) -> list[Line]:
        top, bottom = quantity.as_integer_ratio()
        tier_top, tier_bottom = tier_quantity.as_integer_ratio()
        grid, model = self._for_denominator(lcm(bottom, tier_bottom))
        units = grid.rated(top, bottom)
        lines = model.lines(units, grid.rated(tier_top, tier_bottom))
        return [*grid.explained(quantity, units), *lines]

    def _for_denominator(self, bottom: int) -> tuple[Grid, QuantityModel]:
        """The rule on a grid that holds quantities of this denominator; a few are kept."""
        if self._grid.takes(bottom):
            return self._grid, self._model
        metered_in = 10 ** (decimal_places(bottom) or 0)
        if metered_in not in self._finer:
            if len(self._finer) == MAX_GRIDS:
                self._finer.clear()
            self._finer[metered_in] = self._compiled(metered_in)
        return self._finer[metered_in]

    def _compiled(self, metered_in: int) -> tuple[Grid, QuantityModel]:
        grid = Grid(self._rule, metered_in, measured(self._rule))
        return grid, MODELS[self._rule.model](self._rule, grid, self._money)


def metered(usage: Usage) -> Decimal:
    """The quantity of a usage, or the sum of its events."""
    if usage.quantity is not None:
        return usage.quantity
    return total(event.units for event in usage.events or ())


def measured(rule: Rule) -> Iterator[Decimal]:
    """The rule's numbers that are in units."""
    for tier in sold_tiers(rule):
        yield tier.up_to or ZERO
        yield tier.package_size or ZERO
