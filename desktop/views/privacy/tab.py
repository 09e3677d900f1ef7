"""A part of the Privacy page that loads by itself and says beside each field what is wrong."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.views.form_field import FormField
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.scrolled import Scrolled
from desktop.views.state_page import EmptyPanel, StatePage
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class PrivacyTab(QWidget):
    """Subclasses build `content`, name how it is loaded, and show the answer."""

    def __init__(self, jobs: "Jobs", name: str, load: Callable[..., Any]) -> None:
        """Show nothing yet.

        Args:
            jobs: runs what the tab asks for.
            name: of the tab, for screen readers.
            load: method of a service whose answer `show_answer` takes.
        """
        super().__init__()
        self.jobs = jobs
        self.setAccessibleName(name)
        self.fields: dict[str, FormField] = {}
        """Fields by the name under which an error belongs to them."""
        self.message = MessageBar()
        self._load = load

    def arrange(self, content: QWidget, empty: EmptyPanel) -> None:
        """Put the content and what stands in its place into the tab."""
        self.states = StatePage(content, empty)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.states, 1)

    def show_answer(self, answer: Any) -> bool:  # noqa: ANN401 (each tab's own)
        """Show what was loaded; False while there is nothing to show."""
        raise NotImplementedError

    def reload(self) -> None:
        """Load again."""
        job = self.jobs.start(self._load, done=self._loaded, failed=self._failed, owner=self)
        self.states.show_loading(job)

    def act(
        self,
        method: Callable[..., Any],
        *arguments: object,
        done: Callable[[Any], None] | None = None,
    ) -> None:
        """Have something done; then load again. Errors appear beside their field."""
        self.explain_nothing()
        self.jobs.start(
            method, *arguments, done=done or self._acted, failed=self.explain, owner=self
        )

    def say(self, text: str) -> None:
        """Tell the owner that something was done."""
        self.message.say(Tone.OK, text)

    def explain(self, error: AppError) -> None:
        """Say what is wrong, beside the field where it belongs."""
        field = self.fields.get(error.field or "")
        if field is None:
            self.message.say(Tone.BAD, str(error))
        else:
            field.explain(str(error))

    def explain_nothing(self) -> None:
        """Take back what was said about fields."""
        self.message.dismiss()
        for field in self.fields.values():
            field.explain("")

    def _acted(self, _answer: object) -> None:
        self.reload()

    def _loaded(self, answer: object) -> None:
        if self.show_answer(answer):
            self.states.show_content()
        else:
            self.states.show_empty()

    def _failed(self, error: AppError) -> None:
        self.states.show_error(error, self.reload)


def beside(left: QWidget, name: str, *right: QWidget) -> QWidget:
    """A card with the list, and a column of cards with forms that scrolls."""
    content = QWidget()
    row = QHBoxLayout(content)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(14)
    row.addWidget(Card(left), 3)
    side = Scrolled(name, *right)
    side.setMinimumWidth(360)
    row.addWidget(side, 2)
    return content


def form_card(title: str, *parts: QWidget) -> Card:
    """A form with its heading."""
    return Card(PlainLabel(title, role="heading"), *parts)


def buttons(*parts: QWidget | None) -> QWidget:
    """Buttons in a row; None is the place that stretches."""
    widget = QWidget()
    row = row_of(*parts)
    row.setContentsMargins(0, 0, 0, 0)
    widget.setLayout(row)
    return widget


def text_area(lines: int = 3) -> QPlainTextEdit:
    """A field of several lines that Tab leaves."""
    area = QPlainTextEdit()
    area.setProperty("role", "prose")
    area.setTabChangesFocus(True)
    area.setFixedHeight(area.fontMetrics().lineSpacing() * lines + 20)
    area.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
    return area
