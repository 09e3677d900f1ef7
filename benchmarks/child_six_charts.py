"""Memory of a window that shows six charts: prints the megabytes of its own process."""

import json
import os
import sys
from pathlib import Path
from typing import Final

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QGridLayout, QWidget

from desktop.domain.usage_views import ChartKind
from desktop.jobs import Jobs
from desktop.views.charting.picture import Picture, Trace
from desktop.views.charts import PictureView
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.views.theme import Scheme, Theme

KINDS: Final = (
    ChartKind.LINES,
    ChartKind.AREAS,
    ChartKind.BARS,
    ChartKind.BANDS,
    ChartKind.HEAT,
    ChartKind.PARETO,
)
PLACES: Final = 365
PAINTED_MS: Final = 500


def picture(kind: ChartKind) -> Picture:
    """Five traces over a year."""
    numbers = np.random.default_rng(2).random((5, PLACES)) * 1000
    traces = tuple(Trace(f"t{n}", f"GET /v1/{n}", row) for n, row in enumerate(numbers))
    places = tuple(f"day {n}" for n in range(PLACES))
    return Picture("Requests", kind, places, traces, str, str)


def report() -> None:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            print(json.dumps(int(line.split()[1]) / 1024), flush=True)
    os._exit(0)


application = QApplication(sys.argv[:1])
theme = Theme(Scheme.LIGHT)
window = MainWindow(Jobs(), theme, Preferences(Path(os.environ["USAGEFLOW_HOME"]) / "window.json"))
window.show()
window.pages["usage"]
board = QWidget()
grid = QGridLayout(board)
for number, kind in enumerate(KINDS):
    view = PictureView(kind)
    view.show_picture(picture(kind))
    grid.addWidget(view, number // 2, number % 2)
board.resize(1600, 1100)
board.show()
QTimer.singleShot(PAINTED_MS, report)
application.exec()
