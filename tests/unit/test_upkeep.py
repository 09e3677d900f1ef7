"""Chores of the open vault: soon after the unlock, one failing not in the way of the next."""

import threading

import pytest

from desktop.domain.errors import KeyringLocked
from desktop.services import upkeep
from desktop.services.upkeep import Upkeep

LIMIT_S = 20


@pytest.fixture
def upkeep_of(monkeypatch):
    monkeypatch.setattr(upkeep, "FIRST_PAUSE_S", 0.0)
    made = []

    def make(*chores):
        made.append(Upkeep(chores))
        return made[-1]

    yield make
    for one in made:
        one.stop()


def test_chores_are_done_soon_after_the_start_and_again(upkeep_of, monkeypatch):
    monkeypatch.setattr(upkeep, "PAUSE_S", 0.0)
    done = threading.Semaphore(0)
    kept = upkeep_of(done.release)
    kept.start()
    kept.start()
    for _ in range(3):
        assert done.acquire(timeout=LIMIT_S)
    assert sum(thread.name == "upkeep" for thread in threading.enumerate()) == 1
    kept.stop()
    assert not any(thread.name == "upkeep" for thread in threading.enumerate())


def test_chore_that_fails_is_in_the_log_and_the_next_is_done(upkeep_of, caplog):
    done = []

    def fail():
        raise KeyringLocked("The keyring is locked.")

    upkeep_of(fail, lambda: done.append(True)).do_all()
    assert done == [True]
    assert "The keyring is locked." in caplog.text
