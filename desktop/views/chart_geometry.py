"""Where the points, ticks and labels of a chart go. Arithmetic only."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor, log10
from typing import Final

STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Distances between grid lines that people read easily, times a power of ten."""
GRID_LINES: Final = 6
LABEL_HEIGHT_PX: Final = 17
POINTS_PER_PIXEL: Final = 4


@dataclass(frozen=True, slots=True)
class Plot:
    """The area of the lines, in pixels of the widget, and what it spans."""

    left: float
    top: float
    width: float
    height: float
    count: int
    """Buckets on the time axis."""
    ceiling: float
    """The value at the upper edge; the lower edge is zero."""

    def x(self, place: int) -> float:
        """Horizontal pixel of a bucket."""
        if self.count <= 1:
            return self.left + self.width / 2
        return self.left + self.width * place / (self.count - 1)

    def y(self, value: float) -> float:
        """Vertical pixel of a value."""
        return self.top + self.height * (1 - value / self.ceiling)

    def nearest(self, x: float) -> int:
        """The bucket whose point is closest to a horizontal pixel."""
        if self.count <= 1 or self.width <= 0:
            return 0
        place = round((x - self.left) / self.width * (self.count - 1))
        return min(max(place, 0), self.count - 1)


def grid_values(highest: float, *, whole: bool) -> tuple[float, ...]:
    """Values of the grid lines from zero to the first one at or above the highest value.

    Args:
        highest: largest value in the chart.
        whole: only whole numbers make sense, as for a count of requests.
    """
    if highest <= 0:
        return (0.0, 1.0)
    rough = highest / GRID_LINES
    power = 10.0 ** floor(log10(rough))
    step = next(power * factor for factor in STEPS if power * factor >= rough * 0.999)
    if whole:
        step = max(1.0, float(ceil(step)))
    return tuple(step * number for number in range(ceil(highest / step - 1e-9) + 1))


def time_ticks(count: int, width_px: float, label_px: float) -> tuple[int, ...]:
    """Buckets that get a label on the time axis, evenly spaced, so many as have room."""
    if count <= 1:
        return (0,) if count else ()
    most = max(1, int(width_px // (label_px * 1.6)))
    step = max(1, ceil((count - 1) / most))
    return tuple(range(0, count, step))


def spread_labels(wanted: Sequence[float], top: float, bottom: float) -> tuple[float, ...]:
    """Vertical centres for labels at line ends, moved apart so that none covers another.

    Keeps the order of `wanted` on screen; the result is parallel to it.
    """
    order = sorted(range(len(wanted)), key=lambda place: wanted[place])
    centres = [0.0] * len(wanted)
    lowest = top
    for place in order:
        lowest = max(lowest, wanted[place])
        centres[place] = lowest
        lowest += LABEL_HEIGHT_PX
    limit = bottom
    for place in reversed(order):
        centres[place] = min(centres[place], limit)
        limit = centres[place] - LABEL_HEIGHT_PX
    return tuple(centres)


def thinned(values: Sequence[Decimal], width_px: int) -> tuple[list[int], list[float]]:
    """Places and values to draw: all, or of each pixel only the first, lowest, highest and last."""
    numbers = [float(value) for value in values]
    if len(numbers) <= POINTS_PER_PIXEL * max(width_px, 1):
        return list(range(len(numbers))), numbers
    kept: list[int] = []
    size = len(numbers) / width_px
    for pixel in range(width_px):
        places = range(int(pixel * size), int((pixel + 1) * size))
        extremes = (min(places, key=numbers.__getitem__), max(places, key=numbers.__getitem__))
        kept.extend(sorted({places[0], *extremes, places[-1]}))
    return kept, [numbers[place] for place in kept]
