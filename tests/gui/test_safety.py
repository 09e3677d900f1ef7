"""What keeps secrets safe in the window: capture guard, older copies, locks, the clipboard."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from desktop.domain.errors import VaultError
from desktop.views import capture_guard, concealed
from desktop.views.capture_guard import CaptureGuard
from desktop.views.clipboard import SecretClipboard
from desktop.views.printing import document
from desktop.views.secret_text import SecretText
from desktop.views.settings.dialogs import ConfirmedDialog
from desktop.views.settings_page import Tab
from tests.gui.fakes import PASSPHRASE, SECRET
from tests.gui.looking import click, type_into, wait_for, wait_for_content


@pytest.fixture
def asked():
    """What the system was asked to do, in order."""
    return []


@pytest.fixture
def guard(asked):
    return CaptureGuard(lambda _, wanted: asked.append(wanted) or True)


def test_window_is_guarded_while_a_secret_is_uncovered(qtbot, theme, guard, asked):
    text = SecretText("Secret")
    qtbot.addWidget(text)
    guard.watch(text)
    text.show()
    assert asked == []
    text.show_secret(SECRET)
    text.hide_secret()
    assert asked == [True, False]


def test_window_with_two_secrets_is_guarded_until_both_are_gone(qtbot, theme, guard, asked):
    window = QWidget()
    qtbot.addWidget(window)
    parts = [QWidget(window), QWidget(window)]
    window.show()
    for part in parts:
        part.show()
        guard.watch(part)
    parts[0].hide()
    assert asked == [True]
    parts[1].hide()
    assert asked == [True, False]


def test_guard_is_switched_while_a_secret_is_shown(qtbot, theme, guard, asked):
    part = QWidget()
    qtbot.addWidget(part)
    guard.use(wanted=False)
    guard.watch(part)
    part.show()
    assert asked == []
    guard.use(wanted=True)
    guard.use(wanted=False)
    assert asked == [True, False]


class User32:
    """The calls of Windows that matter here."""

    def __init__(self, knows_exclusion):
        self.knows_exclusion = knows_exclusion
        self.calls = []

    def SetWindowDisplayAffinity(self, window, affinity):  # noqa: N802 - as Windows has it
        self.calls.append((window, affinity))
        return affinity != capture_guard.EXCLUDED or self.knows_exclusion


@pytest.mark.parametrize(
    ("knows_exclusion", "calls"), [(True, [(7, 0x11)]), (False, [(7, 0x11), (7, 0x01)])]
)
def test_older_windows_shows_the_window_black_instead(monkeypatch, knows_exclusion, calls):
    user32 = User32(knows_exclusion)
    fake = type("Windll", (), {"user32": user32})
    monkeypatch.setattr(capture_guard.ctypes, "windll", fake, raising=False)
    assert capture_guard.on_windows(7, wanted=True)
    assert user32.calls == calls
    assert capture_guard.on_windows(7, wanted=False)
    assert user32.calls[-1] == (7, 0x00)


class ObjC:
    """The runtime of macOS, as far as it is asked."""

    def __init__(self, window):
        self.sent = []
        self.sel_registerName = lambda name: name
        self.window = window

        def send(receiver, selector, *arguments):
            self.sent.append((receiver, selector, *arguments))
            return self.window if selector == b"window" else None

        self.objc_msgSend = send


class Function:
    def __init__(self, function):
        self.function = function

    def __call__(self, *arguments):
        return self.function(*arguments)


def objc(monkeypatch, window):
    runtime = ObjC(window)
    runtime.sel_registerName = Function(runtime.sel_registerName)
    runtime.objc_msgSend = Function(runtime.objc_msgSend)
    monkeypatch.setattr(capture_guard.ctypes, "CDLL", lambda _: runtime)
    return runtime


def test_macos_sets_the_sharing_type_of_the_views_window(monkeypatch):
    runtime = objc(monkeypatch, window=9)
    assert capture_guard.on_macos(7, wanted=True)
    assert capture_guard.on_macos(7, wanted=False)
    assert [call[2] for call in runtime.sent if call[1] == b"setSharingType:"] == [0, 1]


def test_view_without_a_window_is_not_guarded(monkeypatch):
    assert not capture_guard.on_macos(7, wanted=True) if objc(monkeypatch, window=0) else False


@pytest.mark.parametrize(("platform", "has"), [("linux", False), ("win32", True), ("darwin", True)])
def test_only_windows_and_macos_have_a_guard(monkeypatch, platform, has):
    monkeypatch.setattr(capture_guard.sys, "platform", platform)
    assert (capture_guard.of_this_system() is not None) is has


def test_held_key_and_snippet_guard_the_main_window(qtbot, window, asked):
    window.safety.guard._set_guard = lambda _, wanted: asked.append(wanted) or True
    window.show_page("settings")
    page = window.pages["settings"]
    page.turn_to(Tab.SERVICE)
    assert asked == [True]
    window.show_page("keys")
    assert asked == [True, False]
    keys = window.pages["keys"]
    wait_for_content(qtbot, keys)
    keys.table.choose("key_stripe")
    keys.card.reveal.pressed.emit()
    wait_for(qtbot, lambda: asked == [True, False, True])
    keys.card.reveal.released.emit()
    assert asked == [True, False, True, False]


def test_printed_text_has_no_markup_and_nothing_to_undo():
    made = document("<b>code</b>")
    assert made.toPlainText() == "<b>code</b>"
    assert not made.isUndoAvailable()


def find_an_older_copy(qtbot, window, controls):
    controls.vault = replace(controls.vault, is_older_copy=True)
    window.older_copy.look()
    wait_for(qtbot, window.older_copy.isVisible)
    wait_for(qtbot, lambda: not window._jobs.running)


def test_older_copy_is_told_above_every_page_with_what_to_do(qtbot, window, controls):
    assert not window.older_copy.isVisible()
    find_an_older_copy(qtbot, window, controls)
    window.show_page("keys")
    assert window.older_copy.isVisible()
    assert not window.older_copy.close_button.isVisible()
    with qtbot.waitSignal(window.restore_requested) as wanted:
        click(qtbot, window.older_copy.button("Restore a backup…"))
    assert wanted.args == [""]


def test_owner_goes_on_from_an_older_copy(qtbot, window, controls):
    find_an_older_copy(qtbot, window, controls)
    click(qtbot, window.older_copy.button("Go on from this copy…"))
    dialog = window.findChild(ConfirmedDialog)
    type_into(qtbot, dialog.passphrase.field, PASSPHRASE)
    click(qtbot, dialog.go)
    wait_for(qtbot, lambda: not window.older_copy.isVisible())


def test_question_about_the_copy_that_fails_is_told(qtbot, window, controls):
    controls.fail_with("VaultService.info", VaultError("The vault could not be read."))
    window.older_copy.look()
    wait_for(qtbot, window.message.isVisible)


def test_events_that_lock_are_remembered_and_told_to_the_core(qtbot, window, controls, preferences):
    wait_for(qtbot, lambda: controls.arguments.get("LockingService.lock_on") == (True, True))
    window.show_page("settings")
    page = window.pages["settings"]
    page.turn_to(Tab.SECURITY)
    click(qtbot, page.locking.on_session)
    wait_for(qtbot, lambda: controls.arguments["LockingService.lock_on"] == (True, False))
    assert preferences.place.lock_on_session is False


def test_guard_that_was_switched_off_stays_off(qtbot, window, preferences):
    window.show_page("settings")
    window.pages["settings"].capture.guard.click()
    assert preferences.place.guards_capture is False
    assert window.safety.guard.is_wanted is False


def test_backup_chosen_in_settings_is_restored_after_a_lock(qtbot, window):
    QGuiApplication.clipboard().clear()
    window.clipboard.copy(SECRET)
    window.show_page("settings")
    with qtbot.waitSignal(window.restore_requested) as wanted:
        window.pages["settings"].backups.restore_wanted.emit("/b/2")
    assert wanted.args == ["/b/2"]
    assert QGuiApplication.clipboard().text() == ""


def test_secret_leaves_the_clipboard_after_its_window_is_gone(qtbot, qapp):
    clipboard = SecretClipboard(seconds=0.01)
    clipboard.copy(SECRET)
    del clipboard
    wait_for(qtbot, lambda: QGuiApplication.clipboard().text() == "")


def test_something_else_that_was_copied_meanwhile_stays(qtbot, qapp):
    clipboard = SecretClipboard()
    clipboard.copy(SECRET)
    QGuiApplication.clipboard().setText("mine")
    clipboard.clear()
    assert QGuiApplication.clipboard().text() == "mine"


def test_clipboard_is_cleared_when_the_program_ends(qtbot, qapp):
    clipboard = SecretClipboard()
    clipboard.copy(SECRET)
    QCoreApplication.instance().aboutToQuit.emit()
    assert QGuiApplication.clipboard().text() == ""


def test_copied_secret_is_marked_for_the_managers_of_every_system(qtbot, qapp):
    SecretClipboard().copy(SECRET)
    data = QGuiApplication.clipboard().mimeData()
    assert bytes(data.data("x-kde-passwordManagerHint").data()) == b"secret"
    assert data.hasFormat(concealed.MIME)
    assert any("ExcludeClipboardContentFromMonitorProcessing" in name for name in data.formats())


def test_macos_is_told_by_its_own_name_and_of_nothing_else(monkeypatch):
    monkeypatch.setattr(concealed.QtGui, "QUtiMimeConverter", object, raising=False)
    converter = concealed.concealing_converter()
    assert converter.utiForMime(concealed.MIME) == concealed.UTI
    assert converter.utiForMime("text/plain") == ""
    assert converter.mimeForUti(concealed.UTI) == concealed.MIME
    assert converter.mimeForUti("public.utf8-plain-text") == ""
    (mark,) = converter.convertFromMime(concealed.MIME, None, concealed.UTI)
    assert converter.convertToMime(concealed.MIME, [mark], concealed.UTI) == mark
    assert converter.convertFromMime("text/plain", None, concealed.UTI) == []
    assert converter.convertToMime("text/plain", [mark], concealed.UTI) is None


def test_systems_without_such_types_need_no_converter(monkeypatch):
    monkeypatch.delattr(concealed.QtGui, "QUtiMimeConverter", raising=False)
    assert concealed.concealing_converter() is None
