"""A row of buttons of which exactly one is on."""

from collections.abc import Hashable
from typing import Generic, TypeVar

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QToolButton

Value = TypeVar("Value", bound=Hashable)


class Choice(QFrame, Generic[Value]):
    """A few values side by side; Tab reaches the chosen one, the arrow keys change it."""

    changed = Signal()

    def __init__(self, name: str, options: tuple[tuple[Value, str], ...]) -> None:
        """Make a row with the first option on.

        Args:
            name: what is chosen, for screen readers.
            options: each value with its label.
        """
        super().__init__()
        self.setProperty("role", "choices")
        self.setAccessibleName(name)
        self.buttons: dict[Value, QToolButton] = {}
        self._group = QButtonGroup(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 1, 2, 1)
        row.setSpacing(0)
        for value, label in options:
            button = QToolButton()
            button.setText(label)
            button.setProperty("role", "choice")
            button.setCheckable(True)
            button.setAccessibleName(f"{name}: {label}")
            self._group.addButton(button)
            self.buttons[value] = button
            button.installEventFilter(self)
            row.addWidget(button)
        self.choose(options[0][0])
        self._group.buttonClicked.connect(self._tell)

    def value(self) -> Value:
        """The value that is on."""
        return next(value for value, button in self.buttons.items() if button.isChecked())

    def choose(self, value: Value) -> None:
        """Turn a value on without telling anybody."""
        self.buttons[value].setChecked(True)
        self._let_tab_reach_the_chosen()

    def _tell(self) -> None:
        self._let_tab_reach_the_chosen()
        self.changed.emit()

    def _let_tab_reach_the_chosen(self) -> None:
        for button in self.buttons.values():
            policy = Qt.FocusPolicy.StrongFocus if button.isChecked() else Qt.FocusPolicy.ClickFocus
            button.setFocusPolicy(policy)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        """Take the arrow keys from the buttons: by themselves they move the focus and no more."""
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
            if step is not None:
                self._move(step)
                return True
        return super().eventFilter(watched, event)

    def _move(self, step: int) -> None:
        values = list(self.buttons)
        wanted = values[(values.index(self.value()) + step) % len(values)]
        self.choose(wanted)
        self.buttons[wanted].setFocus()
        self.changed.emit()
