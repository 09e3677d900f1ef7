"""What a chart says at its cursor: as a sentence, and as a box beside the cursor's line."""

from dataclasses import dataclass
from math import isnan
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from desktop.views.charting.layout import Layout
from desktop.views.charting.look import series_colours
from desktop.views.charting.picture import STACKED, Picture, Role
from desktop.views.charting.words import DOT_PX, RIGHT, paint_label, short, value_words
from desktop.views.theme import Tokens

PADDING_PX: Final = 10
LINE_PX: Final = 20
LABEL_MAX_PX: Final = 220
NARROWEST_PX: Final = 120
CELL_EDGE_PX: Final = 2


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place, and one of the traces; None is all of them together."""

    place: int
    trace: int | None = None


def said(picture: Picture, cursor: Cursor) -> str:
    """The values at a cursor as one sentence, with the gap it is in and what happened there."""
    lines = [f"{label} {value}" for label, value, _ in _lines(picture, cursor)]
    if gap := picture.gap_at(cursor.place):
        lines.append(gap.words)
    lines += [note.words for note in picture.notes_at(cursor.place)]
    return f"{picture.places[cursor.place]}: {', '.join(lines)}"


def _lines(picture: Picture, cursor: Cursor) -> list[tuple[str, str, int]]:
    """Label, value and number of each trace that is told."""
    wanted = range(len(picture.traces)) if cursor.trace is None else (cursor.trace,)
    return [
        (
            picture.traces[n].label,
            value_words(picture, picture.traces[n], float(picture.traces[n].values[cursor.place])),
            n,
        )
        for n in wanted
    ]


def paint_cursor(painter: QPainter, layout: Layout, cursor: Cursor, now: Tokens) -> None:
    """The line, the points on it, and the box with the values."""
    plot, picture = layout.plot, layout.picture
    if not plot.first <= cursor.place <= plot.last:
        return
    x = plot.x(cursor.place)
    if picture.has_cells:
        _paint_cell(painter, layout, cursor, now)
    else:
        painter.setPen(QPen(now.colour("border"), 1))
        painter.drawLine(QPointF(x, plot.top), QPointF(x, plot.bottom))
        _paint_points(painter, layout, cursor, now)
    _paint_box(painter, layout, cursor, now)


def _paint_cell(painter: QPainter, layout: Layout, cursor: Cursor, now: Tokens) -> None:
    plot, row = layout.plot, cursor.trace or 0
    left = plot.x(cursor.place) - plot.slot / 2
    painter.setPen(QPen(now.colour("text"), CELL_EDGE_PX))
    painter.drawRect(QRectF(left, layout.row_top(row), plot.slot, layout.row_height))


def _paint_points(painter: QPainter, layout: Layout, cursor: Cursor, now: Tokens) -> None:
    plot, picture = layout.plot, layout.picture
    colours = series_colours(picture, now)
    below = 0.0
    for number, trace in enumerate(picture.traces):
        value = float(trace.values[cursor.place])
        if isnan(value):
            continue
        layered = picture.kind in STACKED and trace.role in {Role.GROUP, Role.REST}
        height = value * plot.ceiling if trace.role is Role.SHARE else value + layered * below
        below += value * layered
        if cursor.trace in {None, number}:
            painter.setPen(QPen(now.colour("card"), 2))
            painter.setBrush(colours[number])
            painter.drawEllipse(QPointF(plot.x(cursor.place), plot.y(height)), 4.5, 4.5)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def _told(layout: Layout, cursor: Cursor) -> tuple[list[tuple[str, str, int]], list[str]]:
    """Lines of the box: values, and remarks below them."""
    picture = layout.picture
    gap = picture.gap_at(cursor.place)
    remarks = [gap.words] if gap else []
    return _lines(picture, cursor), remarks + [n.words for n in picture.notes_at(cursor.place)]


def _paint_box(painter: QPainter, layout: Layout, cursor: Cursor, now: Tokens) -> None:
    lines, remarks = _told(layout, cursor)
    box = _box(painter, layout, cursor, (lines, remarks))
    painter.setPen(QPen(now.colour("border"), 1))
    painter.setBrush(now.colour("raised"))
    painter.drawRoundedRect(box, 6, 6)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    inner = box.adjusted(PADDING_PX, 6, -PADDING_PX, -6)
    line = QRectF(inner.left(), inner.top(), inner.width(), LINE_PX)
    painter.setPen(now.colour("muted"))
    painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, layout.picture.places[cursor.place])
    colours = series_colours(layout.picture, now)
    for label, value, number in lines:
        line.translate(0, LINE_PX)
        _paint_line(painter, line, (label, value), colours[number], now)
    painter.setPen(now.colour("accent"))
    for remark in remarks:
        line.translate(0, LINE_PX)
        painter.drawText(
            line, Qt.AlignmentFlag.AlignVCenter, short(painter, remark, int(line.width()))
        )


def _paint_line(
    painter: QPainter, line: QRectF, words: tuple[str, str], colour: QColor, now: Tokens
) -> None:
    paint_label(painter, line, short(painter, words[0], LABEL_MAX_PX), colour, now)
    painter.drawText(line, RIGHT, words[1])


def _box(
    painter: QPainter,
    layout: Layout,
    cursor: Cursor,
    told: tuple[list[tuple[str, str, int]], list[str]],
) -> QRectF:
    """Beside the cursor, on the side where there is room."""
    lines, remarks = told
    measure, plot = painter.fontMetrics().horizontalAdvance, layout.plot
    widths = [measure(short(painter, label, LABEL_MAX_PX)) + measure(value) + DOT_PX + 30
              for label, value, _ in lines]  # fmt: skip
    widths += [min(measure(remark), LABEL_MAX_PX + 60) for remark in remarks]
    width = max([NARROWEST_PX, measure(layout.picture.places[cursor.place]), *widths])
    width += 2 * PADDING_PX
    height = (len(lines) + len(remarks) + 1) * LINE_PX + 12
    x = plot.x(cursor.place) + (plot.slot / 2 if layout.picture.has_cells else 0)
    fits = x + 12 + width <= plot.right
    left = (
        x + 12
        if fits
        else max(2.0, plot.x(cursor.place) - plot.slot / 2 * plot.slotted - 12 - width)
    )
    return QRectF(left, min(plot.top + 4, max(layout.height - height - 2, 2)), width, height)
