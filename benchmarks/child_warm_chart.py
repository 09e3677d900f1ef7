"""Our first chart of a process, after the imports that idle time has done."""

import json
import os
import sys
import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.painting import after_next_paint, chart_days
from desktop.domain.usage import Series, Stamp, UsageAnswer
from desktop.views.charts import Chart, warm_up
from desktop.views.theme import Scheme, Theme


def three_months() -> UsageAnswer:
    values = tuple(map(Decimal, chart_days()))
    starts = tuple(str(date(2026, 8, 1) + timedelta(days=day)) for day in range(len(values)))
    stamp = Stamp(datetime(2026, 11, 1, tzinfo=UTC), online=True)
    line = Series("GET /v1/items", "GET /v1/items", values)
    return UsageAnswer(starts, (line,), sum(values, Decimal(0)), stamp)


class Measured(Chart):
    """Says how much CPU time lies between the answer and its paint."""

    def begin(self) -> None:
        warm_up().join()
        self._begun = time.process_time()
        self.show_answer(three_months())
        canvas = next(c for c in self.findChildren(QWidget) if hasattr(c, "figure"))
        after_next_paint(canvas, self.report)

    def report(self) -> None:
        print(json.dumps(1000 * (time.process_time() - self._begun)), flush=True)
        os._exit(0)


application = QApplication(sys.argv[:1])
theme = Theme(Scheme.LIGHT)
chart = Measured("Requests per day")
chart.resize(900, 280)
chart.show()
QTimer.singleShot(0, chart.begin)
application.exec()
