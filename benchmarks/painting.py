"""Telling when something has been painted, and what the charts of the benchmarks show."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget


class _PaintWatch(QObject):
    def __init__(self, widget: QWidget, callback: Callable[[], None]) -> None:
        super().__init__(widget)
        self._callback = callback
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt's name)
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._callback)
        return False


def after_next_paint(widget: QWidget, callback: Callable[[], None]) -> None:
    """Call back once, when the event loop comes round after the widget's next paint."""
    _PaintWatch(widget, callback)


def chart_days() -> list[int]:
    """Requests a day for three months, the same every time."""
    return [1000 + 37 * day % 400 for day in range(90)]
