"""Where a window stands on the screen, and putting it there again."""

from PySide6.QtCore import QRect
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.views.preferences import Place


def geometry_of(window: QWidget) -> dict[str, int]:
    """The fields of `Place` that tell position and size, as it is when not maximized."""
    box = window.normalGeometry()
    return {
        "x": box.x(),
        "y": box.y(),
        "width": box.width(),
        "height": box.height(),
        "maximized": window.isMaximized(),
    }


def put_in_place(window: QWidget, place: Place) -> None:
    """Give a window its last size, and its position if that is still on a screen."""
    box = QRect(place.x, place.y, place.width, place.height)
    if any(screen.availableGeometry().contains(box) for screen in QGuiApplication.screens()):
        # Not `move`: that places the frame, and the window would sink by its title each time.
        window.setGeometry(box)
    else:
        window.resize(place.width, place.height)
    if place.maximized:
        from PySide6.QtCore import Qt

        window.setWindowState(Qt.WindowState.WindowMaximized)
