"""A small line without axes, for a card: how a figure went, not what it was."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from desktop.views.theme import tokens

SIZE_PX: Final = (48, 24)
MARGIN_PX: Final = 3.0
LINE_PX: Final = 1.5
DOT_PX: Final = 2.5


class Sparkline(QWidget):
    """Values from left to right, the last one marked; the card's text says what they are."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(*SIZE_PX)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.values: tuple[float, ...] = ()

    def show_values(self, values: Sequence[float]) -> None:
        """Show other values; fewer than two are no line."""
        self.values = tuple(values)
        self.update()

    def points(self) -> list[QPointF]:
        """Where the values are, in pixels; zero is the lower edge, as for all counts here."""
        if len(self.values) < 2:  # noqa: PLR2004 (two points make a line)
            return []
        inner = QRectF(self.rect()).adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -MARGIN_PX)
        top, step = max(*self.values, 0.0) or 1.0, inner.width() / (len(self.values) - 1)
        return [
            QPointF(inner.left() + place * step, inner.bottom() - inner.height() * value / top)
            for place, value in enumerate(self.values)
        ]

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt calls it)
        points = self.points()
        if not points:
            return
        colour = QColor(tokens().hex("accent"))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, LINE_PX))
        painter.drawPolyline(QPolygonF(points))
        painter.setBrush(colour)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(points[-1], DOT_PX, DOT_PX)
        painter.end()
