"""A message in the page, close to what it is about, instead of a box in front of it."""

from collections.abc import Callable
from enum import StrEnum

from PySide6.QtWidgets import QFrame, QHBoxLayout

from desktop.views.icons import Button, IconButton, IconLabel
from desktop.views.text import PlainLabel


class Tone(StrEnum):
    """How serious a message is; also the name of its colour."""

    INFO = "info"
    OK = "ok"
    WARN = "warn"
    BAD = "bad"


_ICONS = {
    Tone.INFO: ("info", "muted"),
    Tone.OK: ("circle-check", "ok"),
    Tone.WARN: ("triangle-alert", "warn"),
    Tone.BAD: ("circle-alert", "bad"),
}


class MessageBar(QFrame):
    """Icon, sentence, and up to a few buttons. Hidden until there is something to say."""

    def __init__(self, *, dismissable: bool = True) -> None:
        super().__init__()
        self.setProperty("role", "bar")
        self.icon = IconLabel("info")
        self.text = PlainLabel(wrap=True)
        self.close_button = IconButton("x", self.tr("Dismiss"))
        self.close_button.setVisible(dismissable)
        self.close_button.clicked.connect(self.dismiss)
        self._buttons: list[Button] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(16, 8, 8, 8)
        self._row.setSpacing(10)
        self._row.addWidget(self.icon)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.close_button)
        self.hide()

    def say(self, tone: Tone, text: str, *actions: tuple[str, Callable[[], None]]) -> None:
        """Show a message with its buttons, in place of the one before.

        Args:
            tone: how serious it is.
            text: one or two sentences; drawn letter by letter.
            actions: a label and what its button does, for each button.
        """
        icon_name, colour = _ICONS[tone]
        self.icon.set_icon(icon_name, colour)
        self.text.setText(text)
        self.text.set_role("" if tone is Tone.INFO else str(tone))
        self._set_actions(actions)
        self.setAccessibleName(text)
        self.show()

    def _set_actions(self, actions: tuple[tuple[str, Callable[[], None]], ...]) -> None:
        for button in self._buttons:
            button.hide()
            button.deleteLater()
        self._buttons = [Button(label) for label, _ in actions]
        for place, (button, (_, act)) in enumerate(zip(self._buttons, actions, strict=True)):
            button.clicked.connect(act)
            self._row.insertWidget(2 + place, button)
            button.show()

    def button(self, label: str) -> Button:
        """The button with this label."""
        return next(button for button in self._buttons if button.text() == label)

    def dismiss(self) -> None:
        """Take the message away."""
        self.hide()
        self.text.setText("")
