"""The words of a chart and its cursor, painted by Qt above the lines.

Text never goes to the chart library: names from the network would be read as formulas there, and
letters its fonts lack would be missing.
"""

from decimal import Decimal

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.domain.usage import UsageAnswer
from desktop.views import figures
from desktop.views.accessibility import announce
from desktop.views.chart_geometry import Plot, spread_labels, time_ticks
from desktop.views.theme import Tokens, tokens

END_LABEL_GAP_PX = 8
TICK_GAP_PX = 6
DOT_PX = 8
READOUT_PADDING_PX = 10
READOUT_LINE_PX = 20
READOUT_LABEL_MAX_PX = 220


def series_colours(answer: UsageAnswer, now: Tokens) -> tuple[QColor, ...]:
    """The colour of each line; the rest of all groups is always the muted one."""
    return tuple(
        QColor(now.series[place % len(now.series)] if series.key else now.hex("muted"))
        for place, series in enumerate(answer.series)
    )


class ChartOverlay(QWidget):
    """Takes mouse and keys for the chart below it."""

    cursor_moved = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.answer: UsageAnswer | None = None
        self.plot = Plot(0, 0, 1, 1, 0, 1)
        self.grid: tuple[float, ...] = ()
        self.cursor_at: int | None = None

    def show_plot(self, answer: UsageAnswer, plot: Plot, grid: tuple[float, ...]) -> None:
        """Paint the words of another answer."""
        self.answer, self.plot, self.grid = answer, plot, grid
        if self.cursor_at is not None and self.cursor_at >= plot.count:
            self.cursor_at = None
        self.update()

    def said_at_cursor(self) -> str:
        """The values at the cursor as one sentence."""
        if self.answer is None or self.cursor_at is None:
            return ""
        values = ", ".join(f"{label} {value}" for label, value, _ in self._readout(self.answer))
        return f"{figures.bucket(self.answer.starts[self.cursor_at])}: {values}"

    def move_cursor(self, place: int | None) -> None:
        """Put the cursor on a bucket, or take it away."""
        if place != self.cursor_at:
            self.cursor_at = place
            self.update()
            self.cursor_moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt calls it)
        last = self.plot.count - 1
        here = self.cursor_at
        steps = {
            Qt.Key.Key_Left: last if here is None else max(here - 1, 0),
            Qt.Key.Key_Right: 0 if here is None else min(here + 1, last),
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: last,
        }
        key = Qt.Key(event.key())
        if key in steps and last >= 0:
            self.move_cursor(steps[key])
            announce(self, self.said_at_cursor())
        elif key is Qt.Key.Key_Escape and here is not None:
            self.move_cursor(None)
        else:
            super().keyPressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt calls it)
        if self.plot.count:
            self.move_cursor(self.plot.nearest(event.position().x()))

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt calls it)
        super().leaveEvent(event)
        self.move_cursor(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 (Qt calls it)
        super().focusOutEvent(event)
        self.move_cursor(None)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt calls it)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        try:
            self._paint(painter, tokens())
        finally:
            painter.end()  # a painter left active by an exception ends the process

    def _paint(self, painter: QPainter, now: Tokens) -> None:
        if self.answer is not None and self.answer.starts:
            painter.setPen(now.colour("muted"))
            self._paint_ticks(painter, self.answer)
            self._paint_end_labels(painter, self.answer, now)
            if self.cursor_at is not None:
                self._paint_cursor(painter, self.answer, now)
        if self.hasFocus():
            painter.setPen(QPen(now.colour("accent"), 2))
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)

    def _paint_ticks(self, painter: QPainter, answer: UsageAnswer) -> None:
        side = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in self.grid:
            line = QRectF(0, self.plot.y(value) - 10, self.plot.left - TICK_GAP_PX, 20)
            painter.drawText(line, side, figures.compact(_shortest(value)))
        wide = painter.fontMetrics().horizontalAdvance(figures.bucket(answer.starts[0]))
        below = self.plot.top + self.plot.height + TICK_GAP_PX
        for place in time_ticks(len(answer.starts), self.plot.width, wide):
            left = max(0.0, self.plot.x(place) - wide)
            box = QRectF(left, below, 2 * wide, 20)
            if left == 0.0:
                box.setWidth(2 * self.plot.x(place))
            painter.drawText(
                box, Qt.AlignmentFlag.AlignHCenter, figures.bucket(answer.starts[place])
            )

    def _paint_end_labels(self, painter: QPainter, answer: UsageAnswer, now: Tokens) -> None:
        ends = [self.plot.y(float(series.values[-1])) for series in answer.series]
        bottom = self.plot.top + self.plot.height
        centres = spread_labels(ends, self.plot.top, bottom)
        left = self.plot.left + self.plot.width + END_LABEL_GAP_PX
        room = self.width() - left - 2
        for series, centre, colour in zip(
            answer.series, centres, series_colours(answer, now), strict=True
        ):
            box = QRectF(left, centre - 10, room, 20)
            _paint_label(painter, box, series.label, colour, now)

    def _readout(self, answer: UsageAnswer) -> list[tuple[str, str, int]]:
        place = self.cursor_at or 0
        return [
            (series.label, figures.count(series.values[place]), number)
            for number, series in enumerate(answer.series)
        ]

    def _paint_cursor(self, painter: QPainter, answer: UsageAnswer, now: Tokens) -> None:
        place = self.cursor_at or 0
        x = self.plot.x(place)
        painter.setPen(QPen(now.colour("border"), 1))
        top, bottom = self.plot.top, self.plot.top + self.plot.height
        painter.drawLine(QPointF(x, top), QPointF(x, bottom))
        colours = series_colours(answer, now)
        for series, colour in zip(answer.series, colours, strict=True):
            painter.setPen(QPen(now.colour("card"), 2))
            painter.setBrush(colour)
            painter.drawEllipse(QPointF(x, self.plot.y(float(series.values[place]))), 4.5, 4.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        self._paint_readout(painter, answer, now, x)

    def _paint_readout(self, painter: QPainter, answer: UsageAnswer, now: Tokens, x: float) -> None:
        lines = self._readout(answer)
        box = self._readout_box(painter, lines, x)
        painter.setPen(QPen(now.colour("border"), 1))
        painter.setBrush(now.colour("raised"))
        painter.drawRoundedRect(box, 6, 6)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        inner = box.adjusted(READOUT_PADDING_PX, 6, -READOUT_PADDING_PX, -6)
        line = QRectF(inner.left(), inner.top(), inner.width(), READOUT_LINE_PX)
        middle, right = Qt.AlignmentFlag.AlignVCenter, Qt.AlignmentFlag.AlignRight
        painter.setPen(now.colour("muted"))
        painter.drawText(line, middle, figures.bucket(answer.starts[self.cursor_at or 0]))
        colours = series_colours(answer, now)
        for label, value, number in lines:
            line.translate(0, READOUT_LINE_PX)
            _paint_label(painter, line, _short(painter, label), colours[number], now)
            painter.drawText(line, middle | right, value)

    def _readout_box(
        self, painter: QPainter, lines: list[tuple[str, str, int]], x: float
    ) -> QRectF:
        measure = painter.fontMetrics().horizontalAdvance
        widths = [measure(_short(painter, label)) + measure(value) for label, value, _ in lines]
        width = max([120, *widths]) + 24 + DOT_PX + 6 + 2 * READOUT_PADDING_PX
        height = (len(lines) + 1) * READOUT_LINE_PX + 12
        fits = x + 12 + width <= self.plot.left + self.plot.width
        left = x + 12 if fits else max(2.0, x - 12 - width)
        return QRectF(left, self.plot.top + 4, width, height)


def _paint_label(painter: QPainter, box: QRectF, label: str, colour: QColor, now: Tokens) -> None:
    """A dot in the line's colour and the words in that of text: as words the colours are faint."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colour)
    painter.drawEllipse(QPointF(box.left() + DOT_PX / 2, box.center().y()), DOT_PX / 2, DOT_PX / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(now.colour("text"))
    words = box.adjusted(DOT_PX + 6, 0, 0, 0)
    text = painter.fontMetrics().elidedText(label, Qt.TextElideMode.ElideMiddle, int(words.width()))
    painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)


def _short(painter: QPainter, label: str) -> str:
    metrics = painter.fontMetrics()
    return metrics.elidedText(label, Qt.TextElideMode.ElideMiddle, READOUT_LABEL_MAX_PX)


def _shortest(value: float) -> Decimal:
    return Decimal(repr(round(value, 6)))
