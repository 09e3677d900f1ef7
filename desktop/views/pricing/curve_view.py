"""The cost curve: draft against live, with a mark where a customer stands.

Painted straight onto the widget, because it is drawn anew with every key.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from desktop.domain.pricing.curve import Curve
from desktop.views import figures
from desktop.views.chart_geometry import grid_values, spread_labels
from desktop.views.theme import tokens

LEFT_GAP_PX, RIGHT_PX, TOP_PX, BOTTOM_PX = 10, 96, 12, 44
TICKS: Final = 6
DRAFT_PX: Final = 2.5
SHADE_ALPHA: Final = 38
NO_CURVE: Final[Sequence[Curve]] = ()


@dataclass(frozen=True, slots=True)
class Mark:
    """Where a customer stands."""

    label: str
    quantity: Decimal


class CurveView(QWidget):
    """Lines of what a month costs over its quantity."""

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(300, 220)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.draft: Curve | None = None
        self.live: Curve | None = None
        self._names = ("", "")
        self._mark: Mark | None = None
        self.setAccessibleName(self.tr("Cost of a month over its quantity"))

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt calls it)
        return QSize(560, 320)

    def show_curves(
        self, draft: Curve | None, live: Curve | None, names: tuple[str, str], mark: Mark | None
    ) -> None:
        """Draw the draft and, where there is one, the live price; `names` are theirs."""
        self.draft, self.live, self._names, self._mark = draft, live, names, mark
        self.setAccessibleDescription(self._summary())
        self.update()

    def _summary(self) -> str:
        parts = []
        for curve, name in zip((self.draft, self.live), self._names, strict=True):
            if curve is not None:
                most = figures.compact(Decimal(str(curve.quantities[-1])))
                amount = _money(curve.amounts[-1], curve.currency)
                parts.append(
                    self.tr("{name}: {quantity} cost {amount}.").format(
                        name=name, quantity=most, amount=amount
                    )
                )
        return " ".join(parts)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002, N802 (Qt calls it)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        curves = [curve for curve in (self.live, self.draft) if curve is not None]
        if not curves:
            painter.setPen(tokens().colour("muted"))
            centre = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), centre, self._nothing())
            return
        grid = grid_values(max(max(curve.amounts) for curve in curves), whole=False)
        most = max(curve.quantities[-1] for curve in curves)
        area = self._area(painter, grid, curves[-1].currency)
        frame = _Frame(area, most, grid[-1])
        self._draw_grid(painter, frame, grid, curves[-1].currency)
        self._draw_lines(painter, frame)
        self._draw_mark(painter, frame)

    def _nothing(self) -> str:
        return self.tr("A curve appears as soon as the price is complete.")

    def _area(self, painter: QPainter, grid: tuple[float, ...], currency: str) -> QRectF:
        measure = painter.fontMetrics().horizontalAdvance
        left = max(measure(_money(value, currency)) for value in grid) + LEFT_GAP_PX
        width = max(self.width() - left - RIGHT_PX, 1)
        return QRectF(left, TOP_PX, width, max(self.height() - TOP_PX - BOTTOM_PX, 1))

    def _draw_grid(
        self, painter: QPainter, frame: "_Frame", grid: tuple[float, ...], currency: str
    ) -> None:
        now, area = tokens(), frame.area
        for value in grid:
            y = frame.y(value)
            painter.setPen(now.colour("hairline"))
            painter.drawLine(QPointF(area.left(), y), QPointF(area.right(), y))
            painter.setPen(now.colour("muted"))
            place = QRectF(0, y - 9, area.left() - 8, 18)
            painter.drawText(place, Qt.AlignmentFlag.AlignRight, _money(value, currency))
        for place_x in range(TICKS + 1):
            quantity = frame.most * place_x / TICKS
            box = QRectF(frame.x(quantity) - 40, area.bottom() + 6, 80, 18)
            text = figures.compact(_tidy(quantity))
            painter.drawText(box, Qt.AlignmentFlag.AlignHCenter, text)
        below = QRectF(area.left(), area.bottom() + 24, area.width(), 18)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, self.tr("Used in a month"))

    def _draw_lines(self, painter: QPainter, frame: "_Frame") -> None:
        now = tokens()
        if self.draft and self.live and self.draft.currency == self.live.currency:
            shade = QColor(now.series[0])
            shade.setAlpha(SHADE_ALPHA)
            there, back = frame.points(self.draft), frame.points(self.live)[::-1]
            path = QPainterPath()
            path.addPolygon(QPolygonF(there + back))
            painter.fillPath(path, shade)
        looks = (
            (self.live, QPen(now.colour("muted"), 1.6, Qt.PenStyle.DashLine)),
            (self.draft, QPen(QColor(now.series[0]), DRAFT_PX)),
        )
        for curve, pen in looks:
            if curve is not None:
                painter.setPen(pen)
                painter.drawPolyline(QPolygonF(frame.points(curve)))
        self._draw_names(painter, frame)

    def _draw_names(self, painter: QPainter, frame: "_Frame") -> None:
        now = tokens()
        named = [
            (curve, name, colour)
            for curve, name, colour in zip(
                (self.draft, self.live),
                self._names,
                (QColor(now.series[0]), now.colour("muted")),
                strict=True,
            )
            if curve is not None
        ]
        wanted = [frame.y(curve.amounts[-1]) for curve, _, _ in named]
        for (_, name, colour), y in zip(
            named, spread_labels(wanted, frame.area.top(), frame.area.bottom()), strict=True
        ):
            painter.setPen(colour)
            text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, RIGHT_PX - 8)
            painter.drawText(QPointF(frame.area.right() + 6, y + 4), text)

    def _draw_mark(self, painter: QPainter, frame: "_Frame") -> None:
        curve = self.draft or self.live
        if self._mark is None or curve is None:
            return
        quantity = float(self._mark.quantity)
        x = frame.x(min(quantity, frame.most))
        painter.setPen(QPen(tokens().colour("border"), 1.5))
        painter.drawLine(QPointF(x, frame.area.top()), QPointF(x, frame.area.bottom()))
        amount = _money(curve.at(quantity), curve.currency)
        painter.setPen(tokens().colour("text"))
        text = f"{self._mark.label}  {amount}"
        width = painter.fontMetrics().horizontalAdvance(text)
        fits = x + 8 + width < self.width()
        painter.drawText(QPointF(x + 8 if fits else x - 8 - width, frame.area.top() + 30), text)


@dataclass(frozen=True, slots=True)
class _Frame:
    """Where a quantity and an amount go."""

    area: QRectF
    most: float
    ceiling: float

    def x(self, quantity: float) -> float:
        return self.area.left() + self.area.width() * quantity / self.most

    def y(self, amount: float) -> float:
        return self.area.bottom() - self.area.height() * amount / self.ceiling

    def points(self, curve: Curve) -> list[QPointF]:
        pairs = zip(curve.quantities, curve.amounts, strict=True)
        return [QPointF(self.x(quantity), self.y(amount)) for quantity, amount in pairs]


def _tidy(quantity: float) -> Decimal:
    return Decimal(f"{quantity:.3g}")


def _money(amount: float, currency: str) -> str:
    sign = figures.SYMBOLS.get(currency, currency)
    return figures.isolated(f"{sign}\u00a0{figures.compact(_tidy_amount(amount))}")


def _tidy_amount(amount: float) -> Decimal:
    value = Decimal(f"{amount:.6g}")
    return value.quantize(Decimal("0.01")) if abs(value) < figures.FROM_HERE_COMPACT else value
