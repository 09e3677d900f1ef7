"""A row of the rollups is told once a second at most, and its last form always."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour
from hosted.clock import system_clock
from hosted.metering.ledger import Open
from hosted.storage.embedded import EmbeddedStorage
from tests.hosted.storage_contract import (
    SIGHTING,
    Broken,
    Seconds,
    commit,
    event,
    rows_of,
    settlement,
)
from tests.hosted.test_sync_feeds import key_of

KEY = "5a" * 32

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("call"), st.integers(0, 1), st.just(0)),
        st.tuples(st.just("call"), st.integers(0, 2), st.integers(0, 1)),
        st.tuples(st.just("wait"), st.sampled_from([0.05, 0.3, 0.7, 1.0, 1.3])),
        st.tuples(st.just("fail")),
        st.tuples(st.just("restart")),
        st.tuples(st.just("nothing")),
    ),
    max_size=30,
)


class World:
    """A storage, its clock, and a follower who looks after every commit."""

    def __init__(self, directory):
        self.directory = directory
        self.seconds = Seconds()
        self.seconds.is_held = True
        self.storage = self._opened()
        self.reached = 0
        self.known = {}
        self.told_at = {}

    def _opened(self):
        return EmbeddedStorage(self.directory, KEY, system_clock, self.seconds)

    def play(self, kind, *values):
        match kind:
            case "call":
                opened = event(customer_id=f"cus_{values[0]}", endpoint_id=f"ep_{values[1]}")
                commit(self.storage, Open(opened, SIGHTING), settlement(opened))
            case "wait":
                self.seconds.now += values[0]
            case "fail":
                with pytest.raises(ZeroDivisionError):
                    commit(self.storage, Open(event(), SIGHTING), Broken())
            case "restart":
                self.storage.close()
                self.storage = self._opened()
                self.told_at.clear()
            case _:
                commit(self.storage)
        self.follow()

    def follow(self):
        """Read the tail; each row in it may not have been in it within the last second."""
        for row in self.storage.rollup_tail(self.reached, 1000):
            before = self.told_at.get(key_of(row))
            assert before is None or self.seconds.now - before >= 0.999
            self.told_at[key_of(row)] = self.seconds.now
            self.known[key_of(row)] = row
            self.reached = row.revision

    def stored(self):
        kinds = (EndpointHour, CustomerDay, CustomerHour)
        return {key_of(row): row for kind in kinds for row in rows_of(self.storage, kind)}


@settings(max_examples=60, deadline=None)
@given(STEPS)
@example([("call", 0, 0), ("wait", 0.7), ("call", 0, 0)])
@example([("call", 0, 0), ("wait", 1.0), ("call", 0, 0), ("call", 0, 0), ("restart",)])
def test_follower_hears_of_a_row_once_a_second_and_of_its_last_form_in_the_end(steps):
    with tempfile.TemporaryDirectory() as directory:
        world = World(Path(directory))
        for step in steps:
            world.play(*step)
        world.seconds.now += 1.1
        world.play("nothing")
        assert world.storage.next_resend is None
        assert world.known == world.stored()
        world.storage.close()
