"""Unlock: the passphrase, the wait, what went wrong."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from desktop.jobs import Jobs
from desktop.views.unlock_page import UnlockPage
from tests.gui.fakes import PASSPHRASE
from tests.gui.looking import click, type_into, wait_for


@pytest.fixture
def page(qtbot, jobs, theme):
    page = UnlockPage(jobs, "default")
    qtbot.addWidget(page)
    page.show()
    return page


def test_right_passphrase_opens_and_is_forgotten(qtbot, page):
    type_into(qtbot, page.passphrase.field, PASSPHRASE)
    with qtbot.waitSignal(page.unlocked):
        click(qtbot, page.unlock)
    assert page.passphrase.text() == ""


def test_enter_unlocks_as_the_button_does(qtbot, page):
    type_into(qtbot, page.passphrase.field, PASSPHRASE)
    with qtbot.waitSignal(page.unlocked):
        qtbot.keyClick(page.passphrase.field, Qt.Key.Key_Return)


def test_wrong_passphrase_is_explained_beside_the_field(qtbot, page):
    type_into(qtbot, page.passphrase.field, "not it")
    click(qtbot, page.unlock)
    wait_for(qtbot, page.passphrase.problem.isVisible)
    assert "does not open the vault" in page.passphrase.problem.text()
    assert "does not open the vault" in page.passphrase.field.accessibleDescription()
    assert page.passphrase.field.selectedText() != ""


def test_problem_goes_when_typing_goes_on(qtbot, page):
    click(qtbot, page.unlock)
    assert page.passphrase.problem.isVisible()
    qtbot.keyClicks(page.passphrase.field, "x")
    assert not page.passphrase.problem.isVisible()


def test_nothing_is_sent_without_a_passphrase(qtbot, page, controls):
    click(qtbot, page.unlock)
    assert controls.calls == []


def test_derivation_shows_that_it_works_and_takes_no_second_click(qtbot, page, controls):
    controls.hold("WorkspaceService.unlock")
    type_into(qtbot, page.passphrase.field, PASSPHRASE)
    click(qtbot, page.unlock)
    assert page.busy.isVisible()
    assert not page.unlock.isEnabled()
    page._unlock()
    with qtbot.waitSignal(page.unlocked):
        controls.release("WorkspaceService.unlock")
    assert controls.calls == ["WorkspaceService.unlock"]
    assert not page.busy.isVisible()


def test_passphrase_typed_before_the_core_runs_is_used_once_it_does(qtbot, theme, link):
    jobs = Jobs()
    page = UnlockPage(jobs, "default")
    qtbot.addWidget(page)
    page.show()
    type_into(qtbot, page.passphrase.field, PASSPHRASE)
    click(qtbot, page.unlock)
    with qtbot.waitSignal(page.unlocked):
        jobs.attach(link)


def test_eye_shows_the_letters_and_hides_them_again(qtbot, page):
    field, eye = page.passphrase.field, page.passphrase.eye
    assert field.echoMode() is QLineEdit.EchoMode.Password
    click(qtbot, eye)
    assert field.echoMode() is QLineEdit.EchoMode.Normal
    assert eye.accessibleName() == "Hide the letters"
    click(qtbot, eye)
    assert field.echoMode() is QLineEdit.EchoMode.Password


def test_eye_is_drawn_after_the_first_frame(qtbot, page):
    wait_for(qtbot, lambda: not page.passphrase.eye.icon().isNull())


@pytest.mark.parametrize(
    ("key", "modifier", "warned"),
    [
        ("A", Qt.KeyboardModifier.NoModifier, True),
        ("A", Qt.KeyboardModifier.ShiftModifier, False),
        ("a", Qt.KeyboardModifier.NoModifier, False),
        ("a", Qt.KeyboardModifier.ShiftModifier, True),
    ],
)
def test_caps_lock_is_told_from_the_letters(qtbot, page, key, modifier, warned):
    from PySide6.QtCore import QEvent
    from PySide6.QtGui import QKeyEvent
    from PySide6.QtWidgets import QApplication

    page.passphrase.field.setFocus()
    event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_A, modifier, key)
    QApplication.sendEvent(page.passphrase.field, event)
    assert page.passphrase.caps.isVisible() is warned


def test_quit_can_be_reached(qtbot, page):
    with qtbot.waitSignal(page.quit_requested):
        click(qtbot, page.quit)


def test_reason_to_unlock_again_is_shown(qtbot, jobs, theme):
    page = UnlockPage(jobs, "default", notice="The vault was closed.")
    qtbot.addWidget(page)
    page.show()
    assert page.notice.isVisible()
