"""The real window, unlocked, that leaves its workspace when it is told to.

`python -m tests.e2e.leaving_script WORKSPACE`, on standard input the passphrase and then one line:
`lock`, `quit`, or `switch FOLDER`. Prints one JSON line for each of: `core` (its process id),
`open` (the main window is shown), `fresh` (process id and arguments of the window that follows).
"""

import json
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QSocketNotifier, Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit

from desktop import app, processes
from desktop.paths import home
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences

STEP_MS = 20


def say(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def start_fresh_window(arguments: list[str]) -> None:
    """As the product does, and tell its process id."""
    started = subprocess.Popen(
        [sys.executable, "-m", "desktop", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    say(event="fresh", pid=started.pid, arguments=arguments)


class Owner(QObject):
    """Unlocks at once, then waits for the word to leave."""

    def __init__(self, desktop: app.Desktop, passphrase: str) -> None:
        super().__init__()
        self._desktop = desktop
        self._passphrase = passphrase
        self._is_open = False
        self._timer = QTimer(self, interval=STEP_MS)
        self._timer.timeout.connect(self._act)
        self._timer.start()
        self._word = QSocketNotifier(sys.stdin.fileno(), QSocketNotifier.Type.Read, self)
        self._word.activated.connect(self._leave)

    def _act(self) -> None:
        window = self._desktop.window
        if isinstance(window, MainWindow) and not self._is_open:
            self._is_open = True
            self._timer.stop()
            say(event="open", core=self._desktop.core.pid if self._desktop.core else 0)
            return
        for field in window.findChildren(QLineEdit) if window is not None else []:
            if field.accessibleName() == "Passphrase" and field.isVisible() and field.isEnabled():
                field.setText(self._passphrase)
                QTest.keyClick(field, Qt.Key.Key_Return)

    def _leave(self) -> None:
        self._word.setEnabled(False)
        words = sys.stdin.readline().split()
        window = self._desktop.window
        if isinstance(window, MainWindow):
            match words:
                case ["lock"]:
                    window.lock()
                case ["switch", folder]:
                    window.workspace.chosen.emit(folder)
                case _:
                    window._quit()


def main(workspace: str) -> int:
    application = QApplication(sys.argv[:1])
    processes.start_fresh_window = start_fresh_window
    passphrase = sys.stdin.readline().rstrip("\n")
    desktop = app.Desktop(Path(workspace), Preferences(home() / app.PREFERENCES))
    desktop.start()
    owner = Owner(desktop, passphrase)
    status = application.exec()
    owner.deleteLater()
    return status


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
