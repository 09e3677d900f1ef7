"""Notices that nobody has used the window for a while, also while the computer slept."""

import time
from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QWindow

LOOKS_EVERY_MS: Final = 5_000
SIGNS: Final = frozenset(
    {
        QEvent.Type.KeyPress,
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.TouchBegin,
    }
)
"""Events that only a person makes."""


CLOCK: Final[int | None] = getattr(
    time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC_RAW", None)
)
"""Linux and macOS stop their other clocks in sleep; that of Windows goes on."""


def boot_time_s() -> float:
    """Seconds since the computer started, sleep included; nobody can set it back."""
    return time.monotonic() if CLOCK is None else time.clock_gettime(CLOCK)


class IdleWatch(QObject):
    """Emits `idle` once the owner has been away for longer than the setting.

    What a person does comes to a window of the system first. A filter of the whole application
    would see it as well, and hold up every other event of every widget.
    """

    idle = Signal()

    def __init__(self, minutes: int, clock_s: Callable[[], float] = boot_time_s) -> None:
        """`minutes` of 0 never lock; `clock_s` is for tests."""
        super().__init__()
        self._clock_s = clock_s
        self._limit_s = minutes * 60.0
        self._last_s = self._clock_s()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOKS_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._timer.start()
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._watch)
        self._watch_all()

    def _watch_all(self) -> None:
        for window in QGuiApplication.topLevelWindows():
            self._watch(window)

    def _watch(self, window: QWindow | None) -> None:
        if window is not None:
            window.installEventFilter(self)  # once more is the same as once

    def set_minutes(self, minutes: int) -> None:
        """Change the setting; the waiting begins anew."""
        self._limit_s = minutes * 60.0
        self._last_s = self._clock_s()

    def look(self) -> None:
        """Compare the clock with the last sign of life."""
        self._watch_all()
        if self._limit_s and self._clock_s() - self._last_s >= self._limit_s:
            self._timer.stop()
            self.idle.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        if event.type() in SIGNS and self._timer.isActive():
            # Whoever returns after the limit finds the window locked, even before the timer looks.
            self.look()
            self._last_s = self._clock_s()
        return super().eventFilter(watched, event)
