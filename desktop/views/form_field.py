"""A field of a form: its label above, and what is wrong with it below."""

from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from desktop.views.text import PlainLabel, restyle


class FormField(QWidget):
    """Label, control, problem."""

    def __init__(self, label: str, control: QWidget) -> None:
        """Put a label above a control.

        Args:
            label: `&` marks the letter that jumps to the control.
            control: a line edit, a combo box or a field of our own.
        """
        super().__init__()
        self.control = control
        self.problem = PlainLabel(role="bad", wrap=True)
        self.problem.hide()
        self._caption = PlainLabel(label)
        self._focused = control.focusProxy() or control
        self._caption.setBuddy(self._focused)
        self.setFocusProxy(self._focused)
        self._focused.setAccessibleName(label.replace("&", ""))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        for part in (self._caption, control, self.problem):
            column.addWidget(part)

    def rename(self, label: str) -> None:
        """Put another label above the control."""
        self._caption.setText(label)
        self._focused.setAccessibleName(label.replace("&", ""))

    def explain(self, problem: str) -> None:
        """Say what is wrong; an empty text takes it back."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self._focused.setAccessibleDescription(problem)
        self._focused.setProperty("problem", bool(problem))
        restyle(self._focused)


def forget(line: QLineEdit) -> None:
    """Empty a field for good: unlike `clear`, this leaves nothing for Undo to bring back."""
    line.setText("")


def text_of(control: QWidget) -> str:
    """What is typed into a line edit or an editable combo box, without surrounding space."""
    if isinstance(control, QComboBox):
        return control.currentText().strip()
    return control.text().strip() if isinstance(control, QLineEdit) else ""
