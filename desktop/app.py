"""The window process: makes every view, hands each what it needs, starts and stops.

Shows the unlock window first and loads everything else after its first paint.
"""

import logging
import signal
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

from desktop.domain.errors import AppError, InvalidInput, WorkspaceListProblem
from desktop.paths import default_workspace, home
from desktop.services.workspace_list import WorkspaceList

# isort: split
# What needs no Qt comes first: PySide6 reads the source of every module imported after it.
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QApplication, QWidget

from desktop.handover import SCHEME, WindowDoor, checked_link, hand_over
from desktop.jobs import CORE_LOST, CORE_LOST_TEXT, Jobs
from desktop.views.card_guard import CardGuard
from desktop.views.preferences import Preferences
from desktop.views.theme import Theme
from desktop.views.unlock_page import UnlockPage
from desktop.views.window_geometry import put_in_place

if TYPE_CHECKING:
    from desktop.domain.workspaces import Workspace
    from desktop.processes import CoreProcess
    from desktop.views.first_run import FirstRun
    from desktop.views.idle import IdleWatch
    from desktop.views.main_window import MainWindow
    from desktop.views.window_to_come import WindowToCome

VAULT_FILES: Final = ("vault.hdr", "vault.hdr.copy", "vault.db", "restored")
"""Any of them tells an unlock window from a first run; the core looks closer."""
PREFERENCES: Final = "window.json"
LOCK_NOTICE: Final = "lock:"
"""Begins the core's word that the computer sleeps, or the session was locked."""
RESTORE: Final = "--restore"
"""Begins with restoring the backup in the folder that follows; empty: one to be chosen."""
REGISTER: Final = {"--register-links": True, "--unregister-links": False}
USAGE: Final = (
    "Usage: usageflow desktop [--workspace NAME|FOLDER] [usageflow://LINK]\n"
    f"       usageflow desktop {' | '.join(REGISTER)}"
)
RESTARTS_BEFORE_UNLOCK: Final = 3
"""A core that dies this often before the vault was ever open will not live the next time either."""


class FirstPaint(QObject):
    """Calls back once, right after a window has first been painted."""

    def __init__(self, window: QWidget, callback: Callable[[], None]) -> None:
        super().__init__(window)
        self._callback = callback
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 (Qt calls it)
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            QTimer.singleShot(0, self._callback)
        return False


class Desktop(QObject):
    """Root of the window process: which window is shown, and the core behind it."""

    def __init__(self, workspace: Path, preferences: Preferences) -> None:
        super().__init__()
        self._workspace = workspace
        self._preferences = preferences
        self._theme = Theme(preferences.place.scheme)
        self.jobs = Jobs()
        self.jobs.noticed.connect(self._hear)
        self.core: CoreProcess | None = None
        self.window: QWidget | None = None
        self._restarts = 0
        self._to_come: WindowToCome | None = None
        self.idle: IdleWatch | None = None
        self._link = ""
        self._door = WindowDoor(self)
        self._door.knocked.connect(self.come_forward)

    def start(self, notice: str = "") -> None:
        """Show the unlock window, or the first run where there is no vault yet.

        Args:
            notice: why the owner has to unlock again, or nothing.
        """
        if any((self._workspace / name).exists() for name in VAULT_FILES):
            self._show_unlock(notice)
        else:
            self._show_first_run()

    def open_link(self, link: str) -> None:
        """Show what a link asks for, as soon as the vault is open; the newest one only."""
        if self.window is None or isinstance(self.window, UnlockPage):
            self._link = link  # without loading the main window yet
            return
        from desktop.views.main_window import MainWindow

        if isinstance(self.window, MainWindow):
            self.window.open_link(link)
        else:
            self._link = link

    def come_forward(self, link: str) -> None:
        """Somebody started the program again, perhaps with a link: this window is the one."""
        from PySide6.QtCore import Qt

        if self.window is not None:
            self.window.setWindowState(self.window.windowState() & ~Qt.WindowState.WindowMinimized)
            self.window.show()
            self.window.raise_()
            self.window.activateWindow()
            QApplication.alert(self.window)  # where the desktop keeps windows from coming forward
        if link:
            self.open_link(link)

    def offer_restore(self, backup: str) -> None:
        """Open the window of other ways in at the backups, over the Unlock window."""
        if isinstance(self.window, UnlockPage):
            page = self.window
            QTimer.singleShot(0, page, lambda: page.open_restore(backup))

    def _show_unlock(self, notice: str) -> None:
        page = UnlockPage(self.jobs, str(self._workspace), notice, self._known())
        page.workspace_chosen.connect(self._open_before_unlock)
        page.passphrase.edited.connect(self._put_off)
        page.unlocking.connect(self._hurry)
        page.unlocked.connect(self._show_main)
        page.quit_requested.connect(self.quit)
        self._show(page)

    def _known(self) -> "tuple[Workspace, ...]":
        """The workspaces to offer; a spoilt list must not keep this one shut."""
        try:
            return WorkspaceList().active()
        except WorkspaceListProblem:
            return ()

    def _open_before_unlock(self, directory: str) -> None:
        """Turn to another workspace while nothing is open: its core takes the place of this one."""
        self.jobs.close()
        self._workspace = Path(directory)
        if self._to_come is not None:
            self._to_come.forget()
        self.start()
        self._start_core()
        self._door.open(self._workspace)

    def _show_first_run(self) -> None:
        from desktop.views.first_run import FirstRun

        page = FirstRun(self.jobs)
        page.finished.connect(partial(self._leave_first_run, page))
        page.quit_requested.connect(self.quit)
        self._show(page)

    def _leave_first_run(self, page: "FirstRun") -> None:
        if page.first_call.sample_id:
            self._preferences.change(application_id=page.first_call.sample_id)
        self._show_main()

    def _put_off(self) -> None:
        if self._to_come is not None:
            self._to_come.put_off()

    def _hurry(self) -> None:
        if self._to_come is not None:
            self._to_come.hurry()

    def _make_main(self) -> "MainWindow":
        from desktop.views.main_window import MainWindow

        window = MainWindow(
            self.jobs, self._theme, self._preferences, workspace=str(self._workspace)
        )
        window.lock_requested.connect(self.lock)
        window.switch_requested.connect(self.switch)
        window.beside_requested.connect(self._open_beside)
        window.restore_requested.connect(self._open_to_restore)
        window.quit_requested.connect(self.quit)
        return window

    def _show_main(self) -> None:
        self._restarts = 0
        self._preferences.change(workspace=str(self._workspace))
        window = self._make_main() if self._to_come is None else self._to_come.take()
        self._show(window)
        self._watch_for_idleness(window)
        if self._link:
            window.open_link(self._link)
            self._link = ""

    def _watch_for_idleness(self, window: "MainWindow") -> None:
        from desktop.views.idle import IdleWatch

        minutes = self._preferences.place.lock_after_minutes
        self.idle = IdleWatch(minutes)
        self.idle.idle.connect(self._lock_by_itself)
        window.lock_after_chosen.connect(self._wait_before_locking)

    def _wait_before_locking(self, minutes: int) -> None:
        self._preferences.change(lock_after_minutes=minutes)
        if self.idle is not None:
            self.idle.set_minutes(minutes)

    def _show(self, window: QWidget) -> None:
        previous, self.window = self.window, window
        if previous is None:
            FirstPaint(window, self._load_the_rest)
            place = self._preferences.place
            window.setWindowTitle("UsageFlow Desktop")
            put_in_place(window, place)
        elif not window.isMaximized():
            window.setGeometry(previous.geometry())
        window.show()
        if previous is not None:
            previous.hide()
            previous.deleteLater()

    def _load_the_rest(self) -> None:
        from desktop.logs import set_up_logging
        from desktop.singletons import protect_singletons
        from desktop.views.window_to_come import WindowToCome

        protect_singletons()
        set_up_logging("window")
        sys.excepthook = self._explain_bug
        self._start_core()
        self._door.open(self._workspace)
        self._to_come = WindowToCome(self._make_main)
        self._to_come.begin()

    def _start_core(self) -> None:
        from desktop.processes import CoreProcess

        self.core = CoreProcess(str(self._workspace))
        self.jobs.attach(self.core)
        if isinstance(self.window, UnlockPage):
            self.window.ask_for_ways()

    def _hear(self, topic: str) -> None:
        if topic.startswith(LOCK_NOTICE):
            self._lock_by_itself()
        if topic != CORE_LOST:
            return
        self._restarts += 1
        if self._restarts > RESTARTS_BEFORE_UNLOCK:
            self._show_problem(CORE_LOST_TEXT)
            return
        self.start(CORE_LOST_TEXT)
        self._start_core()

    def _lock_by_itself(self) -> None:
        """Lock because nobody is there; an Unlock window stays as it is, nothing is open yet."""
        from desktop.views.main_window import MainWindow

        if isinstance(self.window, MainWindow):
            self.window.lock()

    def lock(self) -> None:
        """End both processes, which is what erases the key; a fresh window asks to unlock."""
        self.switch(str(self._workspace))

    def switch(self, directory: str) -> None:
        """End both processes; a fresh window asks to unlock the workspace in another folder."""
        self._door.close()  # or the fresh window would hand over to this one
        self._open_beside(directory)
        self.quit()

    def _open_to_restore(self, backup: str) -> None:
        """End both processes; a fresh window offers to restore a backup."""
        from desktop.processes import start_fresh_window

        self._door.close()
        start_fresh_window(["--workspace", str(self._workspace), RESTORE, backup])
        self.quit()

    def _open_beside(self, directory: str) -> None:
        from desktop.processes import start_fresh_window

        start_fresh_window(["--workspace", directory])

    def quit(self) -> None:
        self._door.close()
        self.jobs.close()
        QApplication.exit()

    def _explain_bug(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        """Last resort for an exception nobody expected: into the log, and a sentence on screen."""
        logging.getLogger(__name__).critical("unexpected", exc_info=(kind, error, trace))
        self._show_problem(
            self.tr(
                "Something went wrong in this window. What is in the vault is safe. The log says "
                "more. If the window misbehaves now, lock and unlock."
            )
        )

    def _show_problem(self, text: str) -> None:
        from desktop.views.dialogs.problem import show_problem

        show_problem(self.window, text)


def main(arguments: Sequence[str]) -> int:
    """Open the window and stay until it is closed; return the exit status.

    Args:
        arguments: `--workspace NAME|FOLDER` opens that workspace, else it is the last one used; a
            link at the end is shown after the unlock. Where a window of the workspace is open
            already, that one shows it. `--register-links` and `--unregister-links` say whether
            links that are clicked anywhere come here.
    """
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Qt's loop would never see Ctrl+C
    preferences = Preferences(home() / PREFERENCES)
    try:
        if len(arguments) == 1 and arguments[0] in REGISTER:
            return _register_links(wanted=REGISTER[arguments[0]])
        arguments, link = _without_link(arguments)
        workspace = _workspace(arguments, preferences.place.workspace)
    except AppError as error:
        print(error, file=sys.stderr)  # noqa: T201 (a command line's answer)
        return 2
    if RESTORE not in arguments and hand_over(workspace, link):
        return 0
    application = QApplication(sys.argv[:1])
    application.setApplicationName("UsageFlow")
    CardGuard(application)
    desktop = Desktop(workspace, preferences)
    desktop.start()
    if link:
        desktop.open_link(link)
    if RESTORE in arguments:
        desktop.offer_restore(arguments[-1])
    return application.exec()


def _register_links(*, wanted: bool) -> int:
    """Raises: LinksNotRegistered."""
    from desktop.services.link_handler import link_handler

    link_handler().set(wanted)
    where = "open in UsageFlow Desktop from now on" if wanted else "no longer open here"
    print(f"Links that begin with {SCHEME} {where}.")  # noqa: T201 (a command line's answer)
    return 0


def _without_link(arguments: Sequence[str]) -> tuple[Sequence[str], str]:
    """The arguments, and the link at their end if there is one. Raises: InvalidInput."""
    if arguments and arguments[-1].startswith(SCHEME):
        return arguments[:-1], checked_link(arguments[-1])
    return arguments, ""


def _workspace(arguments: Sequence[str], last_used: str) -> Path:
    """The folder to open. Raises: InvalidInput, WorkspaceListProblem."""
    match list(arguments):
        case []:
            return _last_used(last_used)
        case ["--workspace", text] | ["--workspace", text, "--restore", _]:
            return WorkspaceList().resolve(text)
        case _:
            raise InvalidInput(USAGE)


def _last_used(directory: str) -> Path:
    """Where the owner was, if it is still on the list; else the first workspace of the list."""
    try:
        active = WorkspaceList().active()
    except WorkspaceListProblem:
        return default_workspace()
    found = [Path(one.directory) for one in active]
    wanted = Path(directory)
    return wanted if wanted in found else next(iter(found), default_workspace())
