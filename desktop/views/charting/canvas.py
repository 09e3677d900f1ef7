"""The canvas of a chart: draws when told, and shows a copy of that from then on.

Loads matplotlib and its Qt canvas: imported with the first chart.
"""

import sys
import time
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox
from PySide6.QtCore import QRect, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from desktop.views.charting.area import WHOLE, Area, Frame, changed
from desktop.views.charting.layout import Layout
from desktop.views.charting.marks import Brush, ground, marks
from desktop.views.charting.words import paint_axes, paint_names
from desktop.views.theme import Tokens, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

DOTS_PER_INCH: Final = 72
"""At which a point, the unit of matplotlib's lines, is a pixel."""


class MarksCanvas(FigureCanvasQTAgg):
    """Shows marks and words and takes no gestures.

    By itself the library's canvas draws again whenever it is resized or painted, and turns the
    colours of every pixel at each paint. This one is drawn once for each layout, and only where
    that differs from the one before; a moving cursor above it costs the copy of a picture. Large
    pictures are drawn in several turns of the event loop; the one before stays until then.
    """

    drawn = Signal(object)
    """The layout that is on screen from now on."""

    def __init__(self, parent: QWidget) -> None:
        self._pixels = QPixmap()
        self._size = (0, 0, 0.0)
        self._shown: tuple[Layout, object] | None = None
        self._drawing: Iterator[None] | None = None
        self._turn_s = 0.0
        self._wanted: tuple[Layout, Tokens] | None = None
        self._ground: tuple[Artist, ...] = ()
        super().__init__(Figure(dpi=DOTS_PER_INCH))  # type: ignore[no-untyped-call]
        self.setParent(parent)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        # Not 0: that may be due within the turn that starts it.
        self._next_turn = QTimer(self, singleShot=True, interval=1)
        self._next_turn.timeout.connect(self._go_on)

    def show_marks(self, layout: Layout, now: Tokens, turn_s: float) -> None:
        """Draw a layout for the screen the canvas is on; `drawn` tells when it is there.

        While a large one is being drawn, the last that is wanted waits until that is there.
        `turn_s` is processor time of one turn of the event loop.
        """
        self._turn_s = turn_s
        if self._next_turn.isActive():
            self._wanted = (layout, now)
            return
        ratio = self.devicePixelRatioF()
        self._fit(layout, ratio)
        look = (Frame.of(layout), now.scheme, ratio, self.font())
        area: Area | None = WHOLE
        if self._shown is not None and self._shown[1] == look:
            area = changed(self._shown[0], layout, ratio)
        # Until it is finished the buffer is of neither picture.
        self._shown = None if area else (layout, look)
        if area:
            self._drawing = self._steps(layout, now, look, area)
            self._go_on()
        else:
            self.drawn.emit(layout)

    def _fit(self, layout: Layout, ratio: float) -> None:
        size = (layout.width, layout.height, ratio)
        if size != self._size:
            self._size = size
            self.figure.dpi = DOTS_PER_INCH * ratio
            self.figure.set_size_inches(
                layout.width / DOTS_PER_INCH, layout.height / DOTS_PER_INCH, forward=False
            )

    def _go_on(self) -> None:
        """Draw as much as one turn may take."""
        if self._drawing is None:
            if self._wanted is not None:
                wanted, self._wanted = self._wanted, None
                self.show_marks(*wanted, self._turn_s)
            return
        begun = time.thread_time()
        for _ in self._drawing:
            if time.thread_time() - begun >= self._turn_s:
                self._next_turn.start()
                return
        self._drawing = None
        if self._wanted is not None:
            self._next_turn.start()

    def _steps(self, layout: Layout, now: Tokens, look: object, area: Area) -> Iterator[None]:
        """Make and draw the marks one by one, and show them with their words."""
        ratio = self.devicePixelRatioF()
        renderer = self.get_renderer()  # type: ignore[no-untyped-call]
        buffer = np.asarray(renderer.buffer_rgba()).view(np.uint32)[..., 0]
        height, width = buffer.shape
        beside = buffer[:, area.clip : area.left].copy()
        buffer[:, area.clip :] = _packed(now)
        box = Bbox.from_extents(area.clip, 0, width, height)
        for _ in self._put_artists(Brush.of(layout, now, ratio, area.since), is_new=area.is_whole):
            yield
        for artist in sorted(self.figure.artists, key=Artist.get_zorder):
            artist.set_clip_box(box)
            artist.draw(renderer)
            yield
        buffer[:, area.clip : area.left] = beside
        self._copy(buffer, area)
        self._write(layout, now, area)
        self._shown = (layout, look)
        self.update(self._rect(area))
        self.drawn.emit(layout)

    def _put_artists(self, brush: Brush, *, is_new: bool) -> Iterator[None]:
        """Replace the marks on the figure, and what lies below them in a new frame."""
        if is_new:
            self._ground = tuple(ground(brush))
        for artist in list(self.figure.artists):
            artist.remove()
        for artist in chain(self._ground, marks(brush)):
            self.figure.add_artist(artist)
            yield

    def _rect(self, area: Area) -> QRect:
        """The area in pixels of the widget."""
        ratio = self.devicePixelRatioF()
        left = area.left / ratio
        return QRectF(left, 0, self.width() - left, self.height()).toAlignedRect()

    def _copy(self, buffer: "NDArray[np.uint32]", area: Area) -> None:
        height, width = buffer.shape
        if (self._pixels.width(), self._pixels.height()) != (width, height):
            self._pixels = QPixmap(width, height)
        self._pixels.setDevicePixelRatio(1)
        part = np.ascontiguousarray(buffer[:, area.left :])
        rows, columns = part.shape
        image = QImage(part, columns, rows, QImage.Format.Format_RGBX8888)  # type: ignore[call-overload]
        painter = QPainter(self._pixels)
        painter.drawImage(area.left, 0, image)
        painter.end()

    def _write(self, layout: Layout, now: Tokens, area: Area) -> None:
        ratio = self.devicePixelRatioF()
        self._pixels.setDevicePixelRatio(ratio)
        if layout.picture.is_empty:
            return
        painter = QPainter(self._pixels)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self.font())
        left = area.left / ratio
        painter.setClipRect(QRectF(left, 0, layout.width - left, layout.height))
        try:
            paint_axes(painter, layout, now, left)
            paint_names(painter, layout, now)
        finally:
            painter.end()  # a painter left active by an exception ends the process

    def draw_idle(self) -> None:
        """Nothing: it is drawn by `show_marks`."""

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt calls it)
        """Leave the figure alone: its size belongs to the layout."""
        QWidget.resizeEvent(self, event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt calls it)
        painter = QPainter(self)
        if self._pixels.deviceIndependentSize().toSize() != self.size():
            painter.fillRect(event.rect(), tokens().colour("card"))
        painter.drawPixmap(0, 0, self._pixels)
        painter.end()


def _packed(now: Tokens) -> int:
    """The ground's colour as a pixel of the buffer."""
    ground = now.colour("card")
    channels = bytes([ground.red(), ground.green(), ground.blue(), 255])
    return int.from_bytes(channels, sys.byteorder)
