"""Settings: theme, service, snippets, sample data."""

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.domain.connection import ConnectionInfo, ServiceKind
from desktop.domain.errors import EmbeddedServiceFailed, VaultError
from desktop.views.activities import Activities
from desktop.views.clipboard import SecretClipboard
from desktop.views.settings_page import SettingsPage
from desktop.views.theme import Scheme
from tests.gui.fakes import SDK_KEY
from tests.gui.looking import click, wait_for


@pytest.fixture
def page(qtbot, jobs, theme):
    page = SettingsPage(jobs, Activities(jobs), SecretClipboard())
    qtbot.addWidget(page)
    page.resize(1060, 1300)
    page.show()
    wait_for(qtbot, page.embedded.stop.isEnabled)
    wait_for(qtbot, lambda: SDK_KEY in page.snippets.code.toPlainText())
    return page


def test_theme_is_chosen(qtbot, page):
    with qtbot.waitSignal(page.scheme_chosen) as chosen:
        click(qtbot, page.scheme.buttons[Scheme.DARK])
    assert chosen.args == [Scheme.DARK]


def test_service_is_stopped_and_started(qtbot, page):
    assert page.embedded.place.text() == "Embedded service on this computer, http://127.0.0.1:8787"
    click(qtbot, page.embedded.stop)
    wait_for(qtbot, page.embedded.start.isEnabled)
    assert page.embedded.state.text().startswith("Stopped")
    click(qtbot, page.embedded.start)
    wait_for(qtbot, page.embedded.stop.isEnabled)
    assert page.embedded.state.text().startswith("Running")


def test_start_at_login_is_remembered_by_the_service(qtbot, page, controls):
    click(qtbot, page.embedded.at_login)
    wait_for(qtbot, lambda: controls.embedded.starts_at_login)
    wait_for(qtbot, page.embedded.at_login.isEnabled)
    assert page.embedded.at_login.isChecked()


def test_start_at_login_that_fails_is_explained_and_unchecked(qtbot, page, controls):
    controls.fail_with(
        "ConnectionService.set_start_at_login",
        EmbeddedServiceFailed("This computer has no way to start programs at login."),
    )
    click(qtbot, page.embedded.at_login)
    wait_for(qtbot, page.embedded.message.isVisible)
    wait_for(qtbot, page.embedded.at_login.isEnabled)
    assert not page.embedded.at_login.isChecked()


def test_remote_service_has_nothing_to_start(qtbot, page, controls):
    controls.info = ConnectionInfo(
        ServiceKind.REMOTE, "https://usageflow.example", "wss://usageflow.example/ws", "app_acme"
    )
    page.reload()
    wait_for(qtbot, lambda: page.embedded.place.text() == "Service at https://usageflow.example")
    assert not page.embedded.stop.isVisible()


def test_warning_about_the_service_is_shown(qtbot, page, controls):
    controls.info = ConnectionInfo(
        ServiceKind.EMBEDDED, "http://127.0.0.1:1", "ws://127.0.0.1:1/ws", "a", "Its key is a file."
    )
    page.reload()
    wait_for(qtbot, page.embedded.message.isVisible)
    assert page.embedded.message.text.text() == "Its key is a file."


def test_service_can_be_chosen_later(qtbot, page):
    with qtbot.waitSignal(page.connect_dialog_wanted):
        click(qtbot, page.choose_service)


def test_snippet_of_each_framework_is_copied(qtbot, page):
    for name, command in (("Flask", "pip install usageflow-flask"), ("Gin", "go get usageflow")):
        click(qtbot, page.snippets.framework.buttons[name])
        assert page.snippets.install.text() == command
        click(qtbot, page.snippets.copy_code)
        assert SDK_KEY in QGuiApplication.clipboard().text()
    assert page.snippets.copied.isVisible()


def test_key_in_the_snippet_does_not_wait_on_a_hidden_page(page):
    page.hide()
    assert page.snippets.code.toPlainText() == ""
    assert not page.snippets.copy_code.isEnabled()


def test_snippets_that_cannot_be_read_are_explained(qtbot, page, controls):
    controls.fail_with("ConnectionService.snippets", VaultError("The vault could not be read."))
    page.snippets.load()
    wait_for(qtbot, page.snippets.message.isVisible)
    click(qtbot, page.snippets.message.button("Retry"))
    wait_for(qtbot, lambda: not page.snippets.message.isVisible())


def test_sample_data_is_loaded_and_removed(qtbot, page, controls):
    with qtbot.waitSignal(page.sample_wanted):
        click(qtbot, page.load_sample)
    click(qtbot, page.remove_sample)
    wait_for(qtbot, lambda: "SampleDataService.remove" in controls.calls)


def test_lock_is_one_click_away(qtbot, page):
    with qtbot.waitSignal(page.lock_wanted):
        click(qtbot, page.lock)


def test_failed_removal_of_sample_data_is_explained(qtbot, page, controls):
    controls.fail_with("SampleDataService.remove", VaultError("The vault could not be written."))
    click(qtbot, page.remove_sample)
    wait_for(qtbot, page.states.message.isVisible)
    click(qtbot, page.states.message.button("Retry"))
    wait_for(qtbot, lambda: not page.states.message.isVisible())
