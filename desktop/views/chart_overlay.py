"""The layer above marks and words: the cursor, and the gestures of mouse and keyboard.

Moving the cursor paints this layer anew and lets what lies below be copied as it is.
"""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.views.accessibility import announce
from desktop.views.charting.layout import Layout
from desktop.views.charting.readout import Cursor, paint_cursor, said
from desktop.views.charting.words import focus_ring
from desktop.views.theme import tokens

DRAG_FROM_PX: Final = 6
"""A shorter way of the pressed mouse is a click."""
DRAG_ALPHA: Final = 50
LEAP: Final = 10
"""Page up and page down move by the window divided by this."""


class ChartOverlay(QWidget):
    """Takes mouse and keys for the chart below it."""

    cursor_moved = Signal()
    zoom_wanted = Signal(int, int)
    """First and last place of the window the owner wants to see."""
    chosen = Signal(int)
    """Enter or a double click at a place."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.layout_shown: Layout | None = None
        self.here: Cursor | None = None
        self._dragged_from: float | None = None
        self._dragged_to = 0.0

    @property
    def cursor_at(self) -> int | None:
        """The place of the cursor."""
        return self.here.place if self.here else None

    def show_layout(self, layout: Layout) -> None:
        """Belong to another picture, or to another window of it, that is on screen now."""
        self.layout_shown = layout
        if self.here is None:
            return
        if self.here.place >= len(layout.picture.places):
            self.here = None
        self.update()

    def said_at_cursor(self) -> str:
        """The values at the cursor as one sentence."""
        if self.layout_shown is None or self.here is None:
            return ""
        return said(self.layout_shown.picture, self.here)

    def move_cursor(self, place: int | None, trace: int | None = None) -> None:
        """Put the cursor on a place, or take it away."""
        wanted = None if place is None else Cursor(place, trace)
        if wanted != self.here:
            self.here = wanted
            self.update()
            self.cursor_moved.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt calls it)
        layout = self.layout_shown
        if layout is None or layout.picture.is_empty or not self._press(layout, event):
            super().keyPressEvent(event)

    def _press(self, layout: Layout, event: QKeyEvent) -> bool:
        """Act on a key; whether it meant anything."""
        key = Qt.Key(event.key())
        place = self._place_after(layout, key)
        if place is not None:
            self._go(layout, Cursor(place, self.here.trace if self.here else None))
        elif key in {Qt.Key.Key_Up, Qt.Key.Key_Down}:
            self._go(layout, self._other_trace(layout, 1 if key is Qt.Key.Key_Down else -1))
        elif key is Qt.Key.Key_N:
            self._go_to_event(
                layout, back=bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            )
        elif key in {Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus, Qt.Key.Key_0}:
            self._zoom_by_key(layout, key)
        elif key is Qt.Key.Key_Escape and self.here is not None:
            self.move_cursor(None)
        elif key in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and self.here is not None:
            self.chosen.emit(self.here.place)
        else:
            return False
        return True

    def _place_after(self, layout: Layout, key: Qt.Key) -> int | None:
        plot = layout.plot
        first, last = plot.first, plot.last
        here = self.cursor_at
        leap = max(plot.count // LEAP, 1)
        places = {
            Qt.Key.Key_Left: last if here is None else max(here - 1, first),
            Qt.Key.Key_Right: first if here is None else min(here + 1, last),
            Qt.Key.Key_PageUp: first if here is None else max(here - leap, first),
            Qt.Key.Key_PageDown: last if here is None else min(here + leap, last),
            Qt.Key.Key_Home: first,
            Qt.Key.Key_End: last,
        }
        return places.get(key)

    def _other_trace(self, layout: Layout, step: int) -> Cursor:
        """Up and down go through all together and then each trace; among cells, the rows."""
        traces = len(layout.picture.traces)
        here = self.here or Cursor(layout.plot.first)
        if layout.picture.has_cells:
            return Cursor(here.place, min(max((here.trace or 0) + step, 0), traces - 1))
        number = (-1 if here.trace is None else here.trace) + step
        return Cursor(here.place, None if number < 0 else min(number, traces - 1))

    def _go_to_event(self, layout: Layout, *, back: bool) -> None:
        """The next note or gap after the cursor, or the one before it."""
        picture, here = layout.picture, self.cursor_at
        places = sorted({n.place for n in picture.notes} | {g.first for g in picture.gaps})
        if here is not None:
            places = [place for place in places if (place < here if back else place > here)]
        if places:
            self._go(layout, Cursor(places[-1 if back else 0]))

    def _go(self, layout: Layout, wanted: Cursor) -> None:
        trace = wanted.trace
        if layout.picture.has_cells:
            trace = trace or 0
        elif trace is not None and trace >= len(layout.picture.traces):
            trace = None
        self.move_cursor(wanted.place, trace)
        announce(self, self.said_at_cursor())

    def _zoom_by_key(self, layout: Layout, key: Qt.Key) -> None:
        if key is Qt.Key.Key_0:
            self.zoom_wanted.emit(0, len(layout.picture.places) - 1)
            return
        self._zoom(layout, 2.0 if key is Qt.Key.Key_Minus else 0.5, self.cursor_at)

    def _zoom(self, layout: Layout, factor: float, about: int | None) -> None:
        """Make the window longer or shorter around a place."""
        plot, most = layout.plot, len(layout.picture.places)
        count = min(max(round(plot.count * factor), 2), most)
        centre = plot.first + plot.count // 2 if about is None else about
        share = (centre - plot.first) / max(plot.count, 1)
        first = min(max(round(centre - share * count), 0), most - count)
        self.zoom_wanted.emit(first, first + count - 1)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 (Qt calls it)
        layout = self.layout_shown
        if layout is None or not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            super().wheelEvent(event)
            return
        about = layout.plot.nearest(event.position().x())
        self._zoom(layout, 0.8 if event.angleDelta().y() > 0 else 1.25, about)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt calls it)
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() is Qt.MouseButton.LeftButton:
            self._dragged_from = self._dragged_to = event.position().x()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt calls it)
        if self._dragged_from is not None:
            self._dragged_to = event.position().x()
            self.update()
        elif self.layout_shown is not None and self.layout_shown.plot.count:
            self._hover(self.layout_shown, event.position())

    def _hover(self, layout: Layout, at: QPointF) -> None:
        row = layout.row_at(at.y()) if layout.picture.has_cells else None
        self.move_cursor(layout.plot.nearest(at.x()), row)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt calls it)
        start, self._dragged_from = self._dragged_from, None
        layout = self.layout_shown
        if start is None or layout is None or layout.picture.is_empty:
            return
        self.update()
        end = event.position().x()
        if abs(end - start) >= DRAG_FROM_PX:
            places = sorted((layout.plot.nearest(start), layout.plot.nearest(end)))
            if places[1] > places[0]:
                self.zoom_wanted.emit(*places)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt calls it)
        if self.layout_shown is not None and not self.layout_shown.picture.is_empty:
            self.chosen.emit(self.layout_shown.plot.nearest(event.position().x()))

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
            self._paint(painter)
        finally:
            painter.end()  # a painter left active by an exception ends the process

    def _paint(self, painter: QPainter) -> None:
        layout, now = self.layout_shown, tokens()
        if layout is not None and not layout.picture.is_empty:
            if self.here is not None:
                paint_cursor(painter, layout, self.here, now)
            if self._dragged_from is not None:
                self._paint_drag(painter, layout)
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), now)

    def _paint_drag(self, painter: QPainter, layout: Layout) -> None:
        shade = QColor(tokens().hex("accent"))
        shade.setAlpha(DRAG_ALPHA)
        left, right = sorted((self._dragged_from or 0.0, self._dragged_to))
        painter.fillRect(QRectF(left, layout.plot.top, right - left, layout.plot.height), shade)
