"""The numbers that a window of places shows. Loads numpy: imported with the first chart."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop.views.charting.picture import STACKED, Picture, Role, Trace

Numbers = NDArray[np.float64]
POINTS_PER_PIXEL: Final = 2
"""From here on a line is drawn as the area between its lowest and highest point per pixel."""


def visible(trace: Trace, first: int, count: int) -> Numbers:
    """The values of a window."""
    return np.asarray(trace.values, np.float64)[first : first + count]


def stacked(picture: Picture, first: int, count: int) -> Numbers:
    """Upper edges of the layers, the lowest first; what is not known has no height."""
    layers = [visible(trace, first, count) for trace in picture.traces if is_layer(trace)]
    return np.cumsum(np.nan_to_num(np.array(layers)), axis=0)


def is_layer(trace: Trace) -> bool:
    return trace.role in {Role.GROUP, Role.REST}


def highest(picture: Picture, first: int, count: int) -> float:
    """The highest value that a window has to show, thresholds too; 0 when nothing is known."""
    found = [0.0, *(threshold.value for threshold in picture.thresholds)]
    if picture.kind in STACKED and count:
        found.append(float(np.max(stacked(picture, first, count)[-1:], initial=0)))
    for trace in picture.traces:
        known = visible(trace, first, count)
        if trace.role is not Role.SHARE and known.size:
            found.append(float(np.fmax.reduce(known, initial=0)))
    return max(found)


def highest_place(trace: Trace) -> int | None:
    """The first place with the highest value; None when nothing is known."""
    values = np.asarray(trace.values, np.float64)
    known = np.isfinite(values)
    return int(np.argmax(np.where(known, values, -np.inf))) if known.any() else None


def envelope(values: Numbers, width_px: int) -> tuple[Numbers, Numbers, Numbers]:
    """Of each pixel its first place, and its lowest and highest value, so that no peak is lost.

    Neighbours overlap by one value: the area between them has no breaks.
    """
    starts = (np.arange(width_px) * len(values)) // width_px
    low, high = np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)
    nexts = np.append(values[starts[1:]], values[-1])
    return starts.astype(np.float64), np.fmin(low, nexts), np.fmax(high, nexts)


def skyline(picture: Picture, width_px: int) -> list[float]:
    """The layers together as shares of their highest sum, one for each place or pixel."""
    count = len(picture.places)
    sums = stacked(picture, 0, count)[-1]
    if count > width_px:
        sums = envelope(sums, width_px)[2]
    most = float(np.max(sums, initial=0))
    return [float(value) / most if most > 0 else 0.0 for value in sums]
