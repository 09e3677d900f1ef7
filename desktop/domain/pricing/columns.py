"""Rates whole columns of cells at once, equal to the engine on every cell.

For simulations over millions of cells: 64-bit integers throughout, no cell visited by Python. Cells
whose numbers would not keep to the bounds of `column_products` are rated by the engine itself.
"""

from typing import Final, Protocol

import numpy as np

from contract.pricing.rounding import Rounding
from contract.pricing.rule import Model, Rule
from desktop.domain.pricing.cell_columns import CellColumns
from desktop.domain.pricing.cell_usage import is_one_cell, usage_of_cell
from desktop.domain.pricing.column_others import CapacityColumns, FlatColumns, PercentageColumns
from desktop.domain.pricing.column_products import Integers
from desktop.domain.pricing.column_tiers import TierColumns
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.explanation import Money

CHUNK: Final = 16_384
"""Cells at a time: all intermediate columns stay in the processor's cache."""


class Charges(Protocol):
    """A rule compiled for columns."""

    def of(self, cells: CellColumns, /) -> Integers:
        """Charges in minor units; anything where `beyond` is true."""

    def beyond(self, cells: CellColumns, /) -> Integers:
        """Places of the cells that the engine has to rate."""


class ColumnEngine:
    """One rule for columns of whole periods: no earlier parts, no credits.

    Raises: ValueError for a rule that needs single events or whose amounts are not rounded.
    """

    def __init__(self, rule: Rule) -> None:
        if not is_columnar(rule):
            raise ValueError(f"{rule.model} cannot be rated by columns")
        self._rule = rule
        self._engine = RatingEngine(rule)
        self._charges = _compiled(rule)

    def rate(self, cells: CellColumns | Integers) -> Integers:
        """Charges in minor units, one a cell; quantities alone are cells of one event each.

        Raises: OverflowError when a charge does not fit into 64 bits; InvalidInput for a cell that
        the rule has no price for.
        """
        if not isinstance(cells, CellColumns):
            cells = CellColumns.of_quantities(cells)
        charges = np.empty_like(cells.quantity)
        for start in range(0, len(charges), CHUNK):
            part = cells.part(start, start + CHUNK)
            rated = self._charges.of(part)
            for place in self._charges.beyond(part):
                rated[place] = self._exactly(part, int(place))
            charges[start : start + CHUNK] = rated
        return charges

    def _exactly(self, cells: CellColumns, place: int) -> int:
        numbers = (cells.quantity[place], cells.events[place], cells.peak[place])
        usage = usage_of_cell(self._rule, *map(int, numbers))
        return self._engine.rate(usage).minor.numerator


def is_columnar(rule: Rule) -> bool:
    """Whether sums decide, and amounts are whole minor units."""
    return is_one_cell(rule) and rule.rounding is not Rounding.NONE


def _compiled(rule: Rule) -> Charges:
    money = Money(rule.currency, Rounding.CURRENCY)
    match rule.model:
        case Model.FLAT:
            return FlatColumns(rule)
        case Model.CAPACITY:
            return CapacityColumns(rule)
        case Model.PERCENTAGE | Model.EVENT_PRICED:
            return PercentageColumns(rule, money)
    return TierColumns(rule, money)
