"""Limits in the whole metering: what counts, what is given back, and what a restart remembers."""

import asyncio
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hosted.clock import SECOND_US
from hosted.errors import StorageUnavailable
from hosted.metering.endpoints import endpoint_id
from hosted.metering.ledger import Correct, ExpireHolds
from hosted.metering.windows import hour_and_day
from hosted.storage.usage_records import Correction
from tests.hosted.lab import APP, application, living, policy

START = 1_790_000_000 * SECOND_US
KINDS = ["fixed_window", "sliding_window", "token_bucket"]
INTERVALS = ["second", "minute", "hour", "day", "week", "month"]


class HeldClock:
    """A clock that stands until a test moves it."""

    def __init__(self, now_us=START):
        self.now_us = now_us

    def __call__(self):
        return self.now_us

    def pass_s(self, seconds):
        """Let time pass."""
        self.now_us += int(seconds * SECOND_US)


def scene(story, *bodies, zone="UTC", lives=1):
    """Run a story on a fresh service with these policies; once for each of its lives."""

    async def run(directory):
        clock = HeldClock()
        for life in range(lives):
            async with living(directory, clock) as lab:
                if life == 0:
                    await lab.put("application", APP, application(time_zone=zone))
                    for number, body in enumerate(bodies):
                        await lab.put("policy", f"pol_{number}", body)
                await story(lab, clock, *([life] if lives > 1 else []))

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(run(Path(directory)))


@pytest.mark.parametrize("kind", KINDS)
def test_calls_of_many_callers_at_once_are_admitted_exactly(kind):
    async def story(lab, _clock):
        asked = [lab.request(f"user {number % 2}") for number in range(40)]
        admitted = await asyncio.gather(*asked)
        assert sum(found is not None for found in admitted) == 2 * 7

    scene(story, policy({"allowed": 7, "kind": kind}))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("interval", INTERVALS)
def test_calls_and_units_of_before_a_restart_still_count(kind, interval):
    limits = [
        {"allowed": 5, "kind": kind, "interval": interval},
        {"allowed": 9, "kind": kind, "interval": interval, "counts": "units"},
    ]

    async def story(lab, _clock, life):
        if life == 0:
            for amount in (2, 3.5):
                allocation = await lab.request("ann")
                await lab.use(allocation, "ann", amount=amount)
            assert await lab.request("ann")
        else:
            assert await lab.request("ann")
            assert await lab.request("ann")
            assert await lab.request("ann") is None
            assert await lab.request("ben")

    scene(story, policy(*limits), lives=2)


@pytest.mark.parametrize("kind", KINDS)
def test_open_hold_of_before_a_restart_is_settled_once(kind):
    kept = []

    async def story(lab, _clock, life):
        if life == 0:
            kept.append(await lab.request("ann"))
        else:
            await lab.use(kept[0], "ann", amount=4)
            await lab.use(kept[0], "ann", amount=4)
            assert await lab.request("ann")
            assert await lab.request("ann") is None

    scene(story, policy({"allowed": 5, "kind": kind, "counts": "units"}), lives=2)


def test_hold_that_runs_out_gives_its_unit_back_and_its_call_not():
    limits = [{"allowed": 1, "counts": "units"}, {"allowed": 2}]

    async def story(lab, clock):
        assert await lab.request("ann")
        assert await lab.request("ann") is None
        clock.pass_s(62)
        await lab.writer.run(ExpireHolds(clock()))
        await lab.upkeep.end_what_ran_out()
        assert await lab.request("ann")
        clock.pass_s(62)
        await lab.upkeep.end_what_ran_out()
        assert await lab.request("ann") is None

    scene(story, policy(*limits))


def test_late_settlement_counts_in_the_window_its_call_began_in():
    async def story(lab, clock):
        allocation = await lab.request("ann")
        clock.pass_s(120)
        await lab.upkeep.end_what_ran_out()
        await lab.use(allocation, "ann", amount=5)
        assert await lab.request("ann") is None

    scene(story, policy({"allowed": 5, "counts": "units"}))


def test_settlement_that_overtook_its_call_counts_once():
    async def story(lab, _clock):
        allocation = "0b6ee50e-1d1c-4d0c-9f0f-2a1c6d7c2f11"
        await lab.use(allocation, "ann", amount=3)
        lab.report("ann", allocation_id=allocation)
        lab.report("ann", allocation_id=allocation)
        await lab.use(allocation, "ann", amount=3)
        assert await lab.request("ann")
        assert await lab.request("ann")
        assert await lab.request("ann") is None

    scene(story, policy({"allowed": 5, "counts": "units"}))


def test_call_that_was_not_stored_gives_its_place_back(monkeypatch, caplog):
    async def story(lab, _clock):
        def refuse(_entry):
            raise StorageUnavailable("The disk is full.")

        with monkeypatch.context() as full:
            full.setattr(lab.storage.journal, "append", refuse)
            assert await lab.request("ann") is None
        lab.writer._next_try = 0.0
        assert await lab.request("ann")
        assert await lab.request("ann") is None

    scene(story, policy({"allowed": 1}, {"allowed": 1, "counts": "units"}))
    assert "refuses writes" in caplog.text


def test_repeated_call_counts_once():
    async def story(lab, _clock):
        allocation = lab.report("ann")
        lab.report("ann", allocation_id=allocation)
        assert await lab.request("ann")
        assert await lab.request("ann") is None

    scene(story, policy({"allowed": 2}))


def test_own_limits_of_a_customer_hold_until_they_expire():
    override = {
        "application_id": APP,
        "policy_id": "pol_0",
        "limits": [{"allowed": 3, "interval": "day"}],
        "expires_at": "2026-09-21T15:00:00Z",
    }

    async def story(lab, clock):
        assert await lab.request("ann")
        customer = lab.meter._places._customer_of(APP, "ann")
        await lab.put("limit_override", "lim_1", {**override, "customer_id": customer})
        assert await lab.request("ann")
        assert await lab.request("ann")
        assert await lab.request("ann") is None
        assert await lab.request("ben")
        assert await lab.request("ben") is None
        await lab.put("limit_override", "lim_1", None)
        clock.pass_s(86_400)
        assert await lab.request("ann")
        assert await lab.request("ann") is None

    scene(story, policy({"allowed": 1}))


def test_new_fixed_limit_counts_what_its_day_already_had():
    async def story(lab, _clock):
        for _ in range(3):
            assert await lab.request("ann")
        await lab.put("policy", "pol_0", policy({"allowed": 4}))
        assert await lab.request("ann")
        assert await lab.request("ann") is None

    scene(story, policy())


def test_new_minute_limit_counts_what_its_minute_already_had():
    async def story(lab, clock):
        assert await lab.request("ann")
        clock.pass_s(1)
        await lab.put("policy", "pol_0", policy({"allowed": 2, "interval": "minute"}))
        assert await lab.request("ann")
        assert await lab.request("ann") is None

    scene(story, policy())


def test_change_of_the_time_zone_moves_the_window():
    async def story(lab, _clock):
        assert await lab.request("ann")
        await lab.put("application", APP, application(time_zone="Asia/Kathmandu"))
        assert await lab.request("ann") is None

    scene(story, policy({"allowed": 1}))


def test_function_has_limits_of_its_own():
    function = policy(
        {"allowed": 1},
        kind="function",
        function_name="ask",
        function_path="svc/llm.go",
        identity_location=None,
        identity_name=None,
        method="*",
        url="*",
    )
    facts = {
        "type": "FUNCTION_CALL",
        "functionName": "ask",
        "functionPath": "svc/llm.go",
    }

    async def story(lab, _clock, life):
        if life == 0:
            assert await lab.request("ann")
            assert await lab.request("ann", **facts)
        assert await lab.request("ann", **facts) is None
        assert await lab.request("ann", **{**facts, "functionName": "tell"})

    scene(story, policy(), function, lives=2)


def test_settlement_of_a_function_is_metered_by_its_policy():
    function = policy(
        kind="function",
        function_name="ask",
        identity_location=None,
        identity_name=None,
        metering={"expression": "tokens / 2"},
        method="*",
        url="*",
    )
    facts = {"type": "FUNCTION_CALL", "functionName": "ask", "functionPath": "svc/llm.go"}

    async def story(lab, _clock):
        allocation = lab.report("ann", **facts)
        bare = {"type": "FUNCTION_CALL", "functionName": "ask", "totalTokens": 7}
        await lab.use(allocation, "", None, None, **bare)
        await lab.writer.catch_up()
        assert lab.storage.trace(APP, allocation).units_micro == 3_500_000

    scene(story, function)


def correction(lab, units_micro):
    """A correction of ann's account."""
    hour, day = hour_and_day(lab.clock(), lab.application.zone)
    return Correction(
        correction_id=f"cor_{units_micro}",
        application_id=APP,
        idempotency_key=f"key_{units_micro}",
        customer_id=lab.meter._places._customer_of(APP, "ann"),
        endpoint_id=endpoint_id(APP, "GET", "/x"),
        units_micro=units_micro,
        reason="Goodwill",
        actor="owner",
        at_us=lab.clock(),
        hour=hour,
        day=day,
    )


@pytest.mark.parametrize("interval", ["hour", "day", "month"])
def test_correction_counts_for_limits_at_once_and_after_a_restart(interval):
    async def story(lab, _clock, life):
        if life == 0:
            allocation = await lab.request("ann")
            await lab.use(allocation, "ann", amount=5)
            assert await lab.request("ann") is None
            lab.seeder.correct(await lab.writer.run(Correct(correction(lab, -2_000_000))))
            assert await lab.request("ann")
        else:
            assert await lab.request("ann")
            assert await lab.request("ann") is None

    limit = {"allowed": 5, "counts": "units", "interval": interval}
    scene(story, policy(limit), lives=2)


@pytest.mark.parametrize("kind", KINDS)
def test_booking_of_a_credit_raises_what_a_caller_has_left(kind):
    booking = {"method": "CREDIT", "url": "vibe:credit"}

    async def story(lab, _clock):
        for amount, passes in ((5, False), (-2, True)):
            allocation = lab.report("ann", **booking)
            await lab.use(allocation, "ann", **booking, amount=amount)
            assert (await lab.request("ann", **booking) is not None) is passes

    scene(story, policy({"allowed": 5, "counts": "units", "kind": kind}, **booking))


@pytest.mark.parametrize("interval", ["day", "week", "month"])
def test_cap_pauses_metering_and_survives_a_restart(interval):
    async def story(lab, clock, life):
        if life == 0:
            cap = {"requests": 3, "interval": interval}
            await lab.put("application", APP, application(cap=cap))
            for _ in range(2):
                assert await lab.request("ann", url="/free")
        else:
            assert await lab.request("ann", url="/free")
            uncounted = await lab.request("ann", url="/free")
            await lab.use(uncounted, "ann", url="/free")
            await lab.writer.catch_up()
            assert lab.storage.trace(APP, uncounted) is None
            clock.pass_s(32 * 86_400)
            counted = await lab.request("ann", url="/free")
            await lab.writer.catch_up()
            assert lab.storage.trace(APP, counted) is not None

    scene(story, lives=2)


def test_marks_nobody_needs_are_forgotten_by_the_chore():
    async def story(lab, clock):
        assert await lab.request("ann")
        await lab.upkeep.forget_marks()
        assert len(lab.storage.marks()) == 2
        clock.pass_s(3700)
        await lab.upkeep.forget_marks()
        assert lab.storage.marks() == []

    limits = [
        {"allowed": 2, "kind": "sliding_window", "interval": "hour"},
        {"allowed": 2, "kind": "token_bucket", "interval": "hour"},
    ]
    scene(story, policy(*limits))


steps = st.lists(
    st.tuples(
        st.sampled_from(["ann", "ben"]),
        st.sampled_from([0, 0, 0, 1, 20, 61, 4000, 90_000]),
        st.sampled_from(["ask", "ask", "ask", "settle", "restart", "expire"]),
        st.integers(0, 4),
    ),
    min_size=5,
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(
    steps,
    st.sampled_from(KINDS),
    st.sampled_from(["minute", "hour", "day"]),
    st.sampled_from(["calls", "units"]),
)
def test_service_that_is_restarted_decides_like_one_that_is_not(steps, kind, interval, counts):
    limit = {"allowed": 4, "kind": kind, "interval": interval, "counts": counts}

    async def both(directory):
        restarted = await _decisions(directory / "a", steps, limit, restarts=True)
        steady = await _decisions(directory / "b", steps, limit, restarts=False)
        assert restarted == steady

    with tempfile.TemporaryDirectory() as directory:
        asyncio.run(both(Path(directory)))


async def _decisions(directory, steps, limit, *, restarts):
    """What callers are answered, step by step."""
    directory.mkdir()
    clock, answers, open_calls = HeldClock(), [], {"ann": [], "ben": []}
    parts = _parts(steps) if restarts else [steps]
    for number, part in enumerate(parts):
        async with living(directory, clock) as lab:
            if number == 0:
                await lab.put("application", APP, application())
                await lab.put("policy", "pol_0", policy(limit))
            answers += [await _step(lab, clock, open_calls, step) for step in part]
    return answers


def _parts(steps):
    parts = [[]]
    for step in steps:
        parts[-1].append(step)
        if step[2] == "restart":
            parts.append([])
    return parts


async def _step(lab, clock, open_calls, step):
    caller, seconds, what, amount = step
    clock.pass_s(seconds)
    await lab.writer.run(ExpireHolds(clock()))
    await lab.upkeep.end_what_ran_out()
    if what == "ask":
        allocation = await lab.request(caller)
        if allocation is not None:
            open_calls[caller].append(allocation)
        return allocation is not None
    if what == "settle" and open_calls[caller]:
        await lab.use(open_calls[caller].pop(), caller, amount=amount)
    return None
