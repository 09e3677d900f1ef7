"""The look: one table of colours makes the palette and the style sheet; charts ask it for theirs.

Drawn by ourselves: asking the platform for a dark scheme does nothing on many Linux desktops.
Cheap to import: the Unlock window is painted with it.
"""

import json
import sys
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

import resources

RESOURCES: Final = Path(resources.__file__).parent
FONT_FILES: Final = ("Inter-Regular.otf", "Inter-SemiBold.otf")
FONT_FAMILY: Final = "Inter"
TEXT_SIZE_PX: Final = 13
MIDDLE: Final = 128
"""Half of the lightness a colour can have."""


class Scheme(StrEnum):
    """What the owner chose in the View menu."""

    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


class Tokens(NamedTuple):
    """The colours of one scheme, as `#rrggbb`."""

    scheme: Scheme
    colours: dict[str, str]

    def hex(self, name: str) -> str:
        return self.colours[name]

    def colour(self, name: str) -> QColor:
        return QColor(self.colours[name])

    @property
    def series(self) -> tuple[str, ...]:
        """Colours of a chart's lines, in order."""
        return tuple(self.colours[f"series_{number}"] for number in range(1, 6))


@cache
def token_table() -> dict[Scheme, Tokens]:
    """Both schemes as `resources/tokens.json` has them."""
    table = json.loads((RESOURCES / "tokens.json").read_text(encoding="utf-8"))
    return {Scheme(name): Tokens(Scheme(name), colours) for name, colours in table.items()}


def tokens() -> Tokens:
    """The colours on screen now, told from the application's palette."""
    window = QGuiApplication.palette().window().color().name()
    table = token_table()
    return table[Scheme.DARK if window == table[Scheme.DARK].hex("window") else Scheme.LIGHT]


class Theme(QObject):
    """Keeps the application in the chosen scheme; with `SYSTEM` it follows the desktop's."""

    changed = Signal()

    def __init__(self, scheme: Scheme) -> None:
        """Dress the running application."""
        super().__init__()
        # Before our own palette is set, the application still has the desktop's.
        self._system_is_dark = QGuiApplication.palette().window().color().lightness() < MIDDLE
        self.scheme = scheme
        _load_fonts()
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow_system)
        if scheme is not Scheme.SYSTEM:
            self._tell_platform()
        self._dress()

    def use(self, scheme: Scheme) -> None:
        """Change the scheme of every window at once."""
        self.scheme = scheme
        self._tell_platform()
        self._dress()

    def _tell_platform(self) -> None:
        """Ask for matching title bars and file dialogs, where the platform draws them."""
        from PySide6.QtCore import Qt

        QGuiApplication.styleHints().setColorScheme(
            {
                Scheme.SYSTEM: Qt.ColorScheme.Unknown,
                Scheme.LIGHT: Qt.ColorScheme.Light,
                Scheme.DARK: Qt.ColorScheme.Dark,
            }[self.scheme]
        )

    def _follow_system(self, system: object) -> None:
        from PySide6.QtCore import Qt

        if self.scheme is Scheme.SYSTEM:
            self._system_is_dark = system is Qt.ColorScheme.Dark
            self._dress()

    def _dress(self) -> None:
        wanted = token_table()[self._shown()]
        QApplication.setPalette(palette(wanted))
        application = QApplication.instance()
        if isinstance(application, QApplication):
            sheet = style_sheet(wanted, right_to_left=QGuiApplication.isRightToLeft())
            if sheet != application.styleSheet():  # the same once more would dress every widget
                application.setStyleSheet(sheet)
        self.changed.emit()

    def _shown(self) -> Scheme:
        if self.scheme is not Scheme.SYSTEM:
            return self.scheme
        return Scheme.DARK if self._system_is_dark else Scheme.LIGHT


def _load_fonts() -> None:
    for name in FONT_FILES:
        QFontDatabase.addApplicationFont(str(RESOURCES / "fonts" / name))
    font = QFont(FONT_FAMILY)
    font.setPixelSize(TEXT_SIZE_PX)
    QApplication.setFont(font)
    if sys.platform != "linux":  # there it is what Qt takes by itself
        QApplication.setStyle("fusion")


def palette(wanted: Tokens) -> QPalette:
    """Qt's own colours, for what the style sheet does not reach."""
    result = QPalette()
    for role, name in _PALETTE.items():
        result.setColor(role, wanted.colour(name))
    for role in (
        QPalette.ColorRole.WindowText,
        QPalette.ColorRole.Text,
        QPalette.ColorRole.ButtonText,
    ):
        result.setColor(QPalette.ColorGroup.Disabled, role, wanted.colour("muted"))
    return result


_PALETTE: Final = {
    QPalette.ColorRole.Window: "window",
    QPalette.ColorRole.WindowText: "text",
    QPalette.ColorRole.Base: "card",
    QPalette.ColorRole.AlternateBase: "raised",
    QPalette.ColorRole.Text: "text",
    QPalette.ColorRole.Button: "raised",
    QPalette.ColorRole.ButtonText: "text",
    QPalette.ColorRole.BrightText: "bad",
    QPalette.ColorRole.ToolTipBase: "raised",
    QPalette.ColorRole.ToolTipText: "text",
    QPalette.ColorRole.PlaceholderText: "muted",
    QPalette.ColorRole.Highlight: "selection",
    QPalette.ColorRole.HighlightedText: "text",
    QPalette.ColorRole.Link: "accent",
    QPalette.ColorRole.LinkVisited: "accent",
    QPalette.ColorRole.Accent: "accent",
    QPalette.ColorRole.Light: "raised",
    QPalette.ColorRole.Midlight: "raised",
    QPalette.ColorRole.Mid: "hairline",
    QPalette.ColorRole.Dark: "hairline",
    QPalette.ColorRole.Shadow: "hairline",
}


def style_sheet(wanted: Tokens, *, right_to_left: bool) -> str:
    """`resources/style.qss` with the colours filled in; right-to-left text swaps start and end."""
    text = (RESOURCES / "style.qss").read_text(encoding="utf-8")
    words = {
        **wanted.colours,
        "scheme": str(wanted.scheme),
        "icons": (RESOURCES / "icons").as_posix(),
        "start": "right" if right_to_left else "left",
        "end": "left" if right_to_left else "right",
    }
    for name, value in words.items():
        text = text.replace(f"@{name}@", value)
    return text
