"""A window with its core: from Enter in the passphrase field to the painted Dashboard.

`python -m benchmarks.child_dashboard WORKSPACE`. Prints milliseconds of the whole way and of the
key derivation alone, measured right after it.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from benchmarks.dashboard import PASSPHRASE
from desktop.app import Desktop
from desktop.services.storage import credentials
from desktop.services.storage.header import read_header
from desktop.views.chart_overlay import ChartOverlay
from desktop.views.charts import Chart
from desktop.views.preferences import Preferences

TYPING_MS: Final = 3_000
"""How long the owner takes to type: time in which the window may load what it needs later."""


class Measured(QObject):
    """Types the passphrase and waits for the chart, as an owner with a stopwatch."""

    def __init__(self, desktop: Desktop, workspace: Path) -> None:
        super().__init__()
        self._desktop = desktop
        self._workspace = workspace
        QTimer.singleShot(TYPING_MS, self._press_enter)

    def _press_enter(self) -> None:
        window = self._desktop.window
        field = next(f for f in window.findChildren(QLineEdit) if f.isVisible()) if window else None
        if field is None:
            raise RuntimeError("the window does not ask for a passphrase")
        field.setText(PASSPHRASE)
        QApplication.instance().installEventFilter(self)  # type: ignore[union-attr]
        self._begun = time.perf_counter()
        QTest.keyClick(field, Qt.Key.Key_Return)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Paint and isinstance(watched, ChartOverlay):
            chart = watched.parent()
            if isinstance(chart, Chart) and chart.answer is not None:
                QApplication.instance().removeEventFilter(self)  # type: ignore[union-attr]
                QTimer.singleShot(0, self._report)
        return False

    def _report(self) -> None:
        painted_ms = 1000 * (time.perf_counter() - self._begun)
        header = read_header(self._workspace)
        begun = time.perf_counter()
        credentials.passphrase(PASSPHRASE).data_key(header.slots, header.vault_id)
        derivation_ms = 1000 * (time.perf_counter() - begun)
        print(json.dumps({"painted_ms": painted_ms, "derivation_ms": derivation_ms}), flush=True)
        os._exit(0)


if __name__ == "__main__":
    application = QApplication(sys.argv[:1])
    workspace = Path(sys.argv[1])
    desktop = Desktop(workspace, Preferences(workspace / "window.json"))
    desktop.start()
    measured = Measured(desktop, workspace)
    application.exec()
