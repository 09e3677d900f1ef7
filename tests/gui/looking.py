"""What a person does with a window: look, click, type, wait until something is there."""

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QTableView,
    QWidget,
)
from shiboken6 import isValid

from desktop.views.page import Page
from desktop.views.state_page import PageState

LEFT = Qt.MouseButton.LeftButton
SHOWN = (PageState.CONTENT, PageState.OFFLINE)


def wait_for(qtbot, state):
    """Wait until something is so."""
    qtbot.waitUntil(state, timeout=10_000)


def wait_for_state(qtbot, page: Page, state: PageState):
    qtbot.waitUntil(lambda: page.states.state is state, timeout=10_000)


def wait_for_content(qtbot, page: Page):
    qtbot.waitUntil(lambda: page.states.state in SHOWN, timeout=10_000)


def click(qtbot, button: QAbstractButton):
    """Click a button that can be seen and used."""
    assert button.isVisible(), button.text()
    assert button.isEnabled(), button.text()
    takes_only_its_left_end = isinstance(button, QCheckBox | QRadioButton)
    place = QPoint(14, button.height() // 2) if takes_only_its_left_end else button.rect().center()
    qtbot.mouseClick(button, LEFT, pos=place)


def type_into(qtbot, field: QWidget, text: str):
    """Replace what is in a field."""
    field.setFocus()
    field.selectAll()
    qtbot.keyClick(field, Qt.Key.Key_Delete)
    qtbot.keyClicks(field, text)


def holds_nothing(field: QLineEdit | QPlainTextEdit) -> bool:
    """Whether a field is empty, or gone with its dialog."""
    if not isValid(field):
        return True
    text = field.text() if isinstance(field, QLineEdit) else field.toPlainText()
    return text == ""


def row_texts(table: QTableView, row: int) -> list[str]:
    """What a row of a table shows."""
    model = table.model()
    return [model.index(row, column).data() for column in range(model.columnCount())]


def column_texts(table: QTableView, column: int = 0) -> list[str]:
    model = table.model()
    return [model.index(row, column).data() for row in range(model.rowCount())]


def click_row(qtbot, table: QTableView, text: str):
    """Click the row whose first cell shows a text."""
    place = column_texts(table).index(text)
    rect = table.visualRect(table.model().index(place, 0))
    qtbot.mouseClick(table.viewport(), LEFT, pos=rect.center())


def visible_texts(widget: QWidget) -> list[str]:
    """The texts of all labels that can be seen in a widget."""
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible()]
