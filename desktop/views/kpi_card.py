"""One figure of the dashboard with what it was before."""

from collections.abc import Sequence

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from desktop.views.figures import NOTHING
from desktop.views.sparkline import Sparkline
from desktop.views.text import ElidedLabel, PlainLabel, restyle


class KpiCard(QFrame):
    """Capitals, a large figure, a line about the period before, and how the figure went."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title = title
        self.figure = ElidedLabel(NOTHING, role="figure")
        self.detail = ElidedLabel("", role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(4)
        self.spark = Sparkline()
        self.spark.hide()
        beside = QHBoxLayout()
        beside.setSpacing(8)
        beside.addWidget(self.figure, 1)
        beside.addWidget(self.spark)
        caption = PlainLabel(title.upper(), role="section")
        caption.setAccessibleName(title)
        column.addWidget(caption)
        column.addLayout(beside)
        column.addWidget(self.detail)

    def show_course(self, values: Sequence[float]) -> None:
        """Show how the figure went, bucket by bucket."""
        self.spark.show_values(values)
        self.spark.setVisible(len(values) > 1 and any(values))

    def show_figure(self, figure: str, detail: str, tone: str = "muted") -> None:
        """Show a figure; `tone` is the look of the line below it: muted, ok, warn or bad."""
        self.figure.set_whole_text(figure)
        self.detail.set_whole_text(detail)
        self.detail.setProperty("role", tone)
        restyle(self.detail)
        self.setAccessibleName(f"{self._title}: {figure}, {detail}")
