"""No field of any page takes a card number, however it comes into it."""

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QComboBox, QLineEdit, QPlainTextEdit, QTextEdit, QWidget

from desktop.views.card_guard import CardGuard
from desktop.views.passphrase_field import PassphraseField
from desktop.views.settings_page import Tab as SettingsTab
from tests.gui.looking import wait_for

CARD = "4111 1111 1111 1111"
MASKED = "•••• •••• •••• 1111"


@pytest.fixture(autouse=True)
def _guard(qapp):
    guard = CardGuard(qapp)
    yield
    guard.deleteLater()


def dragged_over(qtbot, field):
    """The field's window, after somebody dragged a text over it."""
    data, copy, left = QMimeData(), Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    data.setText("anything")
    enter = QDragEnterEvent(QPointF(2, 2), copy, data, left, Qt.KeyboardModifier.NoModifier)
    handle = field.window().windowHandle()
    handle.requestActivate()
    wait_for(qtbot, lambda: QGuiApplication.focusWindow() is handle)
    QGuiApplication.sendEvent(handle, enter)
    return field


@pytest.fixture
def line(qtbot):
    """A field with the focus."""
    field = QLineEdit()
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    return field


@pytest.fixture
def text(qtbot):
    """A field with the focus."""
    field = QPlainTextEdit()
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    qtbot.waitUntil(field.hasFocus)
    return field


def lines_of(window):
    """Fields whose letters are shown; spin boxes take no number as long as a card's."""
    return [
        field
        for field in window.findChildren(QLineEdit)
        if field.echoMode() is QLineEdit.EchoMode.Normal and field.isVisible()
    ]


def texts_of(window):
    return [
        field
        for kind in (QPlainTextEdit, QTextEdit)
        for field in window.findChildren(kind)
        if field.isVisible()
    ]


def takes_cards(window):
    """Fields of a window in which a card number can stand; each is left as it was."""
    wrong = []
    for field in lines_of(window):
        before = field.text()
        field.setText(CARD)
        if "4111 1111" in field.text():
            wrong.append(field.accessibleName() or type(field).__name__)
        field.setText(before)
    for field in texts_of(window):
        before = field.toPlainText()
        field.setPlainText(CARD)
        if "4111 1111" in field.toPlainText():
            wrong.append(field.accessibleName() or type(field).__name__)
        field.setPlainText(before)
    return wrong


def test_no_field_of_any_page_takes_a_card_number(qtbot, window):
    seen = 0
    for name in window.pages.names():
        window.show_page(name)
        wait_for(qtbot, lambda: not window._jobs.running)
        seen += len(lines_of(window)) + len(texts_of(window))
        assert takes_cards(dragged_over(qtbot, window)) == [], name
    assert seen > len(window.pages.names()) / 2


@pytest.mark.parametrize("tab", list(SettingsTab))
def test_no_field_of_the_settings_takes_a_card_number(qtbot, window, tab):
    window.show_page("settings")
    window.pages["settings"].turn_to(tab)
    wait_for(qtbot, lambda: not window._jobs.running)
    assert takes_cards(dragged_over(qtbot, window)) == []


def test_a_field_that_is_not_watched_would_be_found(qtbot):
    window = QWidget()
    QLineEdit(window).setAccessibleName("Note")
    QPlainTextEdit(window)
    qtbot.addWidget(window)
    window.show()
    assert takes_cards(window) == ["Note", "QPlainTextEdit"]
    assert takes_cards(dragged_over(qtbot, window)) == []


def test_a_typed_number_is_masked_with_its_last_digit_and_typing_goes_on(qtbot, line):
    qtbot.keyClicks(line, f"pay {CARD[:-1]}")
    assert line.text() == f"pay {CARD[:-1]}"
    qtbot.keyClicks(line, "1 now")
    assert line.text() == f"pay {MASKED} now"
    qtbot.keyClick(line, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "4111 1111" not in line.text()


def test_a_pasted_number_is_masked_and_undo_does_not_bring_it_back(qtbot, text):
    QGuiApplication.clipboard().setText(f"Card: {CARD}, thanks")
    text.paste()
    assert text.toPlainText() == f"Card: {MASKED}, thanks"
    text.undo()
    assert "4111 1111" not in text.toPlainText()


def test_a_number_dropped_on_a_field_without_focus_is_masked(qtbot, line):
    beside = QLineEdit()
    qtbot.addWidget(beside)
    beside.show()
    dragged_over(qtbot, beside)
    data = QMimeData()
    data.setText(CARD)
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    beside.dropEvent(QDropEvent(QPointF(2, 2), copy, data, left, Qt.KeyboardModifier.NoModifier))
    assert beside.text() == MASKED


def test_the_field_of_a_box_that_takes_text_is_watched(qtbot):
    box = QComboBox()
    box.setEditable(True)
    qtbot.addWidget(box)
    box.show()
    box.setFocus()
    qtbot.waitUntil(box.hasFocus)
    box.setEditText(CARD)
    assert box.currentText() == MASKED


def test_the_place_in_a_long_text_is_kept(text):
    text.setPlainText("one two")
    cursor = text.textCursor()
    cursor.setPosition(3)
    text.setTextCursor(cursor)
    text.insertPlainText(f" {CARD}")
    assert text.toPlainText() == f"one {MASKED} two"
    assert text.textCursor().position() == len(f"one {MASKED}")


@pytest.mark.parametrize("words", ["4111 1111 1111 1112", "1795436551860123", "key_41111111"])
def test_other_numbers_stay(line, words):
    line.setText(words)
    assert line.text() == words


def test_a_passphrase_is_left_as_it_is_typed(qtbot):
    field = PassphraseField("Passphrase")
    qtbot.addWidget(field)
    field.show()
    qtbot.keyClicks(field.field, CARD)
    field.eye.setChecked(True)
    field.field.setFocus()
    qtbot.waitUntil(field.field.hasFocus)
    qtbot.keyClicks(field.field, " ")
    assert field.text() == f"{CARD} "
