"""Icons in the colours of the scheme on screen; they change with it by themselves."""

import math
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QPushButton, QToolButton, QWidget

from desktop.views.text import PLAIN_TEXT, set_tooltip
from desktop.views.theme import RESOURCES, tokens

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon, QPixmap

ICON_SIZE_PX: Final = 16
GAP_PX: Final = 4
"""Between a button's icon and its label."""
_COLOURS: Final = {"primary": "on_accent", "danger": "bad", "flat": "muted"}
_CLOSE_UPS: Final = (1, 2, 3)
"""Device pixels per pixel that each icon is drawn for."""


@lru_cache(maxsize=256)
def _pixmap(name: str, colour: str, size_px: int, ratio: int, gap_px: int) -> "QPixmap":
    # Here, as with `QIcon`: the Unlock window is painted without an icon.
    from PySide6.QtCore import QByteArray, QRectF
    from PySide6.QtGui import QColor, QPainter, QPixmap
    from PySide6.QtSvg import QSvgRenderer

    source = (RESOURCES / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(source.replace("currentColor", colour).encode()))
    side = size_px * ratio
    pixmap = QPixmap(side + gap_px * ratio, side)
    pixmap.fill(QColor(0, 0, 0, 0))
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, side, side))
    painter.end()
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def icon(name: str, colour: str = "text", size_px: int = ICON_SIZE_PX, gap_px: int = 0) -> "QIcon":
    """An icon of `resources/icons`, tinted.

    Args:
        name: the file's name without its ending.
        colour: a name of the token table.
        size_px: width and height, in device-independent pixels.
        gap_px: empty width after the drawing, where text follows.
    """
    now = tokens()
    return _icon(name, (now.hex(colour), now.hex("muted")), size_px, gap_px)


@lru_cache(maxsize=256)
def _icon(name: str, colours: tuple[str, str], size_px: int, gap_px: int) -> "QIcon":
    """Tables ask for the same few icons with every row they paint."""
    from PySide6.QtGui import QIcon

    result = QIcon()
    enabled, disabled = colours
    for ratio in _ratios():
        result.addPixmap(_pixmap(name, enabled, size_px, ratio, gap_px))
        muted = _pixmap(name, disabled, size_px, ratio, gap_px)
        result.addPixmap(muted, QIcon.Mode.Disabled)
    return result


@cache
def _ratios() -> tuple[int, ...]:
    """Close-ups worth drawing: up to what the sharpest screen at the start needs, and one more.

    Drawing all three for every icon took a tenth of a second before the first figure.
    """
    screens = QGuiApplication.screens()
    sharpest = max((math.ceil(screen.devicePixelRatio()) for screen in screens), default=1)
    return tuple(ratio for ratio in _CLOSE_UPS if ratio <= sharpest + 1)


def _scheme_changed(event: QEvent) -> bool:
    return event.type() in (QEvent.Type.PaletteChange, QEvent.Type.ApplicationPaletteChange)


class IconLabel(QLabel):
    """An icon that says something; its meaning is also written beside it."""

    _name, _colour = "", ""
    """Set on the class as well: Qt sends events from within its own constructor."""

    def __init__(self, name: str, colour: str = "text", size_px: int = ICON_SIZE_PX) -> None:
        super().__init__()
        self.setProperty("textFormat", PLAIN_TEXT)
        self.setFixedSize(size_px, size_px)
        self.set_icon(name, colour)

    def set_icon(self, name: str, colour: str = "text") -> None:
        """Show another icon."""
        self._name, self._colour = name, colour
        self.setPixmap(icon(name, colour, self.width()).pixmap(QSize(self.width(), self.width())))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt calls it)
        super().changeEvent(event)
        if _scheme_changed(event) and self._name:
            self.set_icon(self._name, self._colour)


class IconButton(QToolButton):
    """A small button with an icon, a name for screen readers and a tooltip."""

    _name, _colour = "", ""

    def __init__(self, name: str, label: str, *, colour: str = "text", role: str = "flat") -> None:
        super().__init__()
        self.setProperty("role", role)
        self.setIconSize(QSize(ICON_SIZE_PX, ICON_SIZE_PX))
        self.set_icon(name, label, colour=colour)

    def set_icon(self, name: str, label: str, *, colour: str = "text") -> None:
        """Change icon and meaning together; an empty name is no icon yet."""
        self._name, self._colour = name, colour
        self.setAccessibleName(label)
        set_tooltip(self, label)
        self._tint()

    def _tint(self) -> None:
        if self._name:
            self.setIcon(icon(self._name, self._colour))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt calls it)
        super().changeEvent(event)
        if _scheme_changed(event):
            self._tint()


class Button(QPushButton):
    """A button with a label and, if wanted, an icon."""

    _icon_name = ""

    def __init__(self, label: str, *, role: str = "", icon_name: str = "") -> None:
        """Make a button.

        Args:
            label: what is written on it; `&` marks the letter of its shortcut.
            role: its look; `primary` for the one filled button of a page.
            icon_name: a file of `resources/icons`, or nothing.
        """
        super().__init__(label)
        self.setProperty("role", role)
        self._icon_name = icon_name
        self._tint()

    def _tint(self) -> None:
        if self._icon_name:
            colour = _COLOURS.get(self.property("role"), "text")
            self.setIconSize(QSize(ICON_SIZE_PX + GAP_PX, ICON_SIZE_PX))
            self.setIcon(icon(self._icon_name, colour, gap_px=GAP_PX))

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 (Qt calls it)
        super().changeEvent(event)
        if _scheme_changed(event):
            self._tint()


def window_icon(window: QWidget) -> None:
    """Give a top-level window the product's icon."""
    from PySide6.QtGui import QIcon

    window.setWindowIcon(QIcon(str(RESOURCES / "icons" / "usageflow.svg")))
