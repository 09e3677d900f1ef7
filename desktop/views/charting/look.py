"""The colours and patterns of a picture, on screen and on paper."""

from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtGui import QColor

from desktop.views.charting.picture import Picture, Role, Trace
from desktop.views.theme import Tokens

DASHES: Final = ("-", (0, (5, 2)), (0, (6, 2, 1.2, 2)), (0, (1.2, 1.6)), (0, (9, 3)))
"""A pattern per line, so that none is told by its colour alone."""
REST_DASH: Final = (0, (2, 3))
BEFORE_DASH: Final = (0, (1, 2))
FAINTEST: Final = 0.06
"""How far the colour of the smallest number above nothing stands off the empty cell."""
DARK_BELOW: Final = 0.179
"""Luminance below which words on a cell are light."""


def series_colours(picture: Picture, now: Tokens) -> tuple[QColor, ...]:
    """The colour of each trace.

    The rest is always the muted one, and so is a period before that is not of one group.
    """
    colours: dict[str, QColor] = {}
    found = []
    for place, trace in enumerate(picture.traces):
        colour = colours.get(trace.of) or trace_colour(trace, place, now)
        if trace.role is Role.GROUP:
            colours[trace.key] = colour
        found.append(colour)
    return tuple(found)


def trace_colour(trace: Trace, place: int, now: Tokens) -> QColor:
    if trace.role is Role.SHARE:
        return now.colour("text")
    if trace.role is not Role.GROUP:
        return now.colour("muted")
    return QColor(now.series[place % len(now.series)])


def dash(trace: Trace, place: int) -> Any:  # noqa: ANN401 (a name or numbers, as matplotlib has it)
    """The pattern of a line; beyond the colours there are, the same colour has another one."""
    if trace.role is not Role.GROUP:
        return {Role.REST: REST_DASH, Role.BEFORE: BEFORE_DASH, Role.SHARE: "-"}[trace.role]
    return DASHES[(place + place // len(DASHES)) % len(DASHES)]


@dataclass(frozen=True, slots=True)
class Ramp:
    """Colours of cells from nothing to the highest value: one hue, told apart by lightness."""

    nothing: QColor
    most: QColor

    def at(self, share: float) -> QColor:
        """Colour of a share of the highest value, 0 to 1."""
        part = FAINTEST + (1 - FAINTEST) * min(share, 1.0) if share > 0 else 0.0
        low, high = self.nothing, self.most
        mixed = (
            round(start + part * (end - start))
            for start, end in zip(low.getRgb()[:3], high.getRgb()[:3], strict=True)  # type: ignore[index]
        )
        return QColor(*mixed)


def ramp(now: Tokens) -> Ramp:
    return Ramp(now.colour("raised"), QColor(now.series[0]))


def words_on(cell: QColor) -> QColor:
    """Black or white, whichever stands off a cell's colour more.

    Source: relative luminance of WCAG 2.2; at 0.179 both have the same contrast.
    """
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4  # noqa: PLR2004
        for part in (cell.redF(), cell.greenF(), cell.blueF())
    )
    light = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    return QColor("#ffffff") if light < DARK_BELOW else QColor("#000000")
