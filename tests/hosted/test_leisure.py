"""How long the folder rests between slices of its work."""

import pytest

from hosted.metering import leisure
from hosted.metering.leisure import SLICE_S, Leisure


class Thread:
    """Processor time of a thread whose work takes what the test says, and the rests it took."""

    def __init__(self, monkeypatch, waiting):
        self.now = 100.0
        self.waiting = waiting
        self.rests = []
        monkeypatch.setattr(leisure.time, "thread_time", lambda: self.now)
        self.leisure = Leisure(lambda: self.waiting, self.rests.append)
        self.leisure.begin()

    def work(self, seconds):
        self.now += seconds
        self.leisure.rest()


def test_small_pieces_of_work_are_rested_from_once_they_make_a_slice(monkeypatch):
    thread = Thread(monkeypatch, waiting=100)
    for _ in range(3):
        thread.work(SLICE_S * 0.4)
    assert thread.rests == [pytest.approx(SLICE_S * 1.2 * 4)]
    thread.work(SLICE_S * 0.9)
    assert len(thread.rests) == 1


def test_the_more_commands_wait_the_shorter_the_rest(monkeypatch):
    thread = Thread(monkeypatch, waiting=0)
    for thread.waiting in (9_999, 10_000, 20_000, 30_000):
        thread.work(SLICE_S)
    assert thread.rests == [pytest.approx(SLICE_S * times) for times in (4, 2, 0.5)]


def test_nobody_rests_while_somebody_waits_for_the_end(monkeypatch):
    thread = Thread(monkeypatch, waiting=0)
    thread.work(1.0)
    assert thread.rests == []
    thread.waiting = 1
    thread.work(SLICE_S / 2)
    assert thread.rests == []
