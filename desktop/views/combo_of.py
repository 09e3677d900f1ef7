"""A combo box over a table of values and their words."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from PySide6.QtCore import Signal

from desktop.views.combo import ElidedCombo

Value = TypeVar("Value", bound="StrEnum | None")


class ComboOf(ElidedCombo, Generic[Value]):
    """Chooses one of a few values; `chosen` tells of the owner's choices only."""

    chosen = Signal()

    def __init__(
        self, name: str, words: Mapping[Value, object], say: Callable[[object], str]
    ) -> None:
        """Make a combo box with the first value chosen.

        Args:
            name: what is chosen, for screen readers.
            words: each value with its word.
            say: puts a word into the owner's language.
        """
        super().__init__()
        self._values = tuple(words)
        self.setAccessibleName(name)
        # On Linux a combo box is named by its value: the description says what it chooses.
        self.setAccessibleDescription(name)
        self.addItems([say(word) for word in words.values()])
        self.activated.connect(lambda _: self.chosen.emit())

    def value(self) -> Value:
        return self._values[self.currentIndex()]

    def choose(self, value: Value) -> None:
        """Choose without telling anybody."""
        self.setCurrentIndex(self._values.index(value))
