"""The canvas of a chart: draws when told, and shows a copy of that from then on.

Loads matplotlib and its Qt canvas: imported with the first chart.
"""

from typing import Final

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.views.charting.layout import Layout
from desktop.views.charting.marks import draw
from desktop.views.theme import Tokens

DOTS_PER_INCH: Final = 72
"""At which a point, the unit of matplotlib's lines, is a pixel."""


class MarksCanvas(FigureCanvasQTAgg):
    """Lies below the words and takes no gestures.

    By itself the library's canvas draws again whenever it is resized or painted, and turns the
    colours of every pixel at each paint. This one is drawn once for each layout; a moving cursor
    above it costs the copy of a picture.
    """

    def __init__(self, parent: QWidget) -> None:
        self._drawn = QPixmap()
        self._size = (0, 0, 0.0)
        super().__init__(Figure(dpi=DOTS_PER_INCH))  # type: ignore[no-untyped-call]
        self.setParent(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)

    def show_marks(self, layout: Layout, now: Tokens) -> None:
        """Draw the marks of a layout for the screen the canvas is on."""
        ratio = self.devicePixelRatioF()
        size = (layout.width, layout.height, ratio)
        if size != self._size:
            self._size = size
            self.figure.dpi = DOTS_PER_INCH * ratio
            self.figure.set_size_inches(
                layout.width / DOTS_PER_INCH, layout.height / DOTS_PER_INCH, forward=False
            )
        draw(self.figure, layout, now, ratio)
        FigureCanvasAgg.draw(self)  # type: ignore[no-untyped-call]
        drawn = self.buffer_rgba()  # type: ignore[no-untyped-call]
        rows, columns, _ = drawn.shape
        pixels = QImage(drawn, columns, rows, QImage.Format.Format_RGBX8888)
        self._drawn = QPixmap.fromImage(pixels)
        self._drawn.setDevicePixelRatio(ratio)
        self.update()

    def draw_idle(self) -> None:
        """Nothing: it is drawn by `show_marks`."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt calls it)
        """Leave the figure alone: its size belongs to the layout."""
        QWidget.resizeEvent(self, event)

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 (Qt calls it)
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._drawn)
        painter.end()
