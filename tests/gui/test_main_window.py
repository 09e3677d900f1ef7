"""The window around the pages: going places, lock, quit, theme, sync, status."""

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from desktop.domain.connection import ConnectionInfo, ServiceKind, SyncPhase
from desktop.domain.errors import EmbeddedServiceFailed, ServiceUnreachable, VaultError
from desktop.services.conflicts import ConflictService
from desktop.views.dialogs.connect import ConnectDialog
from desktop.views.dialogs.quit import AtQuit, QuitDialog
from desktop.views.dialogs.shortcuts import ShortcutsDialog
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.views.settings_page import Tab as SettingsTab
from desktop.views.state_page import PageState
from desktop.views.sync_page import Tab
from desktop.views.theme import Scheme, tokens
from tests.gui.fakes import ACME, SAMPLE, TODAY
from tests.gui.looking import click, visible_texts, wait_for, wait_for_content

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def filled(qtbot, window):
    """The window once the dashboard shows its figures."""
    wait_for_content(qtbot, window.pages["dashboard"])
    wait_for(qtbot, lambda: window.news.connection is not None)
    wait_for(qtbot, lambda: window.news.sync is not None)
    return window


def action(window, text):
    return next(a for a in window.menus.actions if a.text().replace("&", "") == text)


def test_sidebar_leads_to_every_page(qtbot, filled):
    for name, button in filled.sidebar.buttons.items():
        click(qtbot, button)
        assert filled.pages[name].isVisible()
        assert button.isChecked()


def test_sidebar_lists_only_destinations_that_exist(filled):
    assert set(filled.sidebar.buttons) == set(filled.pages.names())


@pytest.mark.parametrize(
    ("key", "page"),
    [
        ("1", "dashboard"),
        ("2", "usage"),
        ("3", "traces"),
        ("4", "pricing"),
        ("5", "policies"),
        ("6", "applications"),
        ("7", "keys"),
        ("8", "exports"),
        ("9", "sync"),
    ],
)
def test_number_keys_lead_to_the_pages(qtbot, filled, key, page):
    filled.activateWindow()
    filled.show_page("settings")
    qtbot.keyClick(filled, Qt.Key(ord(key)), CTRL)
    wait_for(qtbot, filled.pages[page].isVisible)


def test_no_two_commands_share_a_shortcut(filled):
    keys = [a.shortcut().toString() for a in filled.menus.actions]
    assert "" not in keys
    assert len(keys) == len(set(keys))


def test_every_menu_item_has_its_own_letter(filled):
    for menu in filled.menuBar().actions():
        letters = [
            item.text().partition("&")[2][:1].lower()
            for item in menu.menu().actions()
            if not item.isSeparator()
        ]
        assert "" not in letters, menu.text()
        assert len(letters) == len(set(letters)), menu.text()


def test_sheet_of_shortcuts_lists_every_command(qtbot, filled):
    action(filled, "Keyboard shortcuts").trigger()
    sheet = filled.findChild(ShortcutsDialog)
    wait_for(qtbot, sheet.isVisible)
    texts = visible_texts(sheet)
    for command in filled.menus.actions:
        assert command.text().replace("&", "") in texts
    click(qtbot, sheet.close_button)


def test_lock_clears_the_clipboard_and_remembers_the_place(qtbot, filled, preferences):
    filled.show_page("keys")
    filled.clipboard.copy("uf_live_canary")
    with qtbot.waitSignal(filled.lock_requested):
        click(qtbot, filled.sidebar.lock)
    assert QGuiApplication.clipboard().text() == ""
    assert Preferences(preferences._path).place.page == "keys"


@pytest.mark.parametrize("command", ["Lock now"])
def test_lock_has_a_shortcut(qtbot, filled, command):
    with qtbot.waitSignal(filled.lock_requested):
        action(filled, command).trigger()


def test_next_window_opens_where_the_last_one_was(qtbot, filled, jobs, theme, preferences):
    filled.show_page("usage")
    filled.resize(1150, 700)
    filled.remember_place()
    other = MainWindow(jobs, theme, Preferences(preferences._path), today=lambda _: TODAY)
    qtbot.addWidget(other)
    other._may_close = True
    other.show()
    assert other.pages["usage"].isVisible()
    assert (other.width(), other.height()) == (1150, 700)


def test_live_pages_have_the_core_sync_every_second(qtbot, filled, controls):
    wait_for(qtbot, lambda: controls.arguments["SyncService.set_live"] == (True,))
    filled.show_page("keys")
    wait_for(qtbot, lambda: controls.arguments["SyncService.set_live"] == (False,))
    filled.show_page("usage")
    wait_for(qtbot, lambda: controls.arguments["SyncService.set_live"] == (True,))


def test_comparison_of_the_dashboard_is_remembered(qtbot, filled, jobs, theme, preferences):
    filled.pages["dashboard"].comparison_chosen.emit("last_year")
    other = MainWindow(jobs, theme, Preferences(preferences._path), today=lambda _: TODAY)
    qtbot.addWidget(other)
    other._may_close = True
    other.show_page("dashboard")
    assert other.pages["dashboard"].compared.currentData() == "last_year"


def test_theme_is_changed_from_the_menu_and_remembered(filled, preferences):
    filled.menus.schemes[Scheme.DARK].trigger()
    assert tokens().scheme is Scheme.DARK
    assert filled.pages["settings"].scheme.value() is Scheme.DARK
    assert Preferences(preferences._path).place.scheme is Scheme.DARK


def test_applications_are_offered_and_chosen(qtbot, filled, controls):
    picker = filled.sidebar.applications
    assert [picker.itemText(n) for n in range(picker.count())] == [ACME.name, SAMPLE.name]
    picker.setCurrentIndex(1)
    picker.activated.emit(1)
    wait_for(qtbot, filled.pages["dashboard"].sample_badge.isVisible)
    assert filled._preferences.place.application_id == SAMPLE.application_id


def test_removed_application_gives_way_to_another(qtbot, filled, controls, jobs):
    filled._show_application(SAMPLE)
    controls.applications = (ACME,)
    jobs.noticed.emit("configuration")
    wait_for(qtbot, lambda: filled.pages["dashboard"].application == ACME)


def test_without_applications_every_page_says_so(qtbot, filled, controls, jobs):
    controls.applications = ()
    jobs.noticed.emit("configuration")
    wait_for(qtbot, lambda: filled.pages["dashboard"].states.state is PageState.EMPTY)
    assert filled.sidebar.applications.itemText(0) == "No application yet"
    assert not filled.sidebar.applications.isEnabled()


def test_small_window_collapses_the_sidebar_to_icons(qtbot, filled):
    filled.resize(1024, 640)
    wait_for(qtbot, lambda: filled.sidebar.width() == 56)
    assert filled.sidebar.buttons["usage"].text() == ""
    assert filled.sidebar.buttons["usage"].accessibleName() == "Usage"
    assert filled.sidebar.small_picker.isVisible()
    filled.sidebar.small_picker.menu().actions()[1].trigger()
    wait_for(qtbot, filled.pages["dashboard"].sample_badge.isVisible)
    filled.resize(1280, 800)
    wait_for(qtbot, lambda: filled.sidebar.width() == 216)


def test_status_bar_tells_sync_and_service(qtbot, filled, controls, jobs):
    assert filled.strip.network.text() == "Online"
    assert filled.strip.address.text() == "Embedded service on 127.0.0.1:8787"
    assert filled.strip.waiting.text() == "0 changes waiting"
    assert not filled.strip.conflicts.isVisible()
    controls.state = replace(controls.state, phase=SyncPhase.OFFLINE, waiting_edits=1, conflicts=2)
    jobs.noticed.emit("sync")
    wait_for(qtbot, lambda: filled.strip.network.text().startswith("Offline, as of"))
    assert filled.strip.waiting.text() == "1 change waiting"
    assert filled.strip.conflicts.text() == "2 conflicts"
    click(qtbot, filled.strip.conflicts)
    assert filled.pages["sync"].isVisible()
    assert filled.pages["sync"].tabs.value() is Tab.CONFLICTS
    click(qtbot, filled.strip.waiting)
    assert filled.pages["sync"].tabs.value() is Tab.QUEUE


def test_failing_sync_is_said_and_taken_back(qtbot, filled, controls, jobs):
    good = controls.state
    controls.state = replace(good, phase=SyncPhase.FAILED, problem="The token is not known.")
    jobs.noticed.emit("sync")
    wait_for(qtbot, filled.message.isVisible)
    assert filled.message.text.text() == "The token is not known."
    controls.state = good
    click(qtbot, filled.message.button("Sync now"))
    wait_for(qtbot, lambda: not filled.message.isVisible())


def test_sync_does_not_take_away_another_message(qtbot, filled, controls, jobs):
    filled.message.say_problem(VaultError("The disk is full."))
    controls.state = replace(controls.state, waiting_edits=4)
    jobs.noticed.emit("sync")
    wait_for(qtbot, lambda: filled.strip.waiting.text() == "4 changes waiting")
    assert filled.message.isVisible()


def test_sync_now_runs_one_round_and_shows_it_as_a_job(qtbot, filled, controls):
    controls.hold("SyncService.run")
    action(filled, "Sync now").trigger()
    wait_for(qtbot, filled.strip.jobs.isVisible)
    assert filled.strip.jobs.text() == "1 job running"
    click(qtbot, filled.strip.jobs)
    wait_for(qtbot, filled.strip.panel.isVisible)
    filled.strip.panel.hide()
    controls.release("SyncService.run")
    wait_for(qtbot, lambda: not filled.strip.jobs.isVisible())


def test_sync_that_cannot_reach_the_service_is_explained(qtbot, filled, controls):
    controls.fail_with("SyncService.run", ServiceUnreachable("The service does not answer."))
    click(qtbot, filled.pages["dashboard"].sync)
    wait_for(qtbot, filled.message.isVisible)
    assert filled.message.text.text() == "The service does not answer."


def test_failure_nobody_waits_for_is_still_said(qtbot, filled, controls, jobs):
    controls.fail_with("ConflictService.conflicts", VaultError("The vault could not be read."))
    jobs.start(ConflictService.conflicts)
    wait_for(qtbot, filled.message.isVisible)


def test_sample_data_leads_to_the_dashboard(qtbot, filled, controls):
    filled.show_page("settings")
    filled.pages["settings"].sample_wanted.emit()
    wait_for(qtbot, filled.pages["dashboard"].isVisible)
    assert "SampleDataService.load" in controls.calls
    wait_for(qtbot, filled.pages["dashboard"].sample_badge.isVisible)


def test_sample_that_comes_later_is_turned_to(qtbot, filled, controls, jobs):
    controls.applications = (ACME,)
    jobs.noticed.emit("configuration")
    wait_for(qtbot, lambda: filled.news.applications == (ACME,))
    filled.pages["dashboard"].sample_wanted.emit()
    wait_for(qtbot, lambda: "SampleDataService.load" in controls.calls)
    jobs.noticed.emit("configuration")
    wait_for(qtbot, filled.pages["dashboard"].sample_badge.isVisible)


def test_snippet_is_reached_from_an_empty_page(qtbot, filled):
    filled.pages["dashboard"].connect_wanted.emit()
    wait_for(qtbot, filled.pages["settings"].snippets.isVisible)


def test_service_is_chosen_in_a_dialog(qtbot, filled, controls):
    filled.pages["settings"].connect_dialog_wanted.emit()
    dialog = filled.findChild(ConnectDialog)
    wait_for(qtbot, dialog.isVisible)
    click(qtbot, dialog.connect_button)
    wait_for(qtbot, lambda: not dialog.isVisible())
    assert "ConnectionService.use_embedded" in controls.calls


def test_deletion_is_undone_from_the_menu(qtbot, filled):
    undone = []
    filled.toast.offer("Deleted.", lambda: undone.append(1))
    action(filled, "Undo the last deletion").trigger()
    assert undone == [1]


def test_commands_go_to_the_page_on_screen(qtbot, filled):
    filled.show_page("pricing")
    wait_for_content(qtbot, filled.pages["pricing"])
    filled.activateWindow()
    action(filled, "Filter").trigger()
    assert filled.pages["pricing"].filter.hasFocus() or QApplication.activeWindow() is None
    action(filled, "New").trigger()
    assert filled.pages["pricing"].table.chosen() is None
    action(filled, "Reload").trigger()
    wait_for_content(qtbot, filled.pages["pricing"])


def quit_dialog(qtbot, window):
    window.ask_to_quit()
    dialog = window.findChild(QuitDialog)
    wait_for(qtbot, dialog.isVisible)
    return dialog


def test_quit_asks_about_the_embedded_service_and_keeps_it_by_default(qtbot, filled, controls):
    dialog = quit_dialog(qtbot, filled)
    assert dialog.keep.isDefault()
    with qtbot.waitSignal(filled.quit_requested):
        click(qtbot, dialog.keep)
    assert "ConnectionService.stop_embedded" not in controls.calls
    assert filled._preferences.place.service_at_quit == ""


def test_quit_stops_the_service_first_if_the_owner_wants(qtbot, filled, controls):
    dialog = quit_dialog(qtbot, filled)
    click(qtbot, dialog.remember)
    with qtbot.waitSignal(filled.quit_requested):
        click(qtbot, dialog.stop)
    assert "ConnectionService.stop_embedded" in controls.calls
    assert filled._preferences.place.service_at_quit == AtQuit.STOP


def test_service_that_does_not_stop_keeps_the_program_open(qtbot, filled, controls):
    controls.fail_with("ConnectionService.stop_embedded", EmbeddedServiceFailed("It runs on."))
    dialog = quit_dialog(qtbot, filled)
    with qtbot.assertNotEmitted(filled.quit_requested):
        click(qtbot, dialog.stop)
        wait_for(qtbot, filled.message.isVisible)


def test_quit_can_be_taken_back(qtbot, filled):
    dialog = quit_dialog(qtbot, filled)
    with qtbot.assertNotEmitted(filled.quit_requested):
        click(qtbot, dialog.cancel)


@pytest.mark.parametrize("choice", [AtQuit.KEEP, AtQuit.STOP])
def test_remembered_choice_asks_no_more(qtbot, filled, choice):
    filled._preferences.change(service_at_quit=str(choice))
    with qtbot.waitSignal(filled.quit_requested):
        filled.ask_to_quit()


def test_remembered_choice_is_seen_and_taken_back_in_the_settings(qtbot, filled, controls):
    filled.leaving.remember(str(AtQuit.STOP))
    assert filled.pages["settings"].at_quit.value() == AtQuit.STOP
    filled.show_page("settings")
    filled.pages["settings"].turn_to(SettingsTab.SERVICE)
    click(qtbot, filled.pages["settings"].at_quit.buttons[""])
    quit_dialog(qtbot, filled)
    assert filled._preferences.place.service_at_quit == ""


def test_sample_data_is_badged_on_every_page_about_an_application(qtbot, filled):
    filled._show_application(SAMPLE)
    for name in ("dashboard", "usage", "pricing"):
        filled.show_page(name)
        assert filled.pages[name].sample_badge.isVisible(), name
    for name in ("keys", "exports", "settings"):
        filled.show_page(name)
        assert not filled.pages[name].sample_badge.isVisible(), name


def test_quit_without_an_embedded_service_asks_nothing(qtbot, filled):
    filled.news.connection = ConnectionInfo(ServiceKind.REMOTE, "https://x", "wss://x/ws", "a")
    with qtbot.waitSignal(filled.quit_requested):
        filled.ask_to_quit()


def test_closing_the_window_is_quitting(qtbot, filled):
    filled._may_close = False
    filled.news.connection = None
    with qtbot.waitSignal(filled.quit_requested):
        filled.close()
    assert filled._may_close
