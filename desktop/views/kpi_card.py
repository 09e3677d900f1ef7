"""One figure of the dashboard with what it was before."""

from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.views.figures import NOTHING
from desktop.views.text import ElidedLabel, PlainLabel, restyle


class KpiCard(QFrame):
    """Capitals, a large figure, and a line about the period before."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._title = title
        self.figure = ElidedLabel(NOTHING, role="figure")
        self.detail = ElidedLabel("", role="muted")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 16, 14)
        column.setSpacing(4)
        caption = PlainLabel(title.upper(), role="section")
        caption.setAccessibleName(title)
        for part in (caption, self.figure, self.detail):
            column.addWidget(part)

    def show_figure(self, figure: str, detail: str, tone: str = "muted") -> None:
        """Show a figure; `tone` is the look of the line below it: muted, ok or warn."""
        self.figure.set_whole_text(figure)
        self.detail.set_whole_text(detail)
        self.detail.setProperty("role", tone)
        restyle(self.detail)
        self.setAccessibleName(f"{self._title}: {figure}, {detail}")
