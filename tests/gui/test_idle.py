"""Locking by itself: after a while without the owner, also one that the computer slept through."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from desktop.views.idle import LOOKS_EVERY_MS, IdleWatch, boot_time_s


class Clock:
    now_s = 1000.0

    def __call__(self):
        return self.now_s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def watch(qtbot, clock):
    watch = IdleWatch(10, clock)
    yield watch
    watch._timer.stop()


def ended(watch):
    heard = []
    watch.idle.connect(lambda: heard.append(True))
    return heard


def test_34_ten_minutes_without_the_owner_lock(watch, clock):
    heard = ended(watch)
    clock.now_s += 599
    watch.look()
    assert heard == []
    clock.now_s += 1
    watch.look()
    assert heard == [True]


@pytest.fixture
def window(qtbot):
    window = QWidget()
    qtbot.addWidget(window)
    window.show()
    return window


def press_key(window):
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_A)


def move_mouse(window):
    QTest.mouseMove(window.windowHandle(), QPoint(3, 4))


@pytest.mark.parametrize("act", [press_key, move_mouse])
def test_sign_of_the_owner_begins_the_waiting_anew(window, watch, clock, act):
    heard = ended(watch)
    clock.now_s += 599
    act(window)
    QTest.qWait(0)
    clock.now_s += 599
    watch.look()
    assert heard == []


def test_window_opened_later_is_watched_once_it_has_the_focus(watch, window, clock, qapp):
    heard = ended(watch)
    qapp.focusWindowChanged.emit(window.windowHandle())
    clock.now_s += 599
    press_key(window)
    clock.now_s += 599
    watch.look()
    assert heard == []


def test_34_owner_who_returns_after_twelve_hours_of_sleep_finds_it_locked(watch, clock):
    heard = ended(watch)
    clock.now_s += 12 * 3600
    watch.eventFilter(watch, QEvent(QEvent.Type.MouseMove))
    assert heard == [True]


def test_zero_minutes_never_lock(watch, clock):
    heard = ended(watch)
    watch.set_minutes(0)
    clock.now_s += 10**6
    watch.look()
    assert heard == []


def test_setting_applies_at_once(watch, clock):
    heard = ended(watch)
    watch.set_minutes(1)
    clock.now_s += 60
    watch.look()
    assert heard == [True]
    assert LOOKS_EVERY_MS <= 10_000


def test_34_clock_counts_the_time_since_start_and_not_the_date():
    first = boot_time_s()
    assert 0 < first <= boot_time_s()
