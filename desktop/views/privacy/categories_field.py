"""Check boxes for the kinds of personal data."""

from collections.abc import Iterable

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from desktop.domain.privacy.categories import Category
from desktop.views.privacy import words
from desktop.views.privacy.data_map import CATEGORIES


class CategoriesField(QWidget):
    """Any number of kinds."""

    def __init__(self, name: str) -> None:
        """`name` is what is chosen, for screen readers."""
        super().__init__()
        self.setAccessibleName(name)
        self.boxes = {kind: QCheckBox(words.say(word)) for kind, word in CATEGORIES.items()}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        for box in self.boxes.values():
            column.addWidget(box)
        self.setFocusProxy(self.boxes[Category.ACCOUNT])

    def values(self) -> tuple[Category, ...]:
        """The kinds that are ticked."""
        return tuple(kind for kind, box in self.boxes.items() if box.isChecked())

    def show_values(self, kinds: Iterable[Category]) -> None:
        """Tick these and no others."""
        wanted = set(kinds)
        for kind, box in self.boxes.items():
            box.setChecked(kind in wanted)
