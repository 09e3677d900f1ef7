"""Line charts over time: matplotlib draws grid and lines, the overlay paints words and cursor.

The library is imported when the first chart is drawn, or by `warm_up` in idle time before.
"""

import importlib
import threading
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from desktop.domain.usage import Series, UsageAnswer
from desktop.views import figures
from desktop.views.chart_geometry import Plot, grid_values, thinned
from desktop.views.chart_overlay import DOT_PX, END_LABEL_GAP_PX, ChartOverlay, series_colours
from desktop.views.theme import chart_settings, tokens

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg

DASHES: Final = ("-", (0, (5, 2)), (0, (6, 2, 1.2, 2)), (0, (1.2, 1.6)), (0, (9, 3)))
"""A pattern per line, so that none is told by its colour alone."""
REST_DASH: Final = (0, (2, 3))
END_LABEL_MAX_PX: Final = 190
TOP_PX, BOTTOM_PX = 12, 28
SLOW_IMPORTS: Final = (
    "numpy",
    "matplotlib.figure",
    "matplotlib.backends.backend_agg",
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


class Chart(QWidget):
    """One line for each series of an answer. The arrow keys move a cursor that tells the values."""

    answer: UsageAnswer | None = None
    """On the class as well: Qt sends events from within its own constructor."""

    def __init__(self, name: str) -> None:
        """Make an empty chart; `name` says what it shows, for screen readers."""
        super().__init__()
        self.setMinimumSize(320, 180)
        self._name = name
        self._canvas: FigureCanvasQTAgg | None = None
        self._drawn_for: object = None
        self.overlay = ChartOverlay(self)
        self.overlay.setAccessibleName(name)
        self.setFocusProxy(self.overlay)

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt calls it)
        return QSize(900, 280)

    def show_answer(self, answer: UsageAnswer) -> None:
        """Draw an answer, now or as soon as the chart is on screen."""
        self.answer = answer
        self.overlay.setAccessibleDescription(summary(self._name, answer))
        self._draw()

    def _draw(self) -> None:
        if self.answer is None or not self.isVisible():
            return
        situation = (self.answer, self.size(), tokens().scheme)
        if situation == self._drawn_for:
            return
        self._drawn_for = situation
        plot, grid = self._lay_out(self.answer)
        if self._canvas is None:
            self._canvas = _canvas(self)
            self.overlay.raise_()
        self._canvas.setGeometry(self.rect())
        self._canvas.show()
        _draw_lines(self._canvas, self.answer, plot, grid)
        self._canvas.draw_idle()  # type: ignore[no-untyped-call]
        self.overlay.show_plot(self.answer, plot, grid)

    def _lay_out(self, answer: UsageAnswer) -> tuple[Plot, tuple[float, ...]]:
        values = [value for series in answer.series for value in series.values]
        highest = float(max(values, default=Decimal(0)))
        whole = all(value == value.to_integral_value() for value in values)
        grid = grid_values(highest, whole=whole)
        measure = self.fontMetrics().horizontalAdvance
        left = max(measure(figures.compact(Decimal(str(value)))) for value in grid) + 12
        labels = max((measure(series.label) for series in answer.series), default=0)
        labels += DOT_PX + 6
        right = min(labels, END_LABEL_MAX_PX, self.width() // 4) + END_LABEL_GAP_PX + 6
        height = self.height() - TOP_PX - BOTTOM_PX
        width = max(self.width() - left - right, 1)
        return Plot(left, TOP_PX, width, max(height, 1), len(answer.starts), grid[-1]), grid

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt calls it)
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())
        self._draw()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt calls it)
        super().showEvent(event)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt calls it)
        super().changeEvent(event)
        if event.type() is QEvent.Type.PaletteChange:
            self._draw()


def _canvas(parent: QWidget) -> "FigureCanvasQTAgg":
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasQTAgg(Figure())  # type: ignore[no-untyped-call]
    canvas.setParent(parent)
    canvas.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    canvas.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    return canvas


def _draw_lines(
    canvas: "FigureCanvasQTAgg", answer: UsageAnswer, plot: Plot, grid: tuple[float, ...]
) -> None:
    import matplotlib as mpl

    now = tokens()
    figure = canvas.figure
    with mpl.rc_context(chart_settings(now)):
        figure.clear()
        figure.set_facecolor(now.hex("card"))
        axes = figure.add_axes(_share(plot, canvas.width(), canvas.height()))
        axes.set_xlim(0, max(plot.count - 1, 1)) if plot.count > 1 else axes.set_xlim(-1, 1)
        axes.set_ylim(0, plot.ceiling)
        axes.set_xticks([])
        axes.set_yticks(grid, labels=[""] * len(grid))
        colours = series_colours(answer, now)
        for number, series in enumerate(answer.series):
            _draw_line(axes, series, number, colours[number].name(), int(plot.width))


def _share(plot: Plot, width: int, height: int) -> tuple[float, float, float, float]:
    bottom = height - plot.top - plot.height
    return plot.left / width, bottom / height, plot.width / width, plot.height / height


def _draw_line(axes: "Axes", series: Series, number: int, colour: str, width_px: int) -> None:
    places, values = thinned(series.values, width_px)
    dash: Any = DASHES[number % len(DASHES)] if series.key else REST_DASH
    axes.plot(places, values, color=colour, linestyle=dash, clip_on=False, zorder=3)
    if len(places) == 1:  # a line of one point has no length
        axes.plot(places, values, "o", color=colour, markersize=6, clip_on=False)


def summary(name: str, answer: UsageAnswer) -> str:
    """What the chart shows, in sentences."""
    if not answer.starts:
        return name
    first, last = figures.bucket(answer.starts[0]), figures.bucket(answer.starts[-1])
    parts = [f"{name}, {first} \u2013 {last}. {figures.compact(answer.total)}."]
    for series in answer.series:
        highest = max(series.values)
        when = figures.bucket(answer.starts[series.values.index(highest)])
        total = figures.compact(sum(series.values, Decimal(0)))
        parts.append(f"{series.label}: {total}, max. {figures.compact(highest)} ({when}).")
    return " ".join(parts)
