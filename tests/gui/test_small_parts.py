"""Clipboard, preferences, table text, models, toast, message bar, choice."""

import json
from datetime import UTC, datetime

import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QSpinBox, QWidget

from desktop.domain.usage import Stamp
from desktop.views.choice import Choice
from desktop.views.clipboard import SECRECY_HINTS, SecretClipboard
from desktop.views.data_table import DataTable
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.models.table_model import SORT_ROLE, Column
from desktop.views.preferences import Place, Preferences
from desktop.views.spin import MARGIN_PX, indented
from desktop.views.text import ElidedLabel
from desktop.views.theme import Scheme
from desktop.views.toast import Toast
from tests.gui.looking import LEFT, click, column_texts, wait_for

STAMP = Stamp(datetime(2026, 11, 23, tzinfo=UTC), online=True)


def test_secret_leaves_the_clipboard_by_itself(qtbot):
    clipboard = SecretClipboard(seconds=0.05)
    clipboard.copy("uf_live_canary")
    assert QGuiApplication.clipboard().text() == "uf_live_canary"
    wait_for(qtbot, lambda: QGuiApplication.clipboard().text() == "")


def test_something_copied_meanwhile_stays(qtbot):
    clipboard = SecretClipboard(seconds=0.05)
    clipboard.copy("uf_live_canary")
    QGuiApplication.clipboard().setText("mine")
    wait_for(qtbot, lambda: not clipboard._timer.isActive())
    assert QGuiApplication.clipboard().text() == "mine"


def test_clipboard_histories_are_told_to_skip_a_secret(qapp):
    SecretClipboard().copy("uf_live_canary")
    data = QGuiApplication.clipboard().mimeData()
    assert isinstance(data, QMimeData)
    for name, value in SECRECY_HINTS.items():
        assert data.data(name).data() == value


def test_secret_can_be_taken_back_at_once(qapp):
    clipboard = SecretClipboard()
    clipboard.copy("uf_live_canary")
    clipboard.clear()
    assert QGuiApplication.clipboard().text() == ""


def test_secret_does_not_outlive_the_program(qapp):
    clipboard = SecretClipboard()
    clipboard.copy("uf_live_canary")
    qapp.aboutToQuit.emit()
    assert QGuiApplication.clipboard().text() == ""
    assert not clipboard._timer.isActive()


def test_preferences_come_back(tmp_path):
    path = tmp_path / "deep" / "window.json"
    Preferences(path).change(scheme=Scheme.DARK, page="usage", x=5)
    assert Preferences(path).place == Place(scheme=Scheme.DARK, page="usage", x=5)


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"scheme": "loud", "x": "five", "maximized": 1, "new": 3}']
)
def test_spoilt_preferences_are_the_defaults(tmp_path, text):
    path = tmp_path / "window.json"
    path.write_text(text)
    assert Preferences(path).place == Place()


def test_preferences_survive_a_place_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    preferences = Preferences(tmp_path / "file" / "window.json")
    preferences.change(page="keys")
    assert preferences.place.page == "keys"


def test_preferences_hold_no_more_than_the_place(tmp_path):
    path = tmp_path / "window.json"
    Preferences(path).change(page="keys")
    assert set(json.loads(path.read_text())) == set(Place._fields)


COLUMNS = (
    Column("Name", lambda row: row[0]),
    Column("Count", lambda row: f"{row[1]:,}", lambda row: row[1], is_number=True),
)
ROWS = (("b", 1000), ("a", 90), ("C", 5))


@pytest.fixture
def table(qtbot, theme):
    table = DataTable("Things", COLUMNS, key=lambda row: row[0])
    qtbot.addWidget(table)
    table.resize(500, 300)
    table.show_rows(ROWS)
    table.show()
    return table


def header_click(qtbot, table, column):
    header = table.horizontalHeader()
    x = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
    place = header.rect().center()
    place.setX(x)
    qtbot.mouseClick(header.viewport(), LEFT, pos=place)


def test_rows_stand_as_they_came_until_a_header_is_clicked(qtbot, table):
    assert column_texts(table) == ["b", "a", "C"]
    header_click(qtbot, table, 0)
    assert column_texts(table) in (["a", "b", "C"], ["C", "b", "a"])


def test_numbers_are_sorted_by_value_not_by_text(table):
    table.sortByColumn(1, Qt.SortOrder.AscendingOrder)
    assert column_texts(table, 1) == ["5", "90", "1,000"]
    assert table.model().index(0, 1).data(SORT_ROLE) == 5


def test_selection_stays_on_its_row_when_rows_are_renewed(table):
    table.choose("a")
    table.show_rows((("x", 1), ("a", 91), ("b", 2)))
    assert table.chosen() == ("a", 91)


def test_row_that_went_is_no_longer_chosen(qtbot, table):
    table.choose("a")
    with qtbot.waitSignal(table.row_chosen):
        table.show_rows((("x", 1),))
    assert table.chosen() is None


def test_order_chosen_by_the_owner_outlives_a_reload(table):
    table.sortByColumn(1, Qt.SortOrder.DescendingOrder)
    table.show_rows((("x", 1), ("y", 3), ("z", 2)))
    assert column_texts(table) == ["y", "z", "x"]


def test_row_header_is_hidden_and_costs_nothing(table):
    assert not table.verticalHeader().isVisible()
    assert table.model().headerData(0, Qt.Orientation.Vertical) is None


def test_toast_offers_undo_once(qtbot, theme):
    window, undone = QWidget(), []
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    toast = Toast(window)
    toast.offer("Deleted “a”.", lambda: undone.append(1))
    click(qtbot, toast.undo)
    toast.take_back()
    assert undone == [1]
    assert not toast.isVisible()


def test_toast_without_undo_has_no_button(qtbot, theme):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    toast = Toast(window)
    toast.offer("Copied.")
    assert toast.isVisible()
    assert not toast.undo.isVisible()


def test_toast_keeps_its_place_when_the_window_grows(qtbot, theme):
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(800, 600)
    window.show()
    toast = Toast(window)
    toast.offer("Copied.")
    window.resize(1000, 700)
    wait_for(qtbot, lambda: abs(toast.geometry().center().x() - 500) <= 1)
    assert toast.geometry().bottom() < 700


def test_message_replaces_the_one_before_with_its_buttons(qtbot, theme):
    bar, clicked = MessageBar(), []
    qtbot.addWidget(bar)
    bar.say(Tone.WARN, "first", ("A", lambda: clicked.append("a")))
    bar.say(Tone.BAD, "second", ("B", lambda: clicked.append("b")))
    click(qtbot, bar.button("B"))
    assert clicked == ["b"]
    assert bar.accessibleName() == "second"
    with pytest.raises(StopIteration):
        bar.button("A")
    click(qtbot, bar.close_button)
    assert not bar.isVisible()


def test_choice_is_changed_by_mouse_and_arrow_keys(qtbot, theme):
    choice = Choice("Grain", ((1, "One"), (2, "Two"), (3, "Three")))
    qtbot.addWidget(choice)
    choice.show()
    with qtbot.waitSignal(choice.changed):
        click(qtbot, choice.buttons[2])
    assert choice.value() == 2
    with qtbot.waitSignal(choice.changed):
        qtbot.keyClick(choice.buttons[2], Qt.Key.Key_Right)
    assert choice.value() == 3
    assert choice.buttons[3].hasFocus() or not choice.isActiveWindow()


def test_only_the_chosen_button_of_a_choice_is_a_tab_stop(qtbot, theme):
    choice = Choice("Grain", ((1, "One"), (2, "Two")))
    qtbot.addWidget(choice)
    choice.choose(2)
    stops = [v for v, b in choice.buttons.items() if b.focusPolicy() & Qt.FocusPolicy.TabFocus]
    assert stops == [2]


def test_long_line_ends_in_an_ellipsis_and_keeps_its_whole_text(qtbot, theme):
    label = ElidedLabel("a very long name " * 20)
    qtbot.addWidget(label)
    label.resize(120, 20)
    label.show()
    wait_for(qtbot, lambda: label.text().endswith("…"))
    assert label.toolTip() == label.whole_text()
    assert label.accessibleName() == label.whole_text()


@pytest.mark.parametrize(
    ("direction", "sides"),
    [
        (Qt.LayoutDirection.LeftToRight, (MARGIN_PX, 0)),
        (Qt.LayoutDirection.RightToLeft, (0, MARGIN_PX)),
    ],
)
def test_number_begins_where_other_fields_have_their_text(qapp, direction, sides):
    field = QSpinBox()
    field.setLayoutDirection(direction)
    margins = indented(field).lineEdit().textMargins()
    assert (margins.left(), margins.right()) == sides
