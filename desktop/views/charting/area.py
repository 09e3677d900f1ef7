"""Which part of a drawn picture another one makes different. Loads numpy."""

from dataclasses import dataclass
from math import ceil, floor
from typing import Final

import numpy as np
from numpy.typing import NDArray

from desktop.views.charting.layout import Layout
from desktop.views.charting.picture import Gap, Note, Picture, Threshold
from desktop.views.charting.visible import Numbers, visible

PLACES_TOUCHED: Final = 2
"""Before a changed place: the line turns at the one before it, by which the line to that one may be
a shade different."""
PLACES_BEFORE: Final = 8
"""Of the first place that changed, that are drawn anew: more than lie within the clip."""
REACH_PX: Final = 6
"""Marks reach less far beyond their place, and words stand further away."""


@dataclass(frozen=True, slots=True)
class Frame:
    """All of a picture but its numbers: pictures with equal frames differ where numbers do."""

    size: tuple[int, int]
    plot: object
    scale: tuple[str, ...]
    kind: str
    places: object
    traces: tuple[tuple[str, str, str], ...]
    gaps: tuple[Gap, ...]
    notes: tuple[Note, ...]
    thresholds: tuple[tuple[Threshold, str], ...]

    @staticmethod
    def of(layout: Layout) -> "Frame":
        picture = layout.picture
        return Frame(
            (layout.width, layout.height),
            layout.plot,
            layout.scale,
            picture.kind,
            picture.places,
            tuple((trace.label, trace.role, trace.of) for trace in picture.traces),
            picture.gaps,
            picture.notes,
            tuple((one, picture.say(one.value)) for one in picture.thresholds),
        )


@dataclass(frozen=True, slots=True)
class Area:
    """Columns of device pixels from `left` to the right edge.

    Marks are drawn from `clip` on, further left: where the edge of what is drawn cuts a mark, its
    pixels may be one shade off, and those are put back.
    """

    clip: int
    left: int
    since: int = 0
    """Places of the window, from its left, that lie outside."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing stays, what stands beside the marks neither."""
        return self.left == 0


WHOLE: Final = Area(0, 0)


def changed(before: Layout, after: Layout, ratio: float) -> Area | None:
    """The area in which two pictures with the same frame differ; None when they do not.

    Every mark is drawn from left to right, so that what lies before a changed place stays.
    """
    if after.picture.has_cells:
        return WHOLE
    plot = after.plot
    place = _first_difference(before.picture, after.picture, plot.first, plot.count)
    if place is None:
        return None

    def column(places_before: int, reach: float) -> int:
        first = max(plot.first + place - places_before, plot.first)
        return max(floor((plot.x(first) - reach) * ratio), 0)

    left = max(column(PLACES_TOUCHED, REACH_PX), floor((plot.left - REACH_PX + 1) * ratio))
    clip = min(column(2 * PLACES_TOUCHED, 2 * REACH_PX), left)
    since = max(place - ceil(3 * REACH_PX / max(plot.slot, 1e-9)) - PLACES_BEFORE, 0)
    return Area(clip, left, since)


def _first_difference(one: Picture, other: Picture, first: int, count: int) -> int | None:
    """The leftmost place of a window, counted from its start, with another number."""
    firsts = [
        int(np.argmax(differs))
        for now, then in zip(one.traces, other.traces, strict=True)
        if (differs := _differs(visible(now, first, count), visible(then, first, count))).any()
    ]
    return min(firsts, default=None)


def _differs(values: Numbers, others: Numbers) -> NDArray[np.bool_]:
    both_unknown = np.isnan(values) & np.isnan(others)
    return np.not_equal(values, others) & ~both_unknown
