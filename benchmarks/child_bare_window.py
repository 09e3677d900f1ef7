"""The yardstick of the start: one empty window, shown and painted."""

import sys

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from benchmarks.cost import report_cost


class Bare(QWidget):
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt's name)
        super().paintEvent(event)
        QTimer.singleShot(0, report_cost)


application = QApplication(sys.argv[:1])
window = Bare()
window.resize(1280, 800)  # as large as ours
window.show()
application.exec()
