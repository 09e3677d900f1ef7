"""Where the owner was before: Back and Forward over pages and places within them."""

from dataclasses import dataclass
from typing import Final

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class Stop:
    """A page, and where in it."""

    page: str
    place: object = None


class History:
    """A line of stops, of which one is the present. Going somewhere new drops what lay ahead."""

    def __init__(self) -> None:
        self._stops: list[Stop] = []
        self._here = -1

    def visit(self, stop: Stop) -> None:
        """The owner went to a place; the same one again is no new stop."""
        if self._stops and self._stops[self._here] == stop:
            return
        self._stops = [*self._stops[: self._here + 1], stop][-MOST:]
        self._here = len(self._stops) - 1

    def back(self) -> Stop | None:
        """The stop before, which becomes the present; None at the beginning."""
        return self._step(-1)

    def forward(self) -> Stop | None:
        """The stop after; None at the end."""
        return self._step(1)

    def _step(self, way: int) -> Stop | None:
        wanted = self._here + way
        if not 0 <= wanted < len(self._stops):
            return None
        self._here = wanted
        return self._stops[wanted]
