"""The second look at a file: texts that name other people, each covered or left as it is."""

from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from desktop.services.privacy.covering import Decisions, Reason
from desktop.services.privacy.redacting import Found, Proposal
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.text import PlainLabel


class RedactionList(QWidget):
    """Every box is checked at first: leaving something readable is a decision."""

    def __init__(self) -> None:
        super().__init__()
        self._marked: list[str] = []
        self.boxes: dict[Proposal, QCheckBox] = {}
        self.question = PlainLabel(
            self.tr("These texts name other people. What is checked is covered in the file."),
            wrap=True,
        )
        self.lines = Lines(spacing=2)
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Another text to cover, such as a name"))
        self.text.setAccessibleName(self.tr("Another text to cover"))
        self.text.returnPressed.connect(self.take_text)
        self.mark = Button(self.tr("C&over it"))
        self.mark.clicked.connect(self.take_text)
        self.by_hand = PlainLabel(role="muted", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.question)
        column.addWidget(self.lines)
        column.addLayout(row_of(self.text, self.mark))
        column.addWidget(self.by_hand)
        self.forget()

    @property
    def marked(self) -> tuple[str, ...]:
        """Texts marked by hand."""
        return tuple(self._marked)

    @property
    def decisions(self) -> Decisions:
        """As the boxes stand."""
        kept = (one.text for one, box in self.boxes.items() if not box.isChecked())
        return Decisions(tuple(kept), self.marked)

    def forget(self) -> None:
        """Nothing was found or marked yet."""
        self._marked.clear()
        self.text.clear()
        self._tell_marked()
        self.show_found(Found((), ()))

    def show_found(self, found: Found) -> None:
        """List what was found; texts marked by hand are told below."""
        listed = [one for one in found.proposals if one.reason is not Reason.BY_HAND]
        self.boxes = {one: QCheckBox(words.named(one)) for one in listed}
        for box in self.boxes.values():
            box.setChecked(True)
        self.lines.fill(self.boxes.values())
        self.question.setVisible(bool(listed))

    def take_text(self) -> None:
        """Mark what stands in the field, where something does."""
        text = self.text.text().strip()
        if text and text not in self._marked:
            self._marked.append(text)
        self.text.clear()
        self._tell_marked()

    def _tell_marked(self) -> None:
        texts = ", ".join(self._marked)
        self.by_hand.setText(self.tr("Covered as well: {texts}").format(texts=texts))
        self.by_hand.setVisible(bool(texts))
