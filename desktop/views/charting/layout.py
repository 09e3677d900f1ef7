"""A picture with its places in pixels."""

from dataclasses import dataclass

from desktop.views.chart_geometry import Plot
from desktop.views.charting.picture import Picture


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """A picture with its places in pixels."""

    picture: Picture
    plot: Plot
    grid: tuple[float, ...]
    """Values of the horizontal lines; none behind cells."""
    scale: tuple[str, ...]
    """What those values are called."""
    width: int
    height: int

    @property
    def row_height(self) -> float:
        """Height of a row of cells."""
        return self.plot.height / max(len(self.picture.traces), 1)

    def row_top(self, row: int) -> float:
        return self.plot.top + row * self.row_height

    def row_at(self, y: float) -> int:
        """The row of cells at a vertical pixel."""
        row = int((y - self.plot.top) / max(self.row_height, 1e-9))
        return min(max(row, 0), len(self.picture.traces) - 1)
