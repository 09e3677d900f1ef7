"""Limits against simple oracles: never a call too many, and none refused without a reason."""

from bisect import bisect_right
from datetime import datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from contract.messages.policies import Limit, Span
from contract.messages.rollups import MICRO
from contract.terms import LimitCounts, LimitEffect, LimitInterval, LimitKind, LimitScope
from hosted.clock import SECOND_US
from hosted.metering.gauges import SLICES, SlidingWindow, TokenBucket
from hosted.metering.limit_rules import Scene
from hosted.metering.limits import Limiter, OwnLimits, Passed, Refused
from hosted.metering.windows import length_us, window

UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
START = 1_790_000_000 * SECOND_US
FIXED, SLIDING, BUCKET = LimitKind
CUSTOMERS = st.sampled_from(["cus_1", "cus_2", "anonymous"])


def instant(text, zone=UTC_ZONE):
    """Microseconds of a local time."""
    return int(datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()) * SECOND_US


def planned(*limits, zone=UTC_ZONE, own=None):
    """The plan of a policy with these limits."""
    limiter = Limiter()
    limiter.configure(Scene("pol_1", zone), limits, own or {})
    return limiter.plan("pol_1")


def gauges_of(plan):
    """Gauges of a plan, in the order of its limits."""
    return [fitted.gauge for fitted in plan.gauges.values()]


def per(interval, allowed, kind=FIXED, **fields):
    """A limit."""
    return Limit(allowed=allowed, interval=LimitInterval(interval), kind=kind, **fields)


def passes(plan, at_us, customer="cus_1"):
    """Whether a call is admitted, and counts."""
    return isinstance(plan.admit(customer, at_us), Passed)


class Admissions(RuleBasedStateMachine):
    """Calls of a few customers under several limits at once, beside the list of those admitted."""

    @initialize(
        allowed=st.integers(1, 6),
        interval=st.sampled_from(["second", "minute", "hour", "day"]),
        burst=st.integers(1, 4),
        scope=st.sampled_from(LimitScope),
    )
    def begin(self, allowed, interval, burst, scope):
        self.limits = [
            per(interval, allowed, scope=scope),
            per(interval, allowed, SLIDING),
            per(interval, allowed, BUCKET, burst=burst, scope=scope),
        ]
        self.now_us = START
        self.admitted = []
        self.plan = planned(*self.limits, zone=BERLIN)
        self.step_us = length_us(self.limits[0].interval) // 7

    @rule(customer=CUSTOMERS, steps=st.integers(0, 6))
    def call(self, customer, steps):
        self.now_us += steps * self.step_us
        reasons = [limit for limit in self.limits if self._must_refuse(limit, customer)]
        allows = [limit for limit in self.limits if not self._may_refuse(limit, customer)]
        verdict = self.plan.admit(customer, self.now_us)
        if isinstance(verdict, Passed):
            assert not reasons
            self.admitted.append((self.now_us, customer))
        else:
            assert verdict.rule.limit not in allows
            assert verdict.reading.frees_us > self.now_us
            self._frees(verdict, customer)

    def _frees(self, verdict, customer):
        """The limit that refused lets the customer in at the instant it told, and not before."""
        rule, at_us = verdict.rule, verdict.reading.frees_us
        room = (rule.key(customer), rule.weight, rule.allowed)
        if rule.limit.kind is BUCKET:
            assert not rule.gauge.has_room(*room, at_us - 1)
        self.now_us = at_us
        assert rule.gauge.has_room(*room, at_us)

    def _times(self, limit, customer):
        """Admitted calls a limit counts for a customer, by time."""
        is_shared = limit.scope is LimitScope.APPLICATION
        return [at_us for at_us, who in self.admitted if is_shared or who == customer]

    def _must_refuse(self, limit, customer):
        return self._counted(limit, customer, 0) >= 1

    def _may_refuse(self, limit, customer):
        late_us = length_us(limit.interval) // SLICES if limit.kind is SLIDING else 0
        return self._counted(limit, customer, late_us) >= 1

    def _counted(self, limit, customer, late_us):
        """Share of what is allowed that is used up: 1 and more is full."""
        times = self._times(limit, customer)
        if limit.kind is BUCKET:
            return 1 if self._level(limit, times) < 1 else 0
        if limit.kind is FIXED:
            since_us, _ = window(limit.interval, self.now_us, BERLIN)
            used = sum(at_us >= since_us for at_us in times)
        else:
            since_us = self.now_us - length_us(limit.interval) - late_us
            used = len(times) - bisect_right(times, since_us)
        return Fraction(used, limit.allowed)

    def _level(self, limit, times):
        level, before_us = Fraction(limit.burst), START
        rate = Fraction(limit.allowed, length_us(limit.interval))
        for at_us in times:
            level = min(Fraction(limit.burst), level + (at_us - before_us) * rate) - 1
            before_us = at_us
        return min(Fraction(limit.burst), level + (self.now_us - before_us) * rate)

    @invariant()
    def memory_is_bounded(self):
        if hasattr(self, "plan"):
            sliding = next(g for g in gauges_of(self.plan) if isinstance(g, SlidingWindow))
            kept = [*sliding._young.values(), *sliding._old.values()]
            assert all(len(slices.entries) <= SLICES + 1 for slices in kept)


TestAdmissions = Admissions.TestCase
TestAdmissions.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@pytest.mark.parametrize(
    ("interval", "last", "first"),
    [
        ("second", "2026-03-29T01:59:59", "2026-03-29T03:00:00"),
        ("hour", "2026-03-29T01:59:59", "2026-03-29T03:00:00"),
        ("day", "2026-03-28T23:59:59", "2026-03-29T00:00:00"),
        ("day", "2026-03-29T23:59:59", "2026-03-30T00:00:00"),
        ("day", "2026-10-25T23:59:59", "2026-10-26T00:00:00"),
        ("week", "2026-03-29T23:59:59", "2026-03-30T00:00:00"),
        ("month", "2026-02-28T23:59:59", "2026-03-01T00:00:00"),
        ("month", "2028-02-29T23:59:59", "2028-03-01T00:00:00"),
        ("month", "2026-12-31T23:59:59", "2027-01-01T00:00:00"),
    ],
)
def test_fixed_window_ends_at_the_owners_edge(interval, last, first):
    plan = planned(per(interval, 1), zone=BERLIN)
    end_us = instant(first, BERLIN)
    assert instant(last, BERLIN) < end_us
    assert passes(plan, end_us - 1)
    assert not passes(plan, end_us - 1)
    assert passes(plan, end_us)


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25), ("2026-06-01", 24)]
)
def test_days_limit_holds_for_the_whole_day_of_a_clock_change(day, hours):
    plan = planned(per("day", 1), zone=BERLIN)
    start_us = instant(f"{day}T00:00:00", BERLIN)
    assert passes(plan, start_us)
    refused = plan.admit("cus_1", start_us + (hours * 3600 - 1) * SECOND_US)
    assert isinstance(refused, Refused)
    assert refused.reading.frees_us == start_us + hours * 3600 * SECOND_US
    assert passes(plan, refused.reading.frees_us)


def test_repeated_hour_of_autumn_is_two_windows():
    plan = planned(per("hour", 1), zone=BERLIN)
    first_us = instant("2026-10-25T02:30:00", BERLIN)
    assert passes(plan, first_us)
    assert not passes(plan, first_us + 29 * 60 * SECOND_US)
    assert passes(plan, first_us + 3600 * SECOND_US)


def test_clock_that_is_set_back_opens_no_new_window():
    plan = planned(per("hour", 1))
    assert passes(plan, START)
    assert not passes(plan, START - 3600 * SECOND_US)


def test_sliding_window_never_admits_more_across_an_edge():
    plan = planned(per("minute", 2, SLIDING))
    edge_us = window(LimitInterval.MINUTE, START, UTC_ZONE)[1]
    assert passes(plan, edge_us - SECOND_US)
    assert passes(plan, edge_us - 1)
    assert not passes(plan, edge_us + 30 * SECOND_US)
    assert passes(plan, edge_us + 60 * SECOND_US)


def test_bucket_lets_a_burst_pass_and_then_fills_evenly():
    plan = planned(per("minute", 6, BUCKET, burst=3))
    assert [passes(plan, START) for _ in range(4)] == [True, True, True, False]
    assert not passes(plan, START + 10 * SECOND_US - 1)
    assert passes(plan, START + 10 * SECOND_US)


def test_bucket_forgets_no_debt():
    bucket = TokenBucket(LimitInterval.SECOND, "b", MICRO, MICRO)
    bucket.add("cus_1", 100 * MICRO, START, START)
    for second in range(1, 99):
        assert not bucket.has_room("cus_1", MICRO, 0, START + second * SECOND_US)
        bucket.has_room(f"cus_{second}", MICRO, 0, START + second * SECOND_US)
    assert bucket.has_room("cus_1", MICRO, 0, START + 100 * SECOND_US)


def test_strictest_of_several_limits_refuses_and_nothing_is_counted():
    plan = planned(per("minute", 2), per("day", 3))
    assert passes(plan, START)
    assert passes(plan, START)
    refused = plan.admit("cus_1", START)
    assert (refused.rule.place, refused.reading.used) == (0, 2)
    assert passes(plan, START + 60 * SECOND_US)
    refused = plan.admit("cus_1", START + 120 * SECOND_US)
    assert (refused.rule.place, refused.reading.used) == (1, 3)


def test_limit_of_the_application_is_shared_by_all_callers():
    plan = planned(per("minute", 2, scope=LimitScope.APPLICATION))
    assert passes(plan, START, "cus_1")
    assert passes(plan, START, "cus_2")
    assert not passes(plan, START, "cus_3")


def test_soft_limit_warns_and_admits():
    plan = planned(per("minute", 1, effect=LimitEffect.WARN))
    assert plan.admit("cus_1", START) == Passed((), is_warned=False)
    assert plan.admit("cus_1", START) == Passed((), is_warned=True)
    assert plan.count("cus_1", START).is_warned
    assert plan.stopping("cus_1", START) is None


UNITS = {"counts": LimitCounts.UNITS}


@pytest.mark.parametrize("kind", LimitKind)
def test_open_hold_weighs_one_unit_until_its_units_are_known(kind):
    plan = planned(per("hour", 5, kind, **UNITS))
    for _ in range(5):
        assert passes(plan, START)
    assert not passes(plan, START)
    plan.release("cus_1", START, START)
    plan.settle("cus_1", 0, START, START)
    assert passes(plan, START)
    for _ in range(5):
        plan.release("cus_1", START, START)
    plan.settle("cus_1", 4_500_000, START, START)
    assert not passes(plan, START)


@pytest.mark.parametrize("kind", LimitKind)
def test_credit_gives_units_back(kind):
    plan = planned(per("hour", 5, kind, **UNITS))
    plan.settle("cus_1", 5 * MICRO, START, START)
    assert not passes(plan, START)
    plan.settle("cus_1", -2 * MICRO, START, START)
    assert passes(plan, START)


def test_units_belong_to_the_window_in_which_their_call_began():
    plan = planned(per("minute", 5, **UNITS))
    edge_us = window(LimitInterval.MINUTE, START, UTC_ZONE)[1]
    assert passes(plan, edge_us - 1)
    plan.release("cus_1", edge_us - 1, edge_us)
    plan.settle("cus_1", 100 * MICRO, edge_us - 1, edge_us)
    assert passes(plan, edge_us)


@pytest.mark.parametrize("kind", LimitKind)
def test_call_that_could_not_be_stored_gives_its_place_back(kind):
    plan = planned(per("hour", 1, kind))
    assert passes(plan, START)
    plan.take_back("cus_1", START, START)
    assert passes(plan, START)


def test_customer_with_own_limits_has_these_until_they_expire():
    own = {"cus_1": OwnLimits("lim_1", (per("day", 3),), START + 60 * SECOND_US)}
    plan = planned(per("day", 1), own=own)
    assert [passes(plan, START) for _ in range(4)] == [True, True, True, False]
    assert plan.admit("cus_1", START).rule.rule_id == "lim_1"
    assert [passes(plan, START, "cus_2") for _ in range(2)] == [True, False]
    assert plan.admit("cus_1", START + 60 * SECOND_US).rule.rule_id == "pol_1"


def test_customer_freed_of_all_limits_still_counts_for_everybody():
    shared = per("day", 2, scope=LimitScope.APPLICATION)
    plan = planned(shared, own={"cus_1": OwnLimits("lim_1", ())})
    assert all(passes(plan, START) for _ in range(3))
    assert not passes(plan, START, "cus_2")


def test_schedule_decides_when_a_limit_refuses_and_not_what_it_counts():
    office = Span(weekdays=(1, 2, 3, 4, 5), start="09:00", end="17:00")
    plan = planned(per("day", 1, schedule=(office,)), zone=BERLIN)
    assert passes(plan, instant("2026-11-23T08:00:00", BERLIN))
    assert passes(plan, instant("2026-11-23T08:59:59", BERLIN))
    assert not passes(plan, instant("2026-11-23T09:00:00", BERLIN))
    assert passes(plan, instant("2026-11-23T17:00:00", BERLIN))
    assert passes(plan, instant("2026-11-28T12:00:00", BERLIN))


@pytest.mark.parametrize(
    ("at", "is_on"),
    [
        ("2026-11-29T21:59:00", False),
        ("2026-11-29T22:00:00", True),
        ("2026-11-30T05:59:59", True),
        ("2026-11-30T06:00:00", False),
    ],
)
def test_span_may_run_over_midnight_and_the_end_of_the_week(at, is_on):
    night = Span(weekdays=(7,), start="22:00", end="06:00")
    plan = planned(per("month", 1, schedule=(night,)), zone=BERLIN)
    assert passes(plan, instant("2026-11-29T12:00:00", BERLIN))
    assert passes(plan, instant(at, BERLIN)) is not is_on


def test_edit_of_the_number_keeps_what_was_counted():
    limiter = Limiter()
    limiter.configure(Scene("pol_1", UTC_ZONE), [per("day", 1), per("hour", 9, SLIDING)], {})
    assert passes(limiter.plan("pol_1"), START)
    new = limiter.configure(Scene("pol_1", UTC_ZONE), [per("day", 2), per("hour", 1, SLIDING)], {})
    assert new == {}
    refused = limiter.plan("pol_1").admit("cus_1", START)
    assert refused.rule.place == 1


def test_new_kind_of_limit_begins_empty_and_says_so():
    limiter = Limiter()
    limiter.configure(Scene("pol_1", UTC_ZONE), [per("day", 1)], {})
    new = limiter.configure(Scene("pol_1", UTC_ZONE), [per("day", 1), per("hour", 1)], {})
    assert [name.split(":")[1] for name in new] == ["fixed_window.hour.calls.identity.UTC"]


def test_policy_without_limits_has_no_plan():
    limiter = Limiter()
    limiter.configure(Scene("pol_1", UTC_ZONE), [per("day", 1)], {})
    limiter.configure(Scene("pol_1", UTC_ZONE), [], {})
    assert limiter.plan("pol_1") is None


def test_end_of_a_crowded_window_is_tidied_up_bit_by_bit():
    plan = planned(per("minute", 1))
    for number in range(1000):
        passes(plan, START, f"cus_{number}")
    (gauge,) = gauges_of(plan)
    for call in range(250):
        passes(plan, START + 60 * SECOND_US, f"new_{call}")
    assert gauge._forgotten == {}


def test_quiet_keys_are_forgotten():
    plan = planned(per("second", 5, SLIDING), per("second", 5, BUCKET))
    for number in range(100):
        passes(plan, START, f"cus_{number}")
    for later in range(1, 5):
        passes(plan, START + later * 2 * SECOND_US)
    sliding, bucket = gauges_of(plan)
    assert len(sliding._young) + len(sliding._old) <= 1
    assert len(bucket._levels) + len(bucket._old) <= 1


@pytest.mark.parametrize("kind", LimitKind)
@pytest.mark.parametrize(
    ("later_s", "used"), [(0, 1), (10, 1), (3600, 0), (86_400 * 40, 0)], ids=str
)
def test_question_about_another_instant_changes_nothing(kind, later_s, used):
    plan = planned(per("minute", 1, kind))
    assert passes(plan, START)
    (rule,) = plan.rules_of("cus_1", START)
    at_us = START + later_s * SECOND_US
    reading = rule.reading("cus_1", at_us)
    assert (reading.used or reading.frees_us > at_us) == bool(used)
    assert not passes(plan, START + SECOND_US)


@pytest.mark.parametrize("kind", LimitKind)
def test_quiet_key_is_remembered_as_long_as_it_counts(kind):
    plan = planned(per("minute", 1, kind))
    assert passes(plan, START, "first")
    late_us = START + 25 * SECOND_US
    assert passes(plan, late_us)
    assert passes(plan, START + 62 * SECOND_US, "other") is True
    (rule,) = plan.rules_of("cus_1", late_us)
    counts = kind is not FIXED
    assert (
        rule.reading("cus_1", START + 63 * SECOND_US).frees_us > START + 63 * SECOND_US
    ) is counts
    assert passes(plan, START + 63 * SECOND_US) is not counts
    assert passes(plan, START + 90 * SECOND_US) is counts


def used(plan, customer, now_us):
    """What the first limit shows of a customer."""
    return plan.rules[0].reading(customer, now_us).used


@pytest.mark.parametrize("kind", list(LimitKind))
def test_new_pseudonym_goes_on_with_what_the_earlier_ones_used(kind):
    plan = planned(per("day", 5, kind))
    calls = ["old", "old", "older"]
    for customer in calls:
        assert passes(plan, START, customer)
    for _ in range(3):  # every call says it again
        plan.follow("new", ("old", "older"), START)
    before = 2 if kind is BUCKET else 3  # buckets fill alike: the emptiest one counts
    assert used(plan, "new", START) == before
    admitted = 0
    while passes(plan, START, "new"):
        plan.follow("new", ("old", "older"), START)
        admitted += 1
    assert admitted == 5 - before
    assert passes(plan, START, "somebody else")


@pytest.mark.parametrize("kind", list(LimitKind))
def test_window_of_an_earlier_pseudonym_ends_like_any_other(kind):
    plan = planned(per("minute", 2, kind))
    for _ in range(2):
        assert passes(plan, START, "old")
    later = START + 3 * length_us(LimitInterval.MINUTE)
    plan.follow("new", ("old",), later)
    assert used(plan, "new", later) == 0


def test_release_of_a_hold_under_an_earlier_pseudonym_is_taken_over():
    plan = planned(per("day", 5, counts=LimitCounts.UNITS))
    plan.admit("old", START)
    plan.follow("new", ("old",), START)
    plan.release("old", START, START)
    plan.settle("old", 3 * MICRO, START, START)
    plan.follow("new", ("old",), START)
    assert used(plan, "new", START) == 3 * MICRO


def test_exception_of_a_customer_follows_a_new_pseudonym_unless_it_has_its_own():
    few, many = per("day", 1), per("day", 9)
    own = {"old": OwnLimits("ovr_1", (many,)), "newest": OwnLimits("ovr_2", (few,))}
    plan = planned(few, own=own)
    plan.follow("new", ("old",), START)
    plan.follow("newest", ("old",), START)
    assert [rule.rule_id for rule in plan.rules_of("new", START)] == ["ovr_1"]
    assert [rule.rule_id for rule in plan.rules_of("newest", START)] == ["ovr_2"]
    assert all(passes(plan, START, "new") for _ in range(9))
    assert not passes(plan, START, "new")


def test_what_all_callers_share_is_not_counted_twice():
    plan = planned(per("day", 5, scope=LimitScope.APPLICATION))
    assert passes(plan, START, "old")
    plan.follow("new", ("old",), START)
    assert used(plan, "new", START) == 1
