"""Lists that are read page by page: scrolled near their end, they ask for the next page."""

from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QAbstractScrollArea

NEAR_THE_END_PX: Final = 200


class NextPages(QObject):
    """Watches how far a list is scrolled, and where its next page begins."""

    wanted = Signal(str)
    """The cursor of a page that is to be asked for; told once until `reached` answers."""

    def __init__(self, table: QAbstractScrollArea) -> None:
        super().__init__(table)
        self._bar = table.verticalScrollBar()
        self._bar.valueChanged.connect(self._scrolled)
        self._next: str | None = None
        self._is_asking = False

    @property
    def has_more(self) -> bool:
        """Whether there is another page."""
        return self._next is not None

    def reached(self, next_cursor: str | None) -> None:
        """A page came; None when it was the last one, or no more are to be asked for."""
        self._next = next_cursor
        self._is_asking = False

    def _scrolled(self, place: int) -> None:
        is_near = self._bar.maximum() - place < NEAR_THE_END_PX
        if is_near and self._next is not None and not self._is_asking:
            self._is_asking = True
            self.wanted.emit(self._next)
