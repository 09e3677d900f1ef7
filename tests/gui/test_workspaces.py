"""Several workspaces: the switcher, the dialog that manages them, and the choice at Unlock."""

import pytest
from PySide6.QtCore import Qt

from desktop.domain.errors import InvalidInput, WorkspaceListProblem
from desktop.domain.workspaces import Workspace
from desktop.views.dialogs.workspaces import WorkspacesDialog
from desktop.views.unlock_page import UnlockPage
from tests.gui.fakes import PRODUCTION, STAGING
from tests.gui.looking import click, click_row, column_texts, row_texts, type_into, wait_for
from tests.gui.test_accessibility import too_small, unnamed

KNOWN = (Workspace("Production", PRODUCTION, "/s"), Workspace("Staging", STAGING, "/t"))


@pytest.fixture
def dialog(qtbot, window):
    window.show_workspaces()
    dialog = window.findChild(WorkspacesDialog)
    wait_for(qtbot, lambda: len(column_texts(dialog.table)) == 2)
    return dialog


def actions(window):
    return {action.text(): action for action in window.workspace.menu().actions()}


def test_shell_names_the_open_workspace_and_offers_the_others(qtbot, window):
    wait_for(qtbot, lambda: window.workspace.text().strip() == "Production")
    assert window.workspace.accessibleName() == "Workspace: Production"
    assert actions(window)["Production"].isChecked()
    assert not actions(window)["Staging"].isChecked()


def test_choosing_another_workspace_asks_to_switch_and_remembers_the_place(qtbot, window):
    wait_for(qtbot, lambda: "Staging" in actions(window))
    window.show_page("usage")
    with qtbot.waitSignal(window.switch_requested) as asked:
        actions(window)["Staging"].trigger()
    assert asked.args == [STAGING]
    assert window._preferences.place.page == "usage"


def test_choosing_the_open_workspace_changes_nothing(qtbot, window, controls):
    wait_for(qtbot, lambda: "Production" in actions(window))
    with qtbot.assertNotEmitted(window.switch_requested):
        actions(window)["Production"].trigger()
    calls = controls.calls
    wait_for(qtbot, lambda: calls.count("WorkspacesService.listed") == 2)
    wait_for(qtbot, lambda: not window._jobs.running)
    assert actions(window)["Production"].isChecked()


def test_list_that_cannot_be_read_is_said(qtbot, window, controls):
    controls.fail_with("WorkspacesService.listed", WorkspaceListProblem("The list is damaged."))
    window.workspace.load()
    wait_for(qtbot, lambda: "damaged" in window.message.text.text())


def test_dialog_opens_by_keyboard_and_is_named(qtbot, window, dialog):
    assert unnamed(dialog) == []
    assert too_small(dialog) == []
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    wait_for(qtbot, lambda: not dialog.isVisible())


def test_owner_switches_from_the_dialog(qtbot, window, dialog):
    assert not dialog.open_here.isEnabled()
    click_row(qtbot, dialog.table, "Staging")
    with qtbot.waitSignal(window.switch_requested) as asked:
        click(qtbot, dialog.open_here)
    assert asked.args == [STAGING]


def test_owner_opens_a_second_window_beside_this_one(qtbot, window, dialog):
    click_row(qtbot, dialog.table, "Staging")
    with qtbot.waitSignal(window.beside_requested) as asked:
        click(qtbot, dialog.open_beside)
    assert asked.args == [STAGING]


def test_open_workspace_can_be_renamed_only(qtbot, window, dialog):
    click_row(qtbot, dialog.table, "Production")
    assert not dialog.remove.isEnabled()
    type_into(qtbot, dialog.name.control, "Live")
    click(qtbot, dialog.rename)
    wait_for(qtbot, lambda: window.workspace.name == "Live")
    assert column_texts(dialog.table) == ["Live", "Staging"]


def test_owner_adds_a_workspace(qtbot, window, dialog):
    click(qtbot, dialog.add)
    wait_for(qtbot, dialog.name.problem.isVisible)
    type_into(qtbot, dialog.name.control, "Client")
    click(qtbot, dialog.add)
    wait_for(qtbot, lambda: "Client" in column_texts(dialog.table))
    assert not dialog.name.problem.isVisible()
    wait_for(qtbot, lambda: "Client" in actions(window))


def test_removed_workspace_can_be_put_back(qtbot, controls, window, dialog):
    click_row(qtbot, dialog.table, "Staging")
    click(qtbot, dialog.delete_files)
    click(qtbot, dialog.remove)
    wait_for(qtbot, lambda: "files go" in row_texts(dialog.table, 1)[2])
    assert controls.arguments["WorkspacesService.remove"] == (STAGING, True)
    assert not dialog.open_here.isEnabled()
    wait_for(qtbot, lambda: "Staging" not in actions(window))
    click_row(qtbot, dialog.table, "Staging")
    click(qtbot, dialog.restore)
    wait_for(qtbot, lambda: row_texts(dialog.table, 1)[2] == "")
    wait_for(qtbot, lambda: "Staging" in actions(window))


def test_refusal_is_said_in_the_dialog(qtbot, controls, dialog):
    controls.fail_with("WorkspacesService.remove", InvalidInput("It is open elsewhere."))
    click_row(qtbot, dialog.table, "Staging")
    click(qtbot, dialog.remove)
    wait_for(qtbot, lambda: dialog.message.text.text() == "It is open elsewhere.")


def test_unlock_offers_the_workspaces(qtbot, jobs):
    page = UnlockPage(jobs, PRODUCTION, "", KNOWN)
    qtbot.addWidget(page)
    page.show()
    assert page.known.currentText() == "Production"
    assert not page.workspace.isVisible()
    with qtbot.waitSignal(page.workspace_chosen) as chosen:
        page.known.setCurrentIndex(1)
        page.known.activated.emit(1)
    assert chosen.args == [STAGING]


@pytest.mark.parametrize(("folder", "known"), [(PRODUCTION, KNOWN[:1]), ("/usb/vault", KNOWN)])
def test_unlock_shows_the_folder_where_that_tells_more(qtbot, jobs, folder, known):
    page = UnlockPage(jobs, folder, "", known)
    qtbot.addWidget(page)
    page.show()
    assert page.workspace.isVisible()
    assert page.workspace.text() == folder
    assert (page.known is not None) == (len(known) > 1)
