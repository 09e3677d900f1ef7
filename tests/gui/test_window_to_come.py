"""The main window that is made while the owner has yet to type: in pauses, once, and in time."""

import pytest
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from shiboken6 import isValid

from desktop.views import window_to_come
from desktop.views.window_to_come import WindowToCome


class Pretended(QWidget):
    """A window that knows whether it was painted."""

    def __init__(self):
        super().__init__()
        self.painted = False

    def paintEvent(self, event):  # noqa: N802 (Qt calls it)
        self.painted = True
        super().paintEvent(event)


@pytest.fixture
def made(qapp):
    made = []
    yield made
    for window in filter(isValid, made):
        window.deleteLater()


@pytest.fixture
def spared(monkeypatch):
    spared = []
    monkeypatch.setattr(window_to_come, "load", lambda: None)
    monkeypatch.setattr(window_to_come, "CALM_MS", 1)
    monkeypatch.setattr(window_to_come, "AFTER_SHOW_MS", 0)
    monkeypatch.setattr(window_to_come, "spare_what_stays", lambda: spared.append(1))
    return spared


@pytest.fixture
def to_come(made, spared):
    def make():
        made.append(Pretended())
        return made[-1]

    return WindowToCome(make)


def test_window_is_built_and_painted_before_it_is_wanted(qtbot, to_come, made, spared):
    to_come.begin()
    qtbot.waitUntil(lambda: spared == [1])
    assert [window.painted for window in made] == [True]
    assert not made[0].isVisible()
    assert to_come.take() is made[0]


def test_window_that_is_wanted_at_once_is_built_then(qtbot, to_come, made, spared):
    window = to_come.take()
    assert made == [window]
    qtbot.waitUntil(lambda: spared == [1])


def test_nothing_is_built_while_the_owner_types(qtbot, to_come, made, monkeypatch):
    monkeypatch.setattr(window_to_come, "CALM_MS", 600_000)
    to_come.begin()
    qtbot.waitUntil(lambda: not to_come._loading.is_alive())
    to_come.put_off()
    QTest.qWait(0)
    assert made == []
    to_come.hurry()
    qtbot.waitUntil(lambda: len(made) == 1)


def test_every_window_taken_is_another(to_come):
    first, second = to_come.take(), to_come.take()
    assert first is not second


def test_another_workspace_gets_a_window_of_its_own(qtbot, to_come, made, spared):
    to_come.begin()
    qtbot.waitUntil(lambda: spared == [1])
    to_come.forget()
    qtbot.waitUntil(lambda: spared == [1, 1])
    assert to_come.take() is made[1]
