"""Where the points, ticks and labels of a chart go. Arithmetic only."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import Final

STEPS: Final = (1.0, 2.0, 2.5, 5.0, 10.0)
"""Distances between grid lines that people read easily, times a power of ten."""
GRID_LINES: Final = 6
LABEL_HEIGHT_PX: Final = 17


@dataclass(frozen=True, slots=True)
class Plot:
    """The area of the marks, in pixels of the widget, and what it spans."""

    left: float
    top: float
    width: float
    height: float
    count: int
    """Places on the horizontal axis."""
    ceiling: float
    """The value at the upper edge; the lower edge is zero."""
    first: int = 0
    """The leftmost place: more than zero where the chart is zoomed in."""
    slotted: bool = False
    """Places have a width, as bars do; else they are points and the outer ones lie on the edge."""

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def last(self) -> int:
        """The rightmost place; before `first` when there is none."""
        return self.first + self.count - 1

    @property
    def slot(self) -> float:
        """Width of a place in pixels."""
        steps = self.count if self.slotted else self.count - 1
        return self.width / max(steps, 1)

    def x(self, place: float) -> float:
        """Horizontal pixel of a place."""
        if self.slotted:
            return self.left + self.slot * (place - self.first + 0.5)
        if self.count <= 1:
            return self.left + self.width / 2
        return self.left + self.slot * (place - self.first)

    def y(self, value: float) -> float:
        """Vertical pixel of a value."""
        return self.top + self.height * (1 - value / self.ceiling)

    def nearest(self, x: float) -> int:
        """The place that is closest to a horizontal pixel."""
        if self.count <= 1 or self.width <= 0:
            return self.first
        place = (x - self.left) / self.slot - (0.5 if self.slotted else 0)
        return self.first + min(max(round(place), 0), self.count - 1)


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
    """Places that get a label, counted from the leftmost, evenly spaced, as many as have room."""
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
