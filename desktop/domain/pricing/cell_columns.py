"""What was used, in columns: quantities, numbers of events, peaks."""

from dataclasses import dataclass

import numpy as np

from desktop.domain.pricing.column_products import Integers


@dataclass(frozen=True, slots=True)
class CellColumns:
    """What was used, one cell a place: quantity and largest single quantity in millionths."""

    quantity: Integers
    events: Integers
    peak: Integers

    @classmethod
    def of_quantities(cls, quantity: Integers) -> "CellColumns":
        """Cells of one event each."""
        return cls(quantity, np.ones_like(quantity), quantity)

    def part(self, start: int, end: int) -> "CellColumns":
        return CellColumns(self.quantity[start:end], self.events[start:end], self.peak[start:end])
