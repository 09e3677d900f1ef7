"""The real window and core with a script for an owner, who looks at everything and copies a secret.

`python -m tests.window_canary WORKSPACE`: the canary comes on standard input. Prints one JSON line
for each thing that happened; `looked` holds every title and accessible name there was on the way.
Then waits for another line, and locks.
"""

import json
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleInterface, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QTableView,
    QTextEdit,
    QWidget,
)

from desktop import app
from desktop.paths import home
from desktop.views.clipboard import SecretClipboard
from desktop.views.main_window import MainWindow
from desktop.views.preferences import Preferences
from desktop.views.state_page import PageState

LIMIT_MS = 30_000
PAUSE_MS = 20
LEFT = Qt.MouseButton.LeftButton
SPOKEN = (QAccessible.Text.Name, QAccessible.Text.Description, QAccessible.Text.Help)
CHILDREN_A_NODE = 200


def say(**event: object) -> None:
    sys.stdout.write(json.dumps(event) + "\n")
    sys.stdout.flush()


def wait_for(state: Callable[[], object], limit_ms: int = LIMIT_MS) -> bool:
    """Let Qt work until something is so; whether it became so."""
    for _ in range(limit_ms // PAUSE_MS):
        if state():
            return True
        QTest.qWait(PAUSE_MS)
    return bool(state())


def spoken(node: QAccessibleInterface | None) -> set[str]:
    """What a screen reader is told of a part of the window and all within."""
    if node is None or not node.isValid():
        return set()
    texts = {node.text(kind) for kind in SPOKEN}
    for number in range(min(node.childCount(), CHILDREN_A_NODE)):
        texts |= spoken(node.child(number))
    return texts


def names() -> set[str]:
    """Every title, tip and accessible name there is now."""
    found: set[str] = set()
    for widget in QApplication.allWidgets():
        found |= {
            widget.windowTitle(),
            widget.accessibleName(),
            widget.accessibleDescription(),
            widget.toolTip(),
            widget.objectName(),
        }
        if widget.isWindow():
            found |= spoken(QAccessible.queryAccessibleInterface(widget))
    return found


def shown_texts(window: QWidget) -> list[str]:
    """What can be read on the screen."""
    texts = [w.text() for w in window.findChildren(QLabel) if w.isVisible()]
    texts += [w.text() for w in window.findChildren(QLineEdit) if w.isVisible()]
    edits = (*window.findChildren(QPlainTextEdit), *window.findChildren(QTextEdit))
    return texts + [w.toPlainText() for w in edits if w.isVisible()]


class Owner(QObject):
    """Tells one story from the Unlock window to the lock."""

    def __init__(self, desktop: app.Desktop, canary: str) -> None:
        super().__init__()
        self._desktop = desktop
        self._canary = canary
        self._looked: set[str] = set()
        self._continue_with(self._use_the_window, after_ms=0)

    def _continue_with(self, part: Callable[[], None], after_ms: int) -> None:
        def act() -> None:
            try:
                part()
            except Exception:  # noqa: BLE001 (Qt would hand it to the window, which would go on)
                traceback.print_exc()
                os._exit(1)

        QTimer.singleShot(after_ms, act)

    def _use_the_window(self) -> None:
        self._unlock()
        self._visit_every_page()
        self._reveal_and_copy()
        self._type_a_new_one()
        self._meet_a_bug()
        self._continue_with(self._lock_when_told, after_ms=5 * PAUSE_MS)

    def _lock_when_told(self) -> None:
        self._prove_the_search()
        say(event="looked", names=sorted(self._looked))
        core = self._desktop.core
        say(event="open", core=None if core is None else core.pid)
        told = threading.Event()
        threading.Thread(target=lambda: (sys.stdin.readline(), told.set()), daemon=True).start()
        wait_for(told.is_set)
        self._main().lock()

    def _main(self) -> MainWindow:
        window = self._desktop.window
        assert isinstance(window, MainWindow), window
        return window

    def _look(self) -> None:
        self._looked |= names()

    def _holds_canary(self) -> bool:
        return any(self._canary in text for text in shown_texts(self._main()))

    def _unlock(self) -> None:
        def field() -> QLineEdit | None:
            window = self._desktop.window
            fields = window.findChildren(QLineEdit) if window is not None else []
            return next((f for f in fields if f.accessibleName() == "Passphrase"), None)

        assert wait_for(lambda: self._desktop.core is not None)
        found = field()
        assert found is not None
        QTest.keyClicks(found, f"pass {self._canary}")
        self._look()
        QTest.keyClick(found, Qt.Key.Key_Return)
        assert wait_for(lambda: isinstance(self._desktop.window, MainWindow))
        say(event="unlocked")

    def _visit_every_page(self) -> None:
        for name in self._main().pages.names():
            self._turn_to(name)
            say(event="visited", page=name)

    def _turn_to(self, name: str) -> QWidget:
        window = self._main()
        window.show_page(name)
        page = window.pages[name]
        wait_for(lambda: page.states.state is not PageState.LOADING and not window._jobs.running)
        self._look()
        return page

    def _button(self, page: QWidget, text: str) -> QAbstractButton:
        buttons = page.findChildren(QAbstractButton)
        visible = (b for b in buttons if b.isVisible())
        return next(b for b in visible if text in b.text().replace("&", "").lower())

    def _reveal_and_copy(self) -> None:
        page = self._turn_to("keys")
        table = page.findChild(QTableView)
        model = table.model()
        for row in range(model.rowCount()):
            place = table.visualRect(model.index(row, 0)).center()
            QTest.mouseClick(table.viewport(), LEFT, pos=place)
            self._reveal(page)
            QTest.mouseClick(self._button(page, "copy"), LEFT)
            assert wait_for(lambda: self._canary in QGuiApplication.clipboard().text())
            self._look()
            gone = wait_for(lambda: self._canary not in QGuiApplication.clipboard().text())
            data = QGuiApplication.clipboard().mimeData()
            say(event="clipboard", row=row, cleared=gone, formats=data.formats() if data else [])

    def _reveal(self, page: QWidget) -> None:
        button = self._button(page, "reveal")
        QTest.mousePress(button, LEFT, pos=QPoint(5, 5))
        was_shown = wait_for(self._holds_canary)
        self._look()
        QTest.mouseRelease(button, LEFT, pos=QPoint(5, 5))
        hidden = wait_for(lambda: not self._holds_canary())
        self._look()
        say(event="revealed", shown=was_shown, hidden=hidden)

    def _type_a_new_one(self) -> None:
        page = self._turn_to("keys")
        QTest.mouseClick(self._button(page, "add a key"), LEFT)
        for field in page.findChildren(QLineEdit):
            if field.isVisible() and field.echoMode() != QLineEdit.EchoMode.Normal:
                field.setText(f"typed {self._canary}")
                say(event="typed")
        self._look()

    def _meet_a_bug(self) -> None:
        """An exception that nobody expected, with a secret among its locals."""
        secret = f"in the locals {self._canary}"

        def breaks() -> None:
            known = secret
            raise ZeroDivisionError(len(known))

        self._desktop._show_problem = lambda _text: say(event="bug")  # type: ignore[method-assign]
        QTimer.singleShot(0, breaks)

    def _prove_the_search(self) -> None:
        """A name that holds the canary would have been found."""
        label = QLabel(f"label {self._canary}", self._main())
        label.show()
        say(event="search", works=any(self._canary in name for name in names()))
        label.hide()
        label.deleteLater()


def main(workspace: str) -> int:
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    QAccessible.setActive(True)
    SecretClipboard.__init__.__defaults__ = (0.5,)  # seconds until a copied secret goes
    desktop = app.Desktop(Path(workspace), Preferences(home() / app.PREFERENCES))
    desktop.start()
    owner = Owner(desktop, sys.stdin.readline().strip())
    status = application.exec()
    owner.deleteLater()
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1]))
