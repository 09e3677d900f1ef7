"""A field for a passphrase: hidden letters, an eye to show them, a word when Caps Lock is on."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.views.icons import IconButton
from desktop.views.text import PlainLabel, restyle

NEVER_MASKED: Final = "neverMasked"
"""Property of a field whose content is a secret as it stands, shown or hidden."""


class PassphraseField(QWidget):
    """Field, eye, and one line below for what is wrong."""

    edited = Signal()
    submitted = Signal()
    """Enter was pressed in the field."""

    def __init__(self, name: str) -> None:
        """Make an empty field; `name` is its label for screen readers."""
        super().__init__()
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setProperty(NEVER_MASKED, True)  # noqa: FBT003 (Qt's argument)
        self.field.setAccessibleName(name)
        self.field.textEdited.connect(lambda _: self.edited.emit())
        self.field.returnPressed.connect(self.submitted)
        self.field.installEventFilter(self)
        self.eye = IconButton("", self.tr("Show the letters"))
        self._eye_is_drawn = False
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._show_letters)
        self.problem = PlainLabel(role="bad", wrap=True)
        self.caps = PlainLabel(self.tr("Caps Lock is on"), role="warn")
        self._arrange()
        self.setFocusProxy(self.field)

    def _arrange(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.field, 1)
        row.addWidget(self.eye)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addLayout(row)
        column.addWidget(self.caps)
        column.addWidget(self.problem)
        self.caps.hide()
        self.problem.hide()

    def text(self) -> str:
        return self.field.text()

    def clear(self) -> None:
        """Forget what was typed and hide the letters again."""
        self.field.setText("")  # unlike `clear`, this leaves nothing for Undo to bring back
        self.eye.setChecked(False)

    def explain(self, problem: str) -> None:
        """Say beside the field what is wrong; an empty text takes it back."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.field.setAccessibleDescription(problem)
        self.field.setProperty("problem", bool(problem))
        restyle(self.field)

    def _show_letters(self, shown: bool) -> None:  # noqa: FBT001 (Qt hands it over)
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.field.setEchoMode(mode)
        name = self.tr("Hide the letters") if shown else self.tr("Show the letters")
        self.eye.set_icon("eye-off" if shown else "eye", name)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 (Qt calls it)
        """The eye is drawn after the first frame: loading the SVG library would hold that up."""
        super().paintEvent(event)
        if not self._eye_is_drawn:
            self._eye_is_drawn = True
            QTimer.singleShot(0, self, lambda: self._show_letters(self.eye.isChecked()))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        if isinstance(event, QKeyEvent) and event.type() is QEvent.Type.KeyPress:
            self._notice_caps_lock(event)
        return super().eventFilter(watched, event)

    def _notice_caps_lock(self, event: QKeyEvent) -> None:
        """Qt does not tell the key's state: a capital without Shift gives it away."""
        from PySide6.QtCore import Qt

        letter = event.text()
        if event.key() == Qt.Key.Key_CapsLock:
            self.caps.hide()
        elif len(letter) == 1 and letter.isalpha() and letter.upper() != letter.lower():
            shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.caps.setVisible(letter.isupper() is not shift)
