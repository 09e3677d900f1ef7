"""A second start: what it says to the open window, and what the window believes."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from PySide6.QtCore import QObject
from PySide6.QtNetwork import QLocalSocket

from desktop import handover, processes
from desktop.app import Desktop
from desktop.domain.errors import InvalidInput
from desktop.handover import MOST_BYTES, WindowDoor, checked_link, hand_over
from desktop.services.embedded import CODE_HOME
from desktop.views.preferences import Preferences

LINK = "usageflow://usage?from=2026-06-01&to=2026-07-01"
WINDOW = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.handover import WindowDoor
application = QCoreApplication([])
door = WindowDoor(application)
door.knocked.connect(lambda link: print("knocked", link, flush=True))
door.open(Path(sys.argv[1]))
print("open", door.is_open, flush=True)
application.exec()
"""


@pytest.fixture
def workspace(monkeypatch):
    """In a folder with a short name: the path of a socket may have 107 bytes only."""
    folder = Path(tempfile.mkdtemp(prefix="uf-"))
    monkeypatch.setenv("USAGEFLOW_HOME", str(folder))
    yield folder / "workspaces" / "default"
    shutil.rmtree(folder)


@pytest.fixture
def door(qapp, workspace):
    """The open window's side; `heard` is what came."""
    parent = QObject()
    door = WindowDoor(parent)
    door.heard = []
    door.knocked.connect(door.heard.append)
    door.open(workspace)
    assert door.is_open
    yield door
    door.close()
    parent.deleteLater()


def start(*arguments):
    return subprocess.Popen(
        [sys.executable, *arguments], cwd=CODE_HOME, stdout=subprocess.PIPE, text=True
    )


@pytest.fixture
def other_window(workspace):
    """A window of another process, which says what it hears."""
    child = start("-c", WINDOW, str(workspace))
    assert child.stdout.readline() == "open True\n"
    yield child
    child.kill()
    child.wait()
    child.stdout.close()


def say(qtbot, workspace, content):
    """What the window answers to a guest of another kind."""
    guest = QLocalSocket()
    guest.connectToServer(str(handover._address(workspace)))
    assert guest.waitForConnected(5_000)
    guest.write(content)
    guest.flush()
    qtbot.waitUntil(lambda: guest.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    return bytes(guest.readAll().data())


def test_second_start_hands_its_link_to_the_window_of_another_process(other_window, workspace):
    assert hand_over(workspace, LINK)
    assert other_window.stdout.readline() == f"knocked {LINK}\n"
    assert hand_over(workspace, "")
    assert other_window.stdout.readline() == "knocked \n"


def test_second_start_of_the_program_ends_without_a_window(qtbot, door, workspace):
    second = start("-m", "desktop", "--workspace", str(workspace), LINK)
    qtbot.waitUntil(lambda: door.heard == [LINK], timeout=20_000)
    assert second.wait(timeout=20) == 0
    second.stdout.close()


def test_start_without_an_open_window_goes_on(workspace):
    assert not hand_over(workspace, LINK)


def test_socket_of_a_killed_window_is_taken_over(qtbot, qapp, other_window, workspace):
    address = handover._address(workspace)
    os.kill(other_window.pid, signal.SIGKILL)
    other_window.wait()
    assert address.exists()
    assert not hand_over(workspace, LINK), "nobody is behind it"
    parent = QObject()
    door = WindowDoor(parent)
    door.open(workspace)
    assert door.is_open
    door.close()
    assert not address.exists()


def test_second_window_leaves_the_first_one_its_socket(other_window, workspace, qapp):
    parent = QObject()
    late = WindowDoor(parent)
    late.open(workspace)
    assert not late.is_open
    late.close()
    assert hand_over(workspace, LINK)
    assert other_window.stdout.readline() == f"knocked {LINK}\n"


def test_each_workspace_has_a_socket_of_its_own(door, workspace):
    assert not hand_over(workspace.parent / "staging", LINK)
    door.open(workspace.parent / "staging")
    assert not hand_over(workspace, LINK), "the window has turned to another workspace"


def test_only_this_user_can_reach_the_socket(door, workspace):
    address = handover._address(workspace)
    assert address.stat().st_mode & 0o077 == 0
    assert address.parent.stat().st_mode & 0o077 == 0


def test_folder_that_others_can_enter_is_not_used(qapp, workspace, caplog):
    folder = handover._address(workspace).parent
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    parent = QObject()
    door = WindowDoor(parent)
    door.open(workspace)
    assert not door.is_open
    assert [record.getMessage() for record in caplog.records] == [
        "second starts cannot be heard: the folder for it is open to others"
    ]
    caplog.clear()


@pytest.mark.parametrize(
    "content",
    [
        b"https://usage.example/\n",
        b"usageflow://usage?\x1b[31m\n",
        b"usageflow://usage?a b\n",
        b"usageflow://usage?\xff\n",
        b"--workspace /elsewhere\n",
    ],
)
def test_what_is_no_link_is_refused(qtbot, door, workspace, content):
    assert say(qtbot, workspace, content) == b"refused\n"
    assert door.heard == []


def test_endless_line_is_cut_off(qtbot, door, workspace):
    assert say(qtbot, workspace, b"usageflow://" + b"a" * MOST_BYTES) == b""
    assert door.heard == []


def test_guest_who_says_nothing_is_shown_out(qtbot, door, workspace, monkeypatch):
    monkeypatch.setattr(handover, "PATIENCE_MS", 1)
    assert say(qtbot, workspace, b"usageflow://") == b""
    assert door.heard == []


def test_only_whole_lines_count(qtbot, door, workspace):
    guest = QLocalSocket()
    guest.connectToServer(str(handover._address(workspace)))
    half = len(LINK) // 2
    guest.write(LINK[:half].encode())
    guest.flush()
    qtbot.waitUntil(lambda: bool(door.findChildren(QLocalSocket)) or guest.isValid())
    assert door.heard == []
    guest.write(f"{LINK[half:]}\n".encode())
    guest.flush()
    qtbot.waitUntil(lambda: door.heard == [LINK])


@pytest.mark.parametrize("text", ["", "x", "usageflow:", f"{LINK}\n", f"{LINK} x", "usageflow:// "])
def test_second_start_refuses_what_is_no_link(text):
    with pytest.raises(InvalidInput, match="Nothing was done"):
        checked_link(text)


def test_second_start_refuses_a_link_that_no_window_would_read():
    with pytest.raises(InvalidInput, match="too long"):
        checked_link("usageflow://" + "a" * MOST_BYTES)


@pytest.fixture
def desktop(qtbot, qapp, workspace, monkeypatch):
    monkeypatch.setattr("desktop.app.QApplication.exit", lambda *_: None)
    desktop = Desktop(workspace, Preferences(workspace.parent / "window.json"))
    yield desktop
    desktop.quit()


def test_fresh_window_of_a_lock_does_not_hand_over_to_the_one_that_ends(
    desktop, workspace, monkeypatch
):
    free = []
    monkeypatch.setattr(
        processes, "start_fresh_window", lambda _: free.append(hand_over(workspace, ""))
    )
    desktop._door.open(workspace)
    desktop.lock()
    assert free == [False]


def test_link_waits_until_the_vault_is_open_and_the_newest_counts(desktop, qtbot):
    desktop.come_forward(LINK)
    desktop.come_forward("")
    assert desktop._link == LINK
    desktop.come_forward(f"{LINK}&top=3")
    assert desktop._link == f"{LINK}&top=3"


@pytest.mark.qt_log_ignore("This plugin does not support raise")  # the off-screen one
def test_open_window_comes_forward_and_shows_the_link(desktop, window, qtbot, monkeypatch):
    shown = []
    monkeypatch.setattr(window.links, "open", shown.append)
    qtbot.waitUntil(lambda: window.news.applications is not None)
    desktop.window = window
    window.showMinimized()
    desktop.come_forward(LINK)
    assert not window.isMinimized()
    assert shown == [LINK]
    desktop.window = None
