"""The main window, made before it is wanted: while the vault is still shut and nobody types."""

import gc
import importlib
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer

if TYPE_CHECKING:
    from desktop.views.main_window import MainWindow

CALM_MS: Final = 300
"""So long nobody may have typed: a step would hold up the next letter."""
AFTER_SHOW_MS: Final = 1_000
"""The last step waits so long for a window that was wanted early: its page comes first."""


class WindowToCome(QObject):
    """Loads, builds and draws the main window, step by step. GUI thread, but for the imports.

    Deriving the key takes every processor there is, so what is done before that is gained.
    """

    def __init__(self, make: "Callable[[], MainWindow]") -> None:
        """`make` builds a window and leaves it hidden."""
        super().__init__()
        self._make = make
        self._window: MainWindow | None = None
        self._loading = threading.Thread(target=load, name="warm-up", daemon=True)
        self._steps = self._all_steps()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self._go_on)

    def _all_steps(self) -> list[Callable[[], object]]:
        return [self._build, self._draw, spare_what_stays]

    def begin(self) -> None:
        """Load on a thread, because that would hold up the passphrase; the rest follows."""
        self._loading.start()
        self._soon.start(CALM_MS)

    def put_off(self) -> None:
        """The owner types: what is left to do waits until there is a pause."""
        if self._soon.isActive():
            self._soon.start(CALM_MS)

    def hurry(self) -> None:
        """The owner is done typing: what is left to do can begin."""
        if self._soon.isActive():
            self._soon.start(0)

    def _go_on(self) -> None:
        if self._loading.is_alive():
            self._soon.start(CALM_MS)
            return
        self._steps.pop(0)()
        if self._steps:
            self._soon.start(0)

    def _build(self) -> None:
        self._window = self._make()

    def _draw(self) -> None:
        """Lay it out and paint it once: styles, glyphs and icons are then there."""
        if self._window is not None:
            self._window.grab()

    def take(self) -> "MainWindow":
        """Hand the window over, built only now if it was wanted so early."""
        self._soon.stop()
        window = self._window or self._make()
        if self._steps:
            QTimer.singleShot(AFTER_SHOW_MS, window, spare_what_stays)
        self._window, self._steps = None, []
        return window

    def forget(self) -> None:
        """Another workspace will be opened: begin again, for that one."""
        if self._window is not None:
            self._window.deleteLater()
        self._window, self._steps = None, self._all_steps()
        self._soon.start(CALM_MS)


def load() -> None:
    """Import the first page, and what its charts are drawn with. Any thread; touches no widget."""
    importlib.import_module("desktop.views.main_window")
    importlib.import_module("desktop.views.dashboard_page")
    from desktop.views.charts import warm_up

    warm_up().join()


def spare_what_stays() -> None:
    """Keep the collector from what lives as long as the program: looking at it takes a blink."""
    gc.collect()
    gc.freeze()
