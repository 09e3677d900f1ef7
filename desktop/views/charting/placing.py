"""Where the parts of a picture go on an area of a size. Loads numpy: imported with a chart."""

from typing import Final

from PySide6.QtGui import QFontMetrics

from desktop.domain.usage_views import ChartKind
from desktop.views.chart_geometry import Plot, grid_values
from desktop.views.charting.layout import Layout
from desktop.views.charting.picture import SLOTTED, Picture
from desktop.views.charting.visible import highest
from desktop.views.charting.words import DOT_PX, END_LABEL_GAP_PX

TOP_PX, BOTTOM_PX = 12, 28
NOTES_PX: Final = 20
"""Room above the marks for the names of what happened."""
LEFT_GAP_PX: Final = 12
END_LABEL_MAX_PX: Final = 190
SCALE_PX: Final = 76
"""Room for the key of the colours of cells."""
SHARE_PX: Final = 52
"""Room for the axis of shares."""
ROW_NAME_MAX_PX: Final = 160


def lay_out(
    picture: Picture, size: tuple[int, int], window: tuple[int, int], metrics: QFontMetrics
) -> Layout:
    """Place a picture.

    Args:
        picture: what to show.
        size: width and height in pixels.
        window: the first place and the number of places.
        metrics: of the font the words are painted in.
    """
    first, count = window
    top = highest(picture, first, count)
    grid = () if picture.has_cells else grid_values(top, whole=picture.whole)
    ceiling = grid[-1] if grid else max(top, 1e-9)
    scale = tuple(map(picture.brief, grid))
    left, right = _left(picture, scale, metrics), _right(picture, size[0], metrics)
    above = TOP_PX + (NOTES_PX if picture.notes else 0)
    plot = Plot(
        left=left,
        top=above,
        width=max(size[0] - left - right, 1),
        height=max(size[1] - above - BOTTOM_PX, 1),
        count=count,
        ceiling=ceiling,
        first=first,
        slotted=picture.kind in SLOTTED,
    )
    return Layout(picture, plot, grid, scale, *size)


def _left(picture: Picture, scale: tuple[str, ...], metrics: QFontMetrics) -> float:
    measure = metrics.horizontalAdvance
    if picture.has_cells:
        widest = max((measure(trace.label) for trace in picture.traces), default=0)
        return min(widest, ROW_NAME_MAX_PX) + LEFT_GAP_PX
    return max(map(measure, scale)) + LEFT_GAP_PX


def _right(picture: Picture, width: int, metrics: QFontMetrics) -> float:
    if picture.has_cells:
        return SCALE_PX
    if picture.kind is ChartKind.PARETO:
        return SHARE_PX
    named = (trace.label for trace in picture.traces if not trace.of)
    widest = max(map(metrics.horizontalAdvance, named), default=0)
    labels = min(widest + DOT_PX + 6, END_LABEL_MAX_PX, width // 4)
    return labels + END_LABEL_GAP_PX + 6
