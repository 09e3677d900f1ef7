"""The words of a picture, painted by Qt: on screen above the marks, and on paper.

Text never goes to the chart library: names from the network would be read as formulas there, and
letters its fonts lack would be missing.
"""

from collections.abc import Sequence
from math import isnan
from typing import Final

from PySide6.QtCore import QCoreApplication, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen, QPolygonF

from desktop.domain.usage_views import ChartKind
from desktop.views import figures
from desktop.views.chart_geometry import Plot, spread_labels, time_ticks
from desktop.views.charting.layout import Layout
from desktop.views.charting.look import ramp, series_colours, words_on
from desktop.views.charting.picture import Picture, Role, Trace
from desktop.views.theme import Tokens

TICK_GAP_PX: Final = 6
END_LABEL_GAP_PX: Final = 8
DOT_PX: Final = 8
LINE_PX: Final = 20
FLAG_PX: Final = 7
SCALE_STEPS: Final = 8
PLACE_MAX_PX: Final = 96
GROUND_ALPHA: Final = 200
"""Behind the name of a gap, which lines may cross."""
SCALE_BAR_PX: Final = 12
CELL_ROOM_PX: Final = 6
SHARE_TICKS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | MIDDLE
LEFT: Final = Qt.AlignmentFlag.AlignLeft | MIDDLE
CENTRE: Final = Qt.AlignmentFlag.AlignCenter


def paint_words(painter: QPainter, layout: Layout, now: Tokens) -> None:
    """Everything that is written on a picture."""
    paint_axes(painter, layout, now)
    paint_names(painter, layout, now)


def paint_axes(painter: QPainter, layout: Layout, now: Tokens, left_px: float = 0.0) -> None:
    """What stands beside and below the marks; what ends before `left_px` may be left out."""
    painter.setPen(now.colour("muted"))
    _paint_places(painter, layout, left_px)
    if left_px > 0:
        return
    if layout.picture.has_cells:
        _paint_rows(painter, layout)
        _paint_scale(painter, layout, now)
    else:
        _paint_values(painter, layout)


def paint_names(painter: QPainter, layout: Layout, now: Tokens) -> None:
    """What stands at the marks: names at the ends of lines, numbers in cells, gaps, notes."""
    painter.setPen(now.colour("muted"))
    if layout.picture.has_cells:
        _paint_cells(painter, layout, now)
    elif layout.picture.kind is ChartKind.PARETO:
        _paint_shares(painter, layout)
    else:
        _paint_end_labels(painter, layout, now)
    _paint_gaps(painter, layout, now)
    _paint_thresholds(painter, layout, now)
    _paint_notes(painter, layout, now)


def _paint_values(painter: QPainter, layout: Layout) -> None:
    for value, said in zip(layout.grid, layout.scale, strict=True):
        line = QRectF(0, layout.plot.y(value) - 10, layout.plot.left - TICK_GAP_PX, LINE_PX)
        painter.drawText(line, RIGHT, said)


def _paint_places(painter: QPainter, layout: Layout, left_px: float) -> None:
    plot, places = layout.plot, layout.picture.places
    if plot.count < 1:
        return
    wide = _widest(painter, places, plot)
    ticks = time_ticks(plot.count, plot.width, wide)
    room = plot.slot * (ticks[1] - ticks[0]) if len(ticks) > 1 else plot.width
    for tick in ticks:
        place = plot.first + tick
        half = min(plot.x(place), room / 2 if plot.slotted else wide)
        box = QRectF(plot.x(place) - half, plot.bottom + TICK_GAP_PX, 2 * half, LINE_PX)
        if box.right() >= left_px:
            painter.drawText(box, CENTRE, short(painter, places[place], int(box.width()) - 4))


def _widest(painter: QPainter, places: Sequence[str], plot: Plot) -> int:
    """Width of the labels, within reason."""
    measure = painter.fontMetrics().horizontalAdvance
    some = {places[plot.first], places[plot.first + plot.count // 2], places[plot.last]}
    return min(max(measure(text) for text in some), PLACE_MAX_PX)


def _paint_rows(painter: QPainter, layout: Layout) -> None:
    for row, trace in enumerate(layout.picture.traces):
        box = QRectF(
            0, layout.row_top(row), layout.plot.left - TICK_GAP_PX, max(layout.row_height, 1)
        )
        if layout.row_height < painter.fontMetrics().height() and row % 2:
            continue
        painter.drawText(box, RIGHT, short(painter, trace.label, int(box.width())))


def _paint_cells(painter: QPainter, layout: Layout, now: Tokens) -> None:
    """The numbers in the cells, where each has room."""
    plot, picture, colours = layout.plot, layout.picture, ramp(now)
    texts = [
        [picture.brief(value) if value == value else "" for value in _window(trace.values, plot)]  # noqa: PLR0124 (NaN)
        for trace in picture.traces
    ]
    measure = painter.fontMetrics()
    widest = max((measure.horizontalAdvance(text) for row in texts for text in row), default=0)
    if widest > plot.slot - CELL_ROOM_PX or measure.height() > layout.row_height:
        return
    for row, line in enumerate(texts):
        for number, text in enumerate(line):
            if text:
                value = picture.traces[row].values[plot.first + number]
                painter.setPen(words_on(colours.at(float(value) / plot.ceiling)))
                left = plot.left + number * plot.slot
                box = QRectF(left, layout.row_top(row), plot.slot, layout.row_height)
                painter.drawText(box, CENTRE, text)
    painter.setPen(now.colour("muted"))


def _window(values: Sequence[float], plot: Plot) -> Sequence[float]:
    return values[plot.first : plot.first + plot.count]


def _paint_scale(painter: QPainter, layout: Layout, now: Tokens) -> None:
    """The key of the colours: a bar from the highest value down to nothing."""
    plot, colours = layout.plot, ramp(now)
    bar = QRectF(plot.right + 14, plot.top + LINE_PX, SCALE_BAR_PX, plot.height - 2 * LINE_PX)
    fill = QLinearGradient(bar.topLeft(), bar.bottomLeft())
    for step in range(SCALE_STEPS + 1):
        fill.setColorAt(step / SCALE_STEPS, colours.at(1 - step / SCALE_STEPS))
    painter.fillRect(bar, fill)
    painter.setPen(now.colour("muted"))
    left = plot.right + TICK_GAP_PX
    room = layout.width - left
    top = QRectF(left, plot.top, room, LINE_PX)
    painter.drawText(top, LEFT, layout.picture.brief(plot.ceiling))
    painter.drawText(QRectF(left, plot.bottom - LINE_PX, room, LINE_PX), LEFT, "0")


def _paint_shares(painter: QPainter, layout: Layout) -> None:
    plot = layout.plot
    for share in SHARE_TICKS:
        y = plot.y(share * plot.ceiling)
        box = QRectF(plot.right + TICK_GAP_PX, y - 10, layout.width - plot.right, LINE_PX)
        painter.drawText(box, LEFT, f"{share:.0%}")


def _paint_end_labels(painter: QPainter, layout: Layout, now: Tokens) -> None:
    plot, picture = layout.plot, layout.picture
    named = [
        (trace, plot.y(value), colour)
        for trace, value, colour in zip(
            picture.traces, end_values(picture, plot), series_colours(picture, now), strict=True
        )
        if not trace.of
    ]
    centres = spread_labels([end for _, end, _ in named], plot.top, plot.bottom)
    left = plot.right + END_LABEL_GAP_PX
    room = layout.width - left - 2
    for (trace, _, colour), centre in zip(named, centres, strict=True):
        paint_label(painter, QRectF(left, centre - 10, room, LINE_PX), trace.label, colour, now)


def end_values(picture: Picture, plot: Plot) -> list[float]:
    """The height of each trace's last known value in the window: where its name goes."""
    layered = picture.kind in {ChartKind.AREAS, ChartKind.BARS}
    heights, below = [], 0.0
    for trace in picture.traces:
        known = [value for value in _window(trace.values, plot)[-2:] if value == value]  # noqa: PLR0124 (NaN)
        last = float(known[-1]) if known else 0.0
        if layered and trace.role in {Role.GROUP, Role.REST}:
            heights.append(below + last / 2)
            below += last
        else:
            heights.append(last)
    return heights


def _paint_gaps(painter: QPainter, layout: Layout, now: Tokens) -> None:
    plot = layout.plot
    painter.setPen(now.colour("warn"))
    ground = now.colour("card")
    ground.setAlpha(GROUND_ALPHA)
    for gap in layout.picture.gaps:
        if gap.last < plot.first or gap.first > plot.last:
            continue
        left = max(plot.x(gap.first) - plot.slot / 2, plot.left)
        right = min(plot.x(gap.last) + plot.slot / 2, plot.right)
        wide = painter.fontMetrics().horizontalAdvance(gap.words)
        middle = min(max((left + right) / 2, plot.left + wide / 2), plot.right - wide / 2)
        box = QRectF(middle - wide / 2 - 4, plot.top + 2, wide + 8, LINE_PX)
        painter.fillRect(box, ground)
        painter.drawText(box, CENTRE, gap.words)


def _paint_thresholds(painter: QPainter, layout: Layout, now: Tokens) -> None:
    plot = layout.plot
    painter.setPen(now.colour("bad"))
    for threshold in layout.picture.thresholds:
        text = f"{threshold.words}: {layout.picture.say(threshold.value)}"
        y = plot.y(threshold.value)
        above = y - LINE_PX if y - LINE_PX > plot.top else y
        painter.drawText(QRectF(plot.left + 6, above, plot.width - 12, LINE_PX), LEFT, text)


def _paint_notes(painter: QPainter, layout: Layout, now: Tokens) -> None:
    """A flag above the stem of each note, and its words up to the next one."""
    plot = layout.plot
    shown = [note for note in layout.picture.notes if plot.first <= note.place <= plot.last]
    edges = [plot.x(note.place) for note in shown] + [float(layout.width)]
    for number, note in enumerate(shown):
        x, top = edges[number], plot.top - 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(now.colour("accent"))
        corners = ((x, top), (x - FLAG_PX / 2, top - FLAG_PX), (x + FLAG_PX / 2, top - FLAG_PX))
        painter.drawPolygon(QPolygonF([QPointF(*corner) for corner in corners]))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(now.colour("muted"))
        room = edges[number + 1] - x - 2 * FLAG_PX
        if room > 3 * FLAG_PX:
            box = QRectF(x + FLAG_PX, top - 17, room, LINE_PX)
            painter.drawText(box, LEFT, short(painter, note.words, int(room)))


def paint_label(painter: QPainter, box: QRectF, label: str, colour: QColor, now: Tokens) -> None:
    """A dot in the line's colour and the words in that of text: as words the colours are faint."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(box.left() + DOT_PX / 2, box.center().y()), DOT_PX / 2, DOT_PX / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(now.colour("text"))
    words = box.adjusted(DOT_PX + 6, 0, 0, 0)
    painter.drawText(words, LEFT, short(painter, label, int(words.width())))


def short(painter: QPainter, text: str, width_px: int) -> str:
    """The text, with an ellipsis in its middle where it is too long."""
    return painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideMiddle, width_px)


def value_words(picture: Picture, trace: Trace, value: float, *, brief: bool = False) -> str:
    """A value of a trace, or that it is not known."""
    if isnan(value):
        return QCoreApplication.translate("Chart", "no data")
    if trace.role is Role.SHARE:
        return figures.percent_of(value)
    return picture.brief(value) if brief else picture.say(value)


def focus_ring(painter: QPainter, area: QRectF, now: Tokens) -> None:
    """Shows where the keyboard is."""
    painter.setPen(QPen(now.colour("accent"), 2))
    painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), 6, 6)


def summary(picture: Picture) -> str:
    """What the chart shows, in sentences."""
    from desktop.views.charting.visible import highest_place  # numpy: only with the first chart

    if picture.is_empty:
        return picture.name
    first, last = picture.places[0], picture.places[-1]
    parts = [f"{picture.name}, {first} \u2013 {last}."]
    if picture.total:
        parts.append(f"{picture.total}.")
    for trace in picture.traces:
        place = highest_place(trace)
        if place is not None:
            said = value_words(picture, trace, float(trace.values[place]), brief=True)
            parts.append(f"{trace.label}: max. {said} ({picture.places[place]}).")
    parts += [f"{gap.words}: {picture.places[gap.first]}." for gap in picture.gaps]
    parts += [f"{picture.places[note.place]}: {note.words}." for note in picture.notes]
    return " ".join(parts)
