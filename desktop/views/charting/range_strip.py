"""The whole of a picture in small, with a window on it that is dragged or moved by keys."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.views.accessibility import announce
from desktop.views.charting.words import focus_ring
from desktop.views.theme import tokens

if TYPE_CHECKING:
    from desktop.views.charting.picture import Picture

HEIGHT_PX: Final = 40
SIDE_PX: Final = 6
HANDLE_PX: Final = 8
"""How close to an edge of the window a drag takes that edge."""
SHADE_ALPHA: Final = 60


class RangeStrip(QWidget):
    """Left and right move the window, with Shift they move its end; Home and End go to the ends."""

    moved = Signal(int, int)
    """First and last place of the window the owner wants."""

    def __init__(self, name: str) -> None:
        """`name` is what the strip chooses, for screen readers."""
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self.setFixedHeight(HEIGHT_PX)
        self._picture: Picture | None = None
        self._span = (0, 0)
        self._outline = QPolygonF()
        self._grip: tuple[str, int] | None = None

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt calls it)
        return QSize(400, HEIGHT_PX)

    def show_span(self, picture: "Picture", span: tuple[int, int]) -> None:
        """Show a picture with a window on it: first place and number of places."""
        if picture is not self._picture:
            self._picture = picture
            self._outline = QPolygonF()
        self._span = span
        self.setAccessibleDescription(self._said())
        self.update()

    def _said(self) -> str:
        if self._picture is None or self._picture.is_empty:
            return ""
        first, last = self._span[0], self._span[0] + self._span[1] - 1
        places = self._picture.places
        return f"{places[first]} \u2013 {places[last]}"

    def _count(self) -> int:
        return len(self._picture.places) if self._picture else 0

    def _x(self, place: float) -> float:
        return SIDE_PX + (self.width() - 2 * SIDE_PX) * place / max(self._count(), 1)

    def _place(self, x: float) -> int:
        share = (x - SIDE_PX) / max(self.width() - 2 * SIDE_PX, 1)
        return min(max(int(share * self._count()), 0), self._count() - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt calls it)
        count = self._count()
        first, length = self._span
        step = max(length // 10, 1)
        key, grows = Qt.Key(event.key()), event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        way = {Qt.Key.Key_Left: -step, Qt.Key.Key_Right: step}.get(key)
        if count == 0:
            super().keyPressEvent(event)
        elif way is not None and grows:
            self._want(first, first + max(length + way, 2) - 1)
        elif way is not None:
            start = min(max(first + way, 0), count - length)
            self._want(start, start + length - 1)
        elif key is Qt.Key.Key_Home:
            self._want(0, length - 1)
        elif key is Qt.Key.Key_End:
            self._want(count - length, count - 1)
        elif key is Qt.Key.Key_0:
            self._want(0, count - 1)
        else:
            super().keyPressEvent(event)

    def _want(self, first: int, last: int) -> None:
        last = min(last, self._count() - 1)
        self.moved.emit(max(min(first, last), 0), last)
        announce(self, self._said())

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt calls it)
        if self._count() == 0:
            return
        x, (first, length) = event.position().x(), self._span
        edges = {"first": self._x(first), "last": self._x(first + length)}
        near = min(edges, key=lambda name: abs(edges[name] - x))
        if abs(edges[near] - x) <= HANDLE_PX:
            self._grip = (near, 0)
        else:
            inside = edges["first"] < x < edges["last"]
            self._grip = ("all", self._place(x) - first if inside else length // 2)
            self._drag(x)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 (Qt calls it)
        if self._grip is not None:
            self._drag(event.position().x())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: ARG002, N802 (Qt calls it)
        self._grip = None

    def _drag(self, x: float) -> None:
        grip, offset = self._grip or ("all", 0)
        first, length = self._span
        place = self._place(x)
        if grip == "first":
            self._want(min(place, first + length - 2), first + length - 1)
        elif grip == "last":
            self._want(first, max(place, first + 1))
        else:
            start = min(max(place - offset, 0), self._count() - length)
            self._want(start, start + length - 1)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt calls it)
        super().resizeEvent(event)
        self._outline = QPolygonF()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt calls it)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        try:
            self._paint(painter)
        finally:
            painter.end()  # a painter left active by an exception ends the process

    def _paint(self, painter: QPainter) -> None:
        now = tokens()
        painter.fillRect(self.rect(), now.colour("raised"))
        if self._picture is not None and not self._picture.is_empty:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(now.colour("hairline"))
            painter.drawPolygon(self._hills(self._picture))
            shade = QColor(now.hex("accent"))
            shade.setAlpha(SHADE_ALPHA)
            left, right = self._x(self._span[0]), self._x(sum(self._span))
            painter.fillRect(QRectF(left, 0, right - left, self.height()), shade)
            for edge in (left, right):
                painter.fillRect(QRectF(edge - 1.5, 0, 3, self.height()), now.colour("accent"))
        if self.hasFocus():
            focus_ring(painter, QRectF(self.rect()), now)

    def _hills(self, picture: "Picture") -> QPolygonF:
        """The sum of all traces as a skyline, made once per picture and width."""
        if self._outline.isEmpty():
            from desktop.views.charting.visible import skyline

            heights = skyline(picture, max(self.width() - 2 * SIDE_PX, 1))
            step = (self.width() - 2 * SIDE_PX) / max(len(heights), 1)
            top = [QPointF(SIDE_PX + (n + 0.5) * step, HEIGHT_PX - 4 - h * (HEIGHT_PX - 10))
                   for n, h in enumerate(heights)]  # fmt: skip
            ends = [QPointF(self.width() - SIDE_PX, HEIGHT_PX - 4), QPointF(SIDE_PX, HEIGHT_PX - 4)]
            self._outline = QPolygonF([*top, *ends])
        return self._outline
