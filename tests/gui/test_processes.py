"""The window with a real core process behind it: first run, unlock, lock, and a core that dies."""

import os
import signal

import pytest

from desktop import app, processes
from desktop.domain.connection import VaultState
from desktop.jobs import CORE_LOST_TEXT
from desktop.services.workspace import WorkspaceService
from desktop.views.first_run import FirstRun
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.views.unlock_page import UnlockPage

pytestmark = pytest.mark.real_argon2

PASSPHRASE = "a long enough passphrase"
LONG_MS = 20_000
"""Key derivation and the start of a process, on a busy machine."""


@pytest.fixture
def workspace(tmp_path, monkeypatch):
    monkeypatch.setenv("USAGEFLOW_HOME", str(tmp_path))
    return tmp_path / "workspaces" / "default"


@pytest.fixture
def desktop(qtbot, qapp, workspace, monkeypatch):
    monkeypatch.setattr(app.QApplication, "exit", lambda *_: None)
    monkeypatch.setattr(app, "sys", _ProcessWithoutHooks)
    desktop = app.Desktop(workspace, Preferences(workspace.parent / app.PREFERENCES))
    yield desktop
    desktop.jobs.close()
    if desktop.window is not None:
        desktop.window.hide()
        desktop.window.deleteLater()


class _ProcessWithoutHooks:
    """Stands for `sys` in the window's root, so that pytest keeps its own hooks."""

    excepthook = None


@pytest.fixture
def with_vault(qtbot, workspace):
    """A vault made beforehand, as by an earlier run."""
    from desktop.services.compose import build_services

    services = build_services(workspace, syncs_by_itself=False)
    services.workspace.create(PASSPHRASE)
    services.close()


def unlock(qtbot, desktop):
    page = desktop.window
    assert isinstance(page, UnlockPage)
    page.passphrase.field.setText(PASSPHRASE)
    page.unlock.click()
    qtbot.waitUntil(lambda: isinstance(desktop.window, MainWindow), timeout=LONG_MS)


def status_of(qtbot, desktop):
    seen = []
    desktop.jobs.start(WorkspaceService.status, done=seen.append)
    qtbot.waitUntil(seen.__len__, timeout=LONG_MS)
    return seen[0]


def test_first_run_is_shown_where_there_is_no_vault(qtbot, desktop):
    desktop.start()
    assert isinstance(desktop.window, FirstRun)
    assert status_of(qtbot, desktop).vault is VaultState.MISSING


def test_owner_unlocks_and_sees_the_main_window(qtbot, with_vault, desktop):
    desktop.start()
    unlock(qtbot, desktop)
    assert status_of(qtbot, desktop).vault is VaultState.OPEN


def test_wrong_passphrase_is_explained_beside_the_field(qtbot, with_vault, desktop):
    desktop.start()
    page = desktop.window
    page.passphrase.field.setText("not the passphrase")
    page.unlock.click()
    qtbot.waitUntil(page.passphrase.problem.isVisible, timeout=LONG_MS)
    assert "passphrase" in page.passphrase.problem.text()
    assert page.unlock.isEnabled()


def test_core_that_dies_leaves_the_window_which_offers_to_unlock_again(qtbot, with_vault, desktop):
    desktop.start()
    unlock(qtbot, desktop)
    os.kill(desktop.core.pid, signal.SIGKILL)
    qtbot.waitUntil(lambda: isinstance(desktop.window, UnlockPage), timeout=LONG_MS)
    assert desktop.window.notice.text() == CORE_LOST_TEXT
    unlock(qtbot, desktop)
    assert status_of(qtbot, desktop).vault is VaultState.OPEN


def test_lock_ends_the_core_and_opens_a_fresh_window(qtbot, with_vault, desktop, monkeypatch):
    started = []
    monkeypatch.setattr(processes, "start_fresh_window", started.append)
    desktop.start()
    unlock(qtbot, desktop)
    core = desktop.core
    desktop.window.menus.lock_wanted.emit()
    qtbot.waitUntil(lambda: not core.is_alive(), timeout=LONG_MS)
    assert [call[0] for call in started] == ["--workspace"]


def add_workspace(name):
    from desktop.services.workspace_list import WorkspaceList

    return WorkspaceList().add(name, None)


def test_switching_ends_the_core_and_opens_the_other_workspace(
    qtbot, with_vault, desktop, monkeypatch
):
    started = []
    monkeypatch.setattr(processes, "start_fresh_window", started.append)
    other = add_workspace("Staging")
    desktop.start()
    unlock(qtbot, desktop)
    core = desktop.core
    desktop.window.workspace.chosen.emit(other.directory)
    qtbot.waitUntil(lambda: not core.is_alive(), timeout=LONG_MS)
    assert started == [["--workspace", other.directory]]


def test_another_workspace_is_chosen_before_unlock(qtbot, with_vault, desktop, workspace):
    other = add_workspace("Staging")
    desktop.start()
    assert isinstance(desktop.window, UnlockPage)
    qtbot.waitUntil(lambda: desktop.core is not None)
    first = desktop.core
    desktop.window.workspace_chosen.emit(other.directory)
    assert isinstance(desktop.window, FirstRun)  # it has no vault yet
    assert status_of(qtbot, desktop).directory == other.directory
    qtbot.waitUntil(lambda: not first.is_alive(), timeout=LONG_MS)


def test_last_workspace_used_opens_next_time(qtbot, with_vault, desktop, workspace):
    desktop.start()
    unlock(qtbot, desktop)
    used = desktop._preferences.place.workspace
    assert used == str(workspace)
    other = add_workspace("Staging")
    assert app._workspace([], used) == workspace
    assert str(app._workspace([], other.directory)) == other.directory
    assert app._workspace([], "/gone") == workspace
    assert str(app._workspace(["--workspace", "staging"], used)) == other.directory
