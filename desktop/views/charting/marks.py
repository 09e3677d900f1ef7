"""The marks of a picture as artists of matplotlib, which gets numbers and never a word.

They lie on the figure itself: axes, their ticks and text would take nine tenths of a draw. Loads
matplotlib and numpy: imported with the first chart.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.lines import Line2D
from matplotlib.transforms import Affine2D

from desktop.domain.usage_views import ChartKind
from desktop.views.charting.layout import Layout
from desktop.views.charting.look import dash, ramp, series_colours
from desktop.views.charting.picture import Role, Trace
from desktop.views.charting.visible import (
    POINTS_PER_PIXEL,
    Numbers,
    envelope,
    is_layer,
    stacked,
    visible,
)

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure
    from numpy.typing import NDArray
    from PySide6.QtGui import QColor

    from desktop.views.theme import Tokens

LINE_PX: Final = 2.4
THIN_PX: Final = 1.6
HAIR_PX: Final = 1.0
POINT_PX: Final = 7.0
BAR_SHARE: Final = 0.72
"""Width of a bar in its slot."""
NARROWEST_BAR_PX: Final = 1.0
AREA_ALPHA: Final = 0.32
BAND_ALPHAS: Final = (0.30, 0.14)
GAP_ALPHA: Final = 0.16
CELL_GAP_PX: Final = 1.5


@dataclass(frozen=True, slots=True)
class Brush:
    """What every drawing function needs."""

    layout: Layout
    now: Tokens
    pixels: Affine2D
    since: int = 0
    """So many places at the left need not be drawn; a line that is not dashed begins after them."""

    @staticmethod
    def of(layout: Layout, now: Tokens, scale: float = 1.0, since: int = 0) -> Brush:
        """`scale` is in device pixels for each pixel of the layout."""
        pixels = Affine2D().scale(scale, -scale).translate(0, layout.height * scale)
        return Brush(layout, now, pixels, since)

    def line(
        self, xs: Numbers, ys: Numbers, colour: QColor, width: float, pattern: object = "-"
    ) -> Line2D:
        """A line through pixels; NaN breaks it.

        Every point is drawn: simplified, what lies before a changed point could change too.
        """
        line = Line2D(
            xs,
            ys,
            color=colour.name(),
            linewidth=width,
            linestyle=pattern,  # type: ignore[arg-type]
            solid_capstyle="round",
            transform=self.pixels,
            zorder=3,
        )
        line.get_path().should_simplify = False
        return line

    def shapes(
        self, corners: Iterable[object], colours: object, alpha: float = 1.0, zorder: float = 2
    ) -> PolyCollection:
        """Filled shapes without an edge."""
        return PolyCollection(
            list(corners),  # type: ignore[arg-type]
            facecolors=colours,
            linewidths=0,
            alpha=alpha if alpha < 1 else None,
            transform=self.pixels,
            zorder=zorder,
        )


def marks(brush: Brush) -> Iterator[Artist]:
    """The marks of a picture, each made when it is asked for, in no order of depth."""
    yield from KINDS[brush.layout.picture.kind](brush)
    yield from _thresholds(brush)


def draw(figure: Figure, layout: Layout, now: Tokens) -> None:
    """Put the marks of a picture on an empty figure of 72 dots an inch: a point is a pixel."""
    figure.set_facecolor(now.hex("card"))
    brush = Brush.of(layout, now)
    for artist in (*ground(brush), *marks(brush)):
        figure.add_artist(artist)


def ground(brush: Brush) -> Iterator[Artist]:
    """What lies below the marks: lines of the grid, gaps, notes. The same while the frame is."""
    plot, picture = brush.layout.plot, brush.layout.picture
    if brush.layout.grid:
        lines = [[(plot.left, y), (plot.right, y)] for y in map(plot.y, brush.layout.grid)]
        yield LineCollection(
            lines, colors=brush.now.hex("hairline"), linewidths=HAIR_PX, transform=brush.pixels,
            zorder=1,
        )  # fmt: skip
    shaded = [_gap_corners(brush, gap.first, gap.last) for gap in picture.gaps]
    if shaded := [corners for corners in shaded if corners]:
        yield brush.shapes(shaded, brush.now.hex("warn"), GAP_ALPHA, 1)
    marked = [note.place for note in picture.notes if plot.first <= note.place <= plot.last]
    if marked:
        stems = [[(x, plot.top - 4), (x, plot.bottom)] for x in map(plot.x, marked)]
        yield LineCollection(
            stems, colors=brush.now.hex("accent"), linewidths=HAIR_PX, linestyles=[(0, (2, 2))],
            transform=brush.pixels, zorder=1,
        )  # fmt: skip


def _gap_corners(brush: Brush, first: int, last: int) -> list[tuple[float, float]]:
    plot = brush.layout.plot
    if last < plot.first or first > plot.last:
        return []
    half = plot.slot / 2
    left = max(plot.x(first) - half, plot.left)
    right = min(plot.x(last) + half, plot.right)
    return [(left, plot.top), (right, plot.top), (right, plot.bottom), (left, plot.bottom)]


def _thresholds(brush: Brush) -> Iterator[Artist]:
    plot, thresholds = brush.layout.plot, brush.layout.picture.thresholds
    if thresholds:
        lines = [[(plot.left, plot.y(one.value)), (plot.right, plot.y(one.value))]
                 for one in thresholds]  # fmt: skip
        yield LineCollection(
            lines, colors=brush.now.hex("bad"), linewidths=THIN_PX, linestyles=[(0, (6, 3))],
            transform=brush.pixels, zorder=4,
        )  # fmt: skip


def _traces(brush: Brush) -> list[tuple[Trace, QColor, object]]:
    picture = brush.layout.picture
    colours = series_colours(picture, brush.now)
    return [
        (trace, colours[place], dash(trace, place)) for place, trace in enumerate(picture.traces)
    ]


def _window(brush: Brush, trace: Trace) -> Numbers:
    return visible(trace, brush.layout.plot.first, brush.layout.plot.count)


def _xs(brush: Brush, places: Numbers) -> Numbers:
    """Horizontal pixels of places counted from the leftmost one."""
    plot = brush.layout.plot
    return plot.x(plot.first) + plot.slot * places


def _ys(brush: Brush, values: Numbers) -> Numbers:
    plot = brush.layout.plot
    return plot.top + plot.height * (1 - values / plot.ceiling)


def _lines(brush: Brush) -> Iterator[Artist]:
    for trace, colour, pattern in _traces(brush):
        width = THIN_PX if trace.role is Role.BEFORE else LINE_PX
        yield from _trace_line(brush, _window(brush, trace), (colour, width, pattern))


def _trace_line(
    brush: Brush, values: Numbers, pen: tuple[QColor, float, object]
) -> Iterator[Artist]:
    colour, width, pattern = pen
    wide = max(int(brush.layout.plot.width), 1)
    if len(values) > POINTS_PER_PIXEL * wide:
        yield brush.shapes([_dense(brush, values, wide, width)], colour.name())
        return
    since = brush.since if pattern == "-" else 0  # dashes count from the beginning
    places = np.arange(since, len(values), dtype=np.float64)
    values = values[since:]
    xs, ys = _xs(brush, places), _ys(brush, values)
    yield brush.line(xs, ys, colour, width, pattern)
    alone = _alone(values)
    if alone.any():  # a line of one point has no length
        points = brush.line(xs[alone], ys[alone], colour, width, "None")
        points.set_marker("o")
        points.set_markersize(POINT_PX)
        points.set_markeredgewidth(0)
        yield points


def _dense(brush: Brush, values: Numbers, wide: int, width: float) -> Numbers:
    """The outline of what a line with many points per pixel covers."""
    places, low, high = envelope(values, wide)
    xs = _xs(brush, places)
    upper = np.column_stack([xs, _ys(brush, high) - width / 2])
    lower = np.column_stack([xs, _ys(brush, low) + width / 2])
    outline = np.concatenate([upper, lower[::-1]])
    known = outline[~np.isnan(outline[:, 1])]
    return known if len(known) else np.zeros((1, 2))


def _alone(values: Numbers) -> NDArray[np.bool_]:
    """Known values between unknown ones."""
    known: NDArray[np.bool_] = np.isfinite(values)
    fenced = np.concatenate([[False], known, [False]])
    alone: NDArray[np.bool_] = known & ~fenced[:-2] & ~fenced[2:]
    return alone


def _areas(brush: Brush) -> Iterator[Artist]:
    plot, picture = brush.layout.plot, brush.layout.picture
    edges = stacked(picture, plot.first, plot.count)
    below = np.zeros(plot.count)
    layers = iter(edges)
    for trace, colour, pattern in _traces(brush):
        if not is_layer(trace):
            yield from _trace_line(brush, _window(brush, trace), (colour, THIN_PX, pattern))
            continue
        above = next(layers)
        yield brush.shapes([_between(brush, below, above)], colour.name(), AREA_ALPHA)
        yield from _trace_line(brush, above, (colour, THIN_PX, pattern))
        below = above


def _between(brush: Brush, below: Numbers, above: Numbers) -> Numbers:
    """The outline of the area between two lines; unknown values have no height."""
    xs = _xs(brush, np.arange(len(above), dtype=np.float64))
    upper = np.column_stack([xs, _ys(brush, np.nan_to_num(above))])
    lower = np.column_stack([xs, _ys(brush, np.nan_to_num(below))])
    return np.concatenate([upper, lower[::-1]])


def _bands(brush: Brush) -> Iterator[Artist]:
    layers = [(trace, colour) for trace, colour, _ in _traces(brush) if is_layer(trace)]
    for number, ((lower, _), (upper, colour)) in enumerate(pairwise(layers)):
        alpha = BAND_ALPHAS[min(number, len(BAND_ALPHAS) - 1)]
        edges = _window(brush, lower), _window(brush, upper)
        for stretch in _stretches(np.isfinite(edges[0]) & np.isfinite(edges[1])):
            outline = _between(brush, edges[0][stretch], edges[1][stretch])
            outline[:, 0] += brush.layout.plot.slot * stretch.start
            yield brush.shapes([outline], colour.name(), alpha)
    yield from _lines(brush)


def _stretches(known: NDArray[np.bool_]) -> Iterator[slice]:
    """Runs of places without a break."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], known.astype(np.int8), [0]])))
    yield from (slice(int(start), int(end)) for start, end in edges.reshape(-1, 2))


def _bars(brush: Brush) -> Iterator[Artist]:
    plot = brush.layout.plot
    edges = stacked(brush.layout.picture, plot.first, plot.count)
    below = np.zeros(plot.count)
    layers = iter(edges)
    for trace, colour, _ in _traces(brush):
        if trace.role is Role.BEFORE:
            yield _steps(brush, _window(brush, trace), colour)
        elif is_layer(trace):
            above = next(layers)
            yield brush.shapes(_boxes(brush, below, above), colour.name())
            below = above


def _boxes(brush: Brush, below: Numbers, above: Numbers) -> Numbers:
    """Corners of bars; of many per pixel only the highest of each."""
    plot = brush.layout.plot
    wide = max(int(plot.width), 1)
    places, slot = np.arange(len(above), dtype=np.float64), plot.slot
    if len(above) > wide:
        places, _, above = envelope(above, wide)
        below = envelope(below, wide)[1]
        slot = plot.width / wide
    half = max(slot * BAR_SHARE, NARROWEST_BAR_PX) / 2
    middle, low, high = _xs(brush, places), _ys(brush, below), _ys(brush, above)
    left, right = middle - half, middle + half
    corners = [np.column_stack(pair) for pair in ((left, low), (right, low), (right, high),
                                                  (left, high))]  # fmt: skip
    return np.stack(corners, axis=1)


def _steps(brush: Brush, values: Numbers, colour: QColor) -> Line2D:
    """A short line across each slot."""
    middle = _xs(brush, np.arange(len(values), dtype=np.float64))
    half = brush.layout.plot.slot / 2
    xs = np.column_stack([middle - half, middle + half, middle]).ravel()
    ys = _ys(brush, values)
    return brush.line(xs, np.column_stack([ys, ys, np.full_like(ys, np.nan)]).ravel(), colour,
                      THIN_PX)  # fmt: skip


def _pareto(brush: Brush) -> Iterator[Artist]:
    for trace, colour, pattern in _traces(brush):
        values = _window(brush, trace)
        if trace.role is Role.SHARE:
            scaled = values * brush.layout.plot.ceiling
            yield from _trace_line(brush, scaled, (colour, THIN_PX, pattern))
        else:
            yield brush.shapes(_boxes(brush, np.zeros(len(values)), values), colour.name())


def _cells(brush: Brush) -> Iterator[Artist]:
    layout, plot = brush.layout, brush.layout.plot
    colours = ramp(brush.now)
    corners, fills = [], []
    for row, trace in enumerate(layout.picture.traces):
        top = layout.row_top(row) + CELL_GAP_PX / 2
        bottom = top + layout.row_height - CELL_GAP_PX
        for number, value in enumerate(_window(brush, trace)):
            if np.isfinite(value):
                left = plot.left + number * plot.slot + CELL_GAP_PX / 2
                right = left + plot.slot - CELL_GAP_PX
                corners.append([(left, top), (right, top), (right, bottom), (left, bottom)])
                fills.append(colours.at(value / plot.ceiling).name())
    if corners:
        yield brush.shapes(corners, fills)


KINDS: Final[dict[ChartKind, Callable[[Brush], Iterator[Artist]]]] = {
    ChartKind.LINES: _lines,
    ChartKind.AREAS: _areas,
    ChartKind.BARS: _bars,
    ChartKind.HEAT: _cells,
    ChartKind.BANDS: _bands,
    ChartKind.DISTRIBUTION: _bars,
    ChartKind.COHORT: _cells,
    ChartKind.PARETO: _pareto,
}
