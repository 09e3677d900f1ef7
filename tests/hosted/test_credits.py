"""What clients are told a customer has left."""

import asyncio
import time
import uuid

import pytest

from tests.hosted.service import GO_AGENT, connected, new_api, request, use

CHAT = "vibe:chat:openai:small"
DAY_LIMIT = {"allowed": 3, "interval": "day"}


def asked(api, calls=(), **question):
    """Make calls as a client of metered models, then ask for credits."""

    async def scene():
        async with connected(api, GO_AGENT) as client:
            for identity, amount in calls:
                facts = {"method": "CHAT", "url": CHAT}
                opening = {"alias": identity, "amount": 1, "metadata": facts}
                opened = await client.ask("request_for_allocation", opening)
                if opened["type"] == "error":
                    continue
                allocation_id = opened["payload"]["allocationId"]
                closing = {**opening, "amount": amount, "allocationId": allocation_id}
                await client.ask("use_allocation", closing)
            return await client.ask("get_credits", question)

    answer = asyncio.run(scene())
    assert answer["type"] == "success"
    return answer["payload"]


def until_counted(api, units, **question):
    """The answer once the calls before are counted for the period."""
    ends = time.monotonic() + 20
    while (payload := asked(api, **question))["identity"]["used"] != units:
        assert time.monotonic() < ends, payload
    return payload


def test_stranger_without_limits_has_used_nothing(api):
    payload = asked(api, identity="ann")
    assert payload == {
        "account": None,
        "identity": {"identity": "ann", "used": 0, "known": False},
        "workflows": [],
    }


def test_use_of_the_period_is_told_for_each_identity(api):
    asked(api, [("ann", 700), ("ann", 0.5), ("bob", 9)], identity="ann")
    payload = until_counted(api, 700.5, identity="ann")
    assert payload["identity"] == {"identity": "ann", "used": 700.5, "known": True}
    assert until_counted(api, 9, identity="bob")["identity"]["known"]


def test_limit_tells_what_is_left_and_blocks_at_its_end(api):
    api.put_policy("CHAT", CHAT, limits=[DAY_LIMIT])
    (before,) = asked(api, [("ann", 1)] * 2, identity="ann")["workflows"]
    assert (before["limit"], before["used"], before["remaining"]) == (3, 2, 1)
    assert (before["blocked"], before["resetInterval"]) == (False, "1d")
    assert before["nextTier"] == {
        "tierIndex": 0,
        "thresholdField": "calls",
        "thresholdValue": 3,
        "currentValue": 2,
        "remaining": 1,
        "action": {"type": "BLOCK", "params": {}},
    }
    (after,) = asked(api, [("ann", 1)], identity="ann")["workflows"]
    assert (after["remaining"], after["blocked"]) == (0, True)
    (other,) = asked(api, identity="bob")["workflows"]
    assert (other["used"], other["blocked"]) == (0, False)


def test_limit_on_units_is_told_in_units_and_the_tightest_one_counts(api):
    units = {"allowed": 100, "interval": "month", "counts": "units"}
    wide = {"allowed": 10_000, "interval": "day"}
    api.put_policy("CHAT", CHAT, limits=[wide, units])
    (workflow,) = asked(api, [("ann", 40.25)], identity="ann")["workflows"]
    assert (workflow["limit"], workflow["used"], workflow["remaining"]) == (100, 40.25, 59.75)
    assert workflow["resetInterval"] == "30d"


def test_limit_that_only_warns_never_blocks(api):
    soft = {"allowed": 1, "interval": "day", "effect": "warn"}
    api.put_policy("CHAT", CHAT, limits=[soft])
    (workflow,) = asked(api, [("ann", 1)] * 2, identity="ann")["workflows"]
    assert (workflow["remaining"], workflow["blocked"], workflow["nextTier"]) == (0, False, None)


@pytest.mark.parametrize("wanted", ["id", CHAT, f"CHAT {CHAT}"])
def test_one_workflow_can_be_asked_for(api, wanted):
    api.put_policy("GET", "/other", limits=[DAY_LIMIT])
    policy = api.put_policy("CHAT", CHAT, limits=[DAY_LIMIT])
    question = {"identity": "ann", "workflow": policy["entity_id"] if wanted == "id" else wanted}
    (workflow,) = asked(api, **question)["workflows"]
    assert workflow["policyId"] == policy["entity_id"]
    assert asked(api, identity="ann", workflow="none such")["workflows"] == []


def test_cap_is_the_account(running):
    api = new_api(running, cap={"requests": 2, "interval": "day"})

    async def call():
        async with connected(api) as client:
            await client.ask("use_allocation", use(str(uuid.uuid4()), "GET", "/x", "ann"))
            for _ in range(2):
                await client.ask("request_for_allocation", request("GET", "/x", "ann"))

    asyncio.run(call())
    account = asked(api, identity="ann")["account"]
    assert (account["limit"], account["remaining"], account["exceeded"]) == (2, 0, True)
    assert account["periodEndAt"] - account["periodStartAt"] == 86_400_000


@pytest.mark.parametrize("question", [{}, {"identity": 7}, {"identity": ["ann"], "workflow": {}}])
def test_senseless_question_is_about_nobody(api, question):
    payload = asked(api, **question)
    assert payload["identity"] == {"identity": "", "used": 0, "known": False}
