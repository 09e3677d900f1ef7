"""The loop that syncs by itself: when it wakes, how long it waits, and how it ends."""

import threading
import time

import pytest

from desktop.domain.connection import SyncPhase
from desktop.domain.editing import EditState
from desktop.services import sync_loop
from desktop.services.compose import build_services
from desktop.services.sync_loop import SyncLoop
from tests.fakes import PASSPHRASE, no_report
from tests.prices import rule_draft

LIMIT_S = 20


class Rounds:
    """Counts attempts, and lets a test wait for the next one."""

    def __init__(self, answer=None):
        self.answer = answer
        self.count = 0
        self._changed = threading.Condition()

    def __call__(self, _is_stopping):
        with self._changed:
            self.count += 1
            self._changed.notify_all()
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def wait_for(self, count):
        with self._changed:
            assert self._changed.wait_for(lambda: self.count >= count, LIMIT_S)


@pytest.fixture
def loop_of():
    loops = []

    def make(attempt, broke_down=lambda: None):
        loop = SyncLoop(attempt, broke_down)
        loops.append(loop)
        return loop

    yield make
    for loop in loops:
        loop.stop()


def test_first_round_comes_at_once_and_the_next_when_woken(loop_of):
    rounds = Rounds()
    loop = loop_of(rounds)
    loop.start()
    rounds.wait_for(1)
    loop.wake()
    rounds.wait_for(2)


def test_live_page_brings_a_round_at_once_and_then_again_and_again(loop_of, monkeypatch):
    monkeypatch.setattr(sync_loop, "LIVE_PAUSE_S", 0.01)
    rounds = Rounds()
    loop = loop_of(rounds)
    loop.start()
    rounds.wait_for(1)
    loop.set_live(True)
    rounds.wait_for(5)


def test_wake_up_during_a_round_is_not_lost(loop_of):
    first = threading.Event()
    rounds = Rounds()

    def attempt(is_stopping):
        if rounds.count == 0:
            loop.wake()
            first.set()
        return rounds(is_stopping)

    loop = loop_of(attempt)
    loop.start()
    assert first.wait(LIMIT_S)
    rounds.wait_for(2)


def test_starting_twice_makes_one_thread(loop_of):
    rounds = Rounds()
    loop = loop_of(rounds)
    loop.start()
    loop.start()
    rounds.wait_for(1)
    assert sum(thread.name == "sync" for thread in threading.enumerate()) == 1


def test_stop_waits_for_the_round_and_tells_it(loop_of):
    asked = []
    entered = threading.Event()

    def attempt(is_stopping):
        entered.set()
        stopped = threading.Event()
        while not is_stopping():
            stopped.wait(0.001)
        asked.append(True)

    loop = loop_of(attempt)
    loop.start()
    assert entered.wait(LIMIT_S)
    loop.stop()
    assert asked == [True]


def test_pause_is_a_second_while_live_and_half_a_minute_else(loop_of):
    loop = loop_of(Rounds())
    assert loop.pause_s(None) == 30
    loop.set_live(True)
    assert loop.pause_s(None) == 1


@pytest.mark.parametrize(("live", "longest"), [(False, 60), (True, 5)])
def test_failures_double_the_pause_up_to_a_bound(loop_of, live, longest):
    loop = loop_of(Rounds())
    loop.set_live(live)
    pauses = [loop.pause_s(0.0) for _ in range(20)]
    assert 1 <= pauses[0] <= 2
    assert all(longest / 2 <= pause <= longest for pause in pauses[6:])
    assert len(set(pauses[10:])) > 1
    loop.pause_s(None)
    assert loop.pause_s(0.0) <= 2


def test_service_that_asks_to_be_left_alone_is(loop_of):
    assert loop_of(Rounds()).pause_s(300.0) >= 300


def test_wish_for_a_round_waits_while_the_service_wants_to_be_left_alone(loop_of):
    rounds = Rounds(answer=0.4)
    loop = loop_of(rounds)
    begun = time.monotonic()
    loop.start()
    rounds.wait_for(1)
    loop.wake()
    rounds.wait_for(2)
    assert time.monotonic() - begun >= 0.4


def test_bug_that_ends_the_loop_is_told(loop_of, monkeypatch):
    # Not a filter for the warning: those are the whole process's, and other threads change them.
    ended_by = []
    monkeypatch.setattr(threading, "excepthook", lambda ending: ended_by.append(ending.exc_type))
    told = threading.Event()
    loop = loop_of(Rounds(answer=ZeroDivisionError()), told.set)
    loop.start()
    assert told.wait(LIMIT_S)
    loop.stop()
    assert ended_by == [ZeroDivisionError]


@pytest.fixture
def living(device):
    """The same vault as the core opens it: syncing by itself, with notices that can be awaited."""
    device.services.close()
    heard, changed = [], threading.Condition()

    def notice(topic):
        with changed:
            heard.append(topic)
            changed.notify_all()

    services = build_services(
        device.directory, device.directory, notice=notice, surroundings=device.surroundings
    )

    def wait_for(condition):
        with changed:
            assert changed.wait_for(condition, LIMIT_S), heard

    services.workspace.unlock(PASSPHRASE)
    yield services, wait_for
    services.close()


def test_unlocking_starts_to_sync(living, hosted):
    services, wait_for = living
    wait_for(lambda: services.sync.state().last_success is not None)
    wait_for(lambda: services.sync.stamp().online)


def test_edit_is_sent_at_once_without_being_asked(living, hosted):
    services, wait_for = living
    wait_for(lambda: services.sync.stamp().online)
    rule = services.pricing.publish(rule_draft(), None)
    wait_for(lambda: services.pricing.list_rules("app_1")[0].standing.state is EditState.SYNCED)
    assert hosted.body("pricing_rule", rule.rule_id) is not None


def test_loop_notices_the_outage_and_the_return(living, hosted, monkeypatch):
    monkeypatch.setattr(sync_loop, "LIVE_PAUSE_S", 0.01)
    services, wait_for = living
    wait_for(lambda: services.sync.stamp().online)
    hosted.online = False
    services.sync.set_live(True)
    wait_for(lambda: not services.sync.stamp().online)
    assert services.sync.state().problem
    hosted.online = True
    wait_for(lambda: services.sync.stamp().online)
    assert services.sync.state().problem == ""


def test_owner_can_sync_while_the_loop_does(living, hosted):
    services, _ = living
    services.sync.set_live(True)
    for _ in range(5):
        assert services.sync.run(no_report).phase is SyncPhase.IDLE
