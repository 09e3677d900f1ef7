"""Open allocations in memory: until they are settled, run out, or are forgotten."""

from types import SimpleNamespace

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from hosted.clock import SECOND_US
from hosted.metering.holds import GRACE_S, Hold, Holds

POLICY = SimpleNamespace(policy_id="pol_1")
OTHER = SimpleNamespace(policy_id="pol_2")


def hold(expires_s, policy=POLICY):
    return Hold(policy, "cus_1", 0, expires_s * SECOND_US)


@pytest.fixture
def holds():
    return Holds()


def test_a_hold_that_ran_out_weighs_no_more_and_its_settlement_still_finds_it(holds):
    holds.open(("app", "a"), hold(10))
    assert list(holds.run_out(10 * SECOND_US)) == []
    (ran_out,) = holds.run_out(11 * SECOND_US)
    assert not ran_out.weighs
    assert list(holds.of_policy("pol_1")) == []
    assert holds.close(("app", "a")) is ran_out
    assert holds.close(("app", "a")) is None


def test_a_hold_nobody_settles_is_forgotten_after_the_grace(holds):
    holds.open(("app", "a"), hold(10))
    assert len(list(holds.run_out(11 * SECOND_US))) == 1
    assert list(holds.run_out((10 + GRACE_S + 1) * SECOND_US)) == []
    assert holds.close(("app", "a")) is None


def test_a_settled_hold_does_not_run_out(holds):
    holds.open(("app", "a"), hold(10))
    holds.open(("app", "b"), hold(10))
    assert holds.close(("app", "a")) is not None
    assert len(list(holds.run_out(60 * SECOND_US))) == 1


def test_holds_are_told_by_their_policy(holds):
    mine, other = hold(10), hold(10, OTHER)
    holds.open(("app", "a"), mine)
    holds.open(("app", "b"), other)
    assert list(holds.of_policy("pol_1")) == [mine]


class Lives(RuleBasedStateMachine):
    """Any order of opening, settling and waiting, against a list that is searched."""

    def __init__(self):
        super().__init__()
        self.holds = Holds()
        self.now_s = 0
        self.open = {}

    @rule(key=st.integers(0, 5), lasts_s=st.integers(1, 30))
    def open_one(self, key, lasts_s):
        if key not in self.open:
            self.open[key] = hold(self.now_s + lasts_s)
            self.holds.open(("app", str(key)), self.open[key])

    @precondition(lambda self: self.open)
    @rule(data=st.data())
    def settle_one(self, data):
        key = data.draw(st.sampled_from(sorted(self.open)))
        assert self.holds.close(("app", str(key))) is self.open.pop(key)

    @rule(seconds=st.integers(1, 40))
    def wait(self, seconds):
        self.now_s += seconds
        expected = {
            key for key, one in self.open.items()
            if one.weighs and one.expires_us // SECOND_US < self.now_s
        }  # fmt: skip
        ran_out = list(self.holds.run_out(self.now_s * SECOND_US))
        assert {key for key, one in self.open.items() if one in ran_out} == expected

    @invariant()
    def those_that_weigh_are_told(self):
        weighing = [one for one in self.open.values() if one.weighs]
        assert sorted(map(id, self.holds.of_policy("pol_1"))) == sorted(map(id, weighing))


TestLives = Lives.TestCase
TestLives.settings = settings(max_examples=40, stateful_step_count=30)
