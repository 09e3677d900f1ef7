"""Text that can never turn into markup, however it looks.

Qt guesses: a label, tooltip or message whose text resembles HTML is drawn as HTML, so a name that
came over the network could show pictures or false buttons. Views use these instead of Qt's own.
"""

from typing import Final

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QWidget

PLAIN_TEXT: Final = 0
"""`Qt.TextFormat.PlainText` by number: naming `Qt` costs the first window a tenth of its start."""


class PlainLabel(QLabel):
    """A label that shows exactly the characters it is given."""

    def __init__(self, text: str = "", *, role: str = "", wrap: bool = False) -> None:
        """Make a label.

        Args:
            text: what to show.
            role: its look, one of the `role` names of `resources/style.qss`.
            wrap: break long text into lines instead of growing wider.
        """
        super().__init__()
        self.setProperty("textFormat", PLAIN_TEXT)
        self.setWordWrap(wrap)
        self.setProperty("role", role)
        self.setText(text)

    def set_role(self, role: str) -> None:
        """Change the look."""
        if self.property("role") != role:
            self.setProperty("role", role)
            restyle(self)


class ElidedLabel(PlainLabel):
    """One line that ends in an ellipsis when it is too long, with the whole text as tooltip."""

    def __init__(self, text: str = "", *, role: str = "") -> None:
        super().__init__(role=role)
        self._whole = ""
        self.setMinimumWidth(24)
        self.set_whole_text(text)

    def whole_text(self) -> str:
        return self._whole

    def set_whole_text(self, text: str) -> None:
        """Show a text, shortened to the width there is."""
        self._whole = " ".join(text.split())
        self.setAccessibleName(self._whole)
        self._elide()
        self.updateGeometry()

    def resizeEvent(self, event: object) -> None:  # noqa: ARG002, N802 (Qt calls it)
        self._elide()

    def sizeHint(self) -> QSize:  # noqa: N802 (Qt calls it)
        width = self.fontMetrics().horizontalAdvance(self._whole) + 4
        return QSize(width, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:  # noqa: N802 (Qt calls it)
        return QSize(24, super().minimumSizeHint().height())

    def _elide(self) -> None:
        from PySide6.QtCore import Qt

        shown = self.fontMetrics().elidedText(
            self._whole, Qt.TextElideMode.ElideRight, max(self.width(), 24)
        )
        self.setText(shown)
        set_tooltip(self, self._whole if shown != self._whole else "")


def plain_tooltip(text: str) -> str:
    """The same text in a form that a tooltip shows letter by letter.

    Qt takes no text without `<` for markup, so only those with it are written as escaped markup.
    """
    if "<" not in text:
        return text
    said = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return f"<span>{said}</span>"


def set_tooltip(widget: QWidget, text: str) -> None:
    """Give a widget a tooltip and, for screen readers, the same words as its description."""
    widget.setToolTip(plain_tooltip(text))
    widget.setAccessibleDescription(text)


def plain_mnemonic(text: str) -> str:
    """The same text for a button or menu, where a lone `&` would underline the next letter."""
    return text.replace("&", "&&")


def restyle(widget: QWidget) -> None:
    """Have the style sheet look at a widget again after a property it selects by has changed."""
    style = widget.style()
    style.unpolish(widget)
    style.polish(widget)
