"""The yardstick of the first chart: the chart library from nothing to a painted line; Qt is up."""

import json
import os
import sys
import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.painting import after_next_paint, chart_days

application = QApplication(sys.argv[:1])
begun = time.process_time()


def draw() -> None:
    from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
    from matplotlib.figure import Figure

    canvas = FigureCanvasQTAgg(Figure())  # type: ignore[no-untyped-call]
    canvas.figure.subplots().plot(chart_days())
    after_next_paint(canvas, report)
    canvas.resize(900, 280)
    canvas.show()


def report() -> None:
    print(json.dumps(1000 * (time.process_time() - begun)), flush=True)
    os._exit(0)


QTimer.singleShot(0, draw)
application.exec()
