"""Why was this call allowed or refused: the rule, the counter and the reset time."""

import pytest

from contract.messages.health import SdkKind
from contract.messages.policies import Limit
from contract.messages.traces import ExplainRequest
from contract.terms import Verdict
from hosted.clock import SECOND_US, rfc3339
from hosted.metering.decisions import limit_text
from hosted.metering.events import EventState
from hosted.storage.usage_records import TraceFilter
from tests.hosted.lab import APP, application, policy
from tests.hosted.storage_contract import event
from tests.hosted.test_admission import START, scene

MIDNIGHT = "2026-09-22T00:00:00.000000Z"


def asked(lab, identity="ann", url="/x", **fields):
    """The explanation of a hypothetical call."""
    request = ExplainRequest(method="GET", url=url, identity=identity, **fields)
    return lab.explainer.explain(lab.application, request)


def last(explanation):
    """The step that decided."""
    return explanation.steps[-1]


def test_call_with_room_is_allowed_and_asking_counts_nothing():
    async def story(lab, _clock):
        await lab.request("ann")
        for _ in range(3):
            told = asked(lab)
        assert told.verdict is Verdict.ALLOWED
        assert [step.rule for step in told.steps] == ["routes", "block", "policy", "limit"]
        assert (last(told).used, last(told).allowed, last(told).resets_at) == ("1", "2", None)
        assert told.policy_id == "pol_0"
        assert await lab.request("ann")

    scene(story, policy({"allowed": 2}))


def test_refusal_names_limit_counter_and_reset():
    async def story(lab, _clock):
        assert await lab.request("ann")
        told = asked(lab)
        assert told.verdict is Verdict.REFUSED
        step = last(told)
        assert (step.rule, step.rule_id, step.used, step.allowed) == ("limit", "pol_0", "1", "1")
        assert step.resets_at == MIDNIGHT
        assert step.text == "1 call in each day, for each caller."
        assert asked(lab, "ben").verdict is Verdict.ALLOWED
        assert asked(lab, at=MIDNIGHT).verdict is Verdict.ALLOWED
        assert await lab.request("ann") is None

    scene(story, policy({"allowed": 1}))


def test_units_are_told_as_decimals():
    async def story(lab, _clock):
        allocation = await lab.request("ann")
        await lab.use(allocation, "ann", amount=2.5)
        assert (last(asked(lab)).used, last(asked(lab)).allowed) == ("2.5", "9")

    scene(story, policy({"allowed": 9, "counts": "units"}))


def test_soft_limit_warns():
    async def story(lab, _clock):
        assert await lab.request("ann")
        assert asked(lab).verdict is Verdict.WARNED
        warned = await lab.request("ann")
        await lab.writer.catch_up()
        stored = lab.storage.trace(APP, warned)
        assert stored.soft_limited
        assert lab.explainer.recorded(stored).verdict is Verdict.WARNED

    scene(story, policy({"allowed": 1, "effect": "warn"}))


def test_limit_outside_its_hours_says_so():
    night = {"weekdays": [1, 2, 3, 4, 5, 6, 7], "start": "00:00", "end": "06:00"}

    async def story(lab, _clock):
        assert await lab.request("ann")
        told = asked(lab)
        assert told.verdict is Verdict.ALLOWED
        assert "does not hold at this hour" in last(told).text
        assert asked(lab, at="2026-09-21T03:00:00Z").verdict is Verdict.REFUSED

    scene(story, policy({"allowed": 1, "schedule": [night]}))


def test_override_and_block_are_named():
    async def story(lab, _clock):
        customer = lab.meter._places._customer_of(APP, "ann")
        override = {
            "application_id": APP,
            "policy_id": "pol_0",
            "customer_id": customer,
            "limits": [{"allowed": 1, "interval": "day"}],
        }
        await lab.put("limit_override", "lim_1", override)
        assert await lab.request("ann")
        assert (last(asked(lab)).rule, last(asked(lab)).rule_id) == ("override", "lim_1")
        assert last(asked(lab, None, customer_id=customer)).rule_id == "lim_1"
        block = {"application_id": APP, "method": "*", "url": "*", "reason": "Unpaid."}
        expires = rfc3339(START + 60 * SECOND_US)
        await lab.put("block", "blk_1", {**block, "expires_at": expires})
        step = last(asked(lab))
        assert (step.rule, step.rule_id, step.resets_at) == ("block", "blk_1", expires)
        assert step.text == "* * is blocked for everybody. Reason: Unpaid."
        assert asked(lab, at=expires).steps[1].verdict is Verdict.ALLOWED

    scene(story, policy({"allowed": 5}))


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"archived": True}, "archived"),
        ({"whitelisted_routes": [{"method": "*", "url": "/x"}]}, "whitelist"),
        ({"metered_routes": [{"method": "POST", "url": "*"}]}, "routes"),
        ({"cap": {"requests": 1, "interval": "day"}}, "cap"),
    ],
)
def test_call_that_is_not_metered_says_why(fields, rule):
    async def story(lab, _clock):
        assert await lab.request("ann")
        await lab.put("application", APP, application(**fields))
        told = asked(lab)
        assert (told.verdict, last(told).rule) == (Verdict.NOT_METERED, rule)

    scene(story, policy({"allowed": 1}))


def test_route_without_policy_is_counted_and_not_limited():
    async def story(lab, _clock):
        told = asked(lab, url="/free")
        assert (told.verdict, last(told).rule) == (Verdict.ALLOWED, "policy")
        assert told.policy_id is None

    scene(story)


def test_explanation_tells_what_the_sdks_in_use_do():
    async def story(lab, _clock):
        lab.explainer._kinds = lambda _application_id: [SdkKind.PYTHON]
        effects = asked(lab).sdk_effects
        assert {effect.kind for effect in effects} == {"fastapi", "flask"}
        assert any("478" in effect.text for effect in effects)

    scene(story, policy({"allowed": 1}))


@pytest.mark.parametrize("kind", ["fixed_window", "sliding_window", "token_bucket"])
def test_recorded_refusal_is_explained_as_it_was(kind):
    async def story(lab, clock):
        assert await lab.request("ann")
        assert await lab.request("ann") is None
        await lab.writer.catch_up()
        clock.pass_s(86_400 * 40)
        (denied,) = lab.storage.traces(
            TraceFilter(APP, states=frozenset({EventState.DENIED})), None, 5
        ).events
        assert denied.refused_by == "pol_0"
        told = lab.explainer.recorded(denied)
        assert told.verdict is Verdict.REFUSED
        step = last(told)
        assert (step.rule, step.rule_id, step.used, step.allowed) == ("limit", "pol_0", "1", "1")
        assert step.resets_at > rfc3339(START)

    scene(story, policy({"allowed": 1, "kind": kind}))


def test_recorded_call_without_a_reason_is_explained_as_far_as_it_can_be():
    async def story(lab, _clock):
        old = lab.explainer.recorded(event(EventState.DENIED, refused_by="pol_9"))
        assert (old.verdict, last(old).rule_id) == (Verdict.REFUSED, "pol_9")
        fine = lab.explainer.recorded(event(EventState.SETTLED))
        assert (fine.verdict, last(fine).text) == (
            Verdict.ALLOWED,
            "No rule refused this call.",
        )

    scene(story)


@pytest.mark.parametrize(
    ("limit", "text"),
    [
        ({"allowed": 2, "interval": "day"}, "2 calls in each day, for each caller."),
        (
            {"allowed": 9, "interval": "hour", "kind": "sliding_window", "counts": "units"},
            "9 units in any stretch of one hour, for each caller.",
        ),
        (
            {"allowed": 6, "interval": "minute", "kind": "token_bucket", "burst": 3},
            "6 calls a minute, 3 at once, for each caller.",
        ),
        (
            {"allowed": 1, "interval": "month", "scope": "application"},
            "1 call in each month, for all callers together.",
        ),
    ],
)
def test_limit_is_told_in_a_sentence(limit, text):
    assert limit_text(Limit.model_validate(limit, strict=False)) == text
