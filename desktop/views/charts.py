"""Charts on screen: matplotlib draws the marks, Qt writes the words, the overlay has the cursor.

The library is imported when the first chart is drawn, or by `warm_up` in idle time before.
"""

import importlib
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QEvent, QSize, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.domain.usage import Series, UsageAnswer
from desktop.domain.usage_views import ChartKind
from desktop.views import figures
from desktop.views.chart_overlay import ChartOverlay
from desktop.views.charting.picture import Picture, Role, Trace
from desktop.views.charting.words import summary
from desktop.views.theme import tokens

if TYPE_CHECKING:
    from desktop.views.charting.canvas import MarksCanvas

SLOW_IMPORTS: Final = (
    "numpy",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
    "desktop.views.charting.marks",
)


def warm_up() -> threading.Thread:
    """Import what charts need while the owner is busy elsewhere; a chart that comes sooner waits.

    In a thread because the imports take half a second, and the first one on a computer reads all
    its fonts. It touches no widget and no data.
    """
    thread = threading.Thread(target=_import_all, name="chart-imports")
    thread.start()
    return thread


def _import_all() -> None:
    for name in SLOW_IMPORTS:
        importlib.import_module(name)


class PictureView(QWidget):
    """Shows a picture. The arrow keys move a cursor that tells the values; see `ChartOverlay`."""

    span_changed = Signal()
    """Another part of the picture is shown; see `span`."""

    turn_s: ClassVar[float] = 0.004
    """Processor time that drawing takes of one turn of the event loop, more or less."""

    picture: Picture | None = None
    """On the class as well: Qt sends events from within its own constructor."""

    def __init__(self, name: str) -> None:
        """Make an empty chart; `name` says what it shows, for screen readers."""
        super().__init__()
        self.setMinimumSize(320, 180)
        self.name = name
        self.span = (0, 0)
        """First place and number of places on screen."""
        self._canvas: MarksCanvas | None = None
        self._drawn_for: object = None
        self.overlay = ChartOverlay(self)
        self.overlay.setAccessibleName(name)
        self.overlay.zoom_wanted.connect(self.zoom_to)
        self.setFocusProxy(self.overlay)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt calls it)
        return QSize(900, 280)

    def show_picture(self, picture: Picture) -> None:
        """Draw a picture as a whole, now or as soon as the chart is on screen.

        A window the owner zoomed to stays while the places are the same.
        """
        same = self.picture is not None and self.picture.places == picture.places
        self.picture = picture
        if not same:
            self.span = (0, len(picture.places))
        self.overlay.setAccessibleName(picture.name)
        self.overlay.setAccessibleDescription(summary(picture))
        self._draw()
        self.span_changed.emit()

    @property
    def is_zoomed(self) -> bool:
        return self.picture is not None and self.span != (0, len(self.picture.places))

    def zoom_to(self, first: int, last: int) -> None:
        """Show the places from `first` to `last` only."""
        wanted = (first, last - first + 1)
        if self.picture is not None and wanted != self.span:
            self.span = wanted
            self._draw()
            self.span_changed.emit()

    def _draw(self) -> None:
        if self.picture is None or not self.isVisible():
            return
        situation = (self.picture, self.size(), self.span, tokens().scheme, self.font())
        if situation == self._drawn_for:
            return
        self._drawn_for = situation
        self._draw_marks(self.picture)

    def _draw_marks(self, picture: Picture) -> None:
        from desktop.views.charting.canvas import MarksCanvas
        from desktop.views.charting.placing import lay_out

        size = (self.width(), self.height())
        layout = lay_out(picture, size, self.span, self.overlay.fontMetrics())
        if self._canvas is None:
            self._canvas = MarksCanvas(self)
            self._canvas.drawn.connect(self.overlay.show_layout)
            self.overlay.raise_()
        self._canvas.setGeometry(self.rect())
        self._canvas.show()
        self._canvas.show_marks(layout, tokens(), self.turn_s)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt calls it)
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt calls it)
        super().showEvent(event)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt calls it)
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.FontChange}:
            self._draw()


class Chart(PictureView):
    """One line for each series of an answer."""

    answer: UsageAnswer | None = None

    def show_answer(self, answer: UsageAnswer) -> None:
        """Draw an answer, now or as soon as the chart is on screen."""
        self.answer = answer
        self.show_picture(lines_of(self.name, answer))


def lines_of(name: str, answer: UsageAnswer) -> Picture:
    """An answer as lines over time."""
    values = [value for series in answer.series for value in series.values]
    return Picture(
        name,
        ChartKind.LINES,
        tuple(figures.bucket(start) for start in answer.starts),
        tuple(_trace(series) for series in answer.series),
        say=lambda value: figures.decimal(shortest(value)),
        brief=lambda value: figures.compact(shortest(value)),
        whole=all(value == value.to_integral_value() for value in values),
        total=figures.compact(answer.total) if answer.starts else "",
    )


def _trace(series: Series) -> Trace:
    role = Role.GROUP if series.key else Role.REST
    return Trace(series.key, series.label, tuple(map(float, series.values)), role)


def shortest(value: float) -> Decimal:
    """A computed number without the digits that are no part of it."""
    return Decimal(repr(round(float(value), 6)))
