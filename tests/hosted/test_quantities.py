"""What a call counts under its policy, from the message to the rollup."""

import asyncio
import uuid

import msgspec
import pytest

from contract.expressions.metering import MeteredAmount
from contract.messages.policies import Metering
from contract.terms import MeteringTrigger, Oddity
from hosted.metering.quantities import units_of
from hosted.scrub.events import scrubbed
from hosted.sdk.frames import AllocationMessage
from tests.hosted.service import connected, metadata, use

UNIT = 1_000_000


def settled(amount=5, **facts):
    """A scrubbed settlement with these facts in its metadata."""
    raw = msgspec.json.encode({**metadata("POST", "/ask"), **facts})
    message = AllocationMessage(
        alias="POST /ask", amount=msgspec.json.encode(amount), metadata=msgspec.Raw(raw)
    )
    return scrubbed(message)


def counted(call, **metering):
    """Whole units of a call, and why another amount was not taken."""
    micro, odd = units_of(call, MeteredAmount(Metering(**metering)))
    return micro / UNIT, odd


def test_reported_amount_counts_without_a_rule():
    assert units_of(settled(5), None) == (5 * UNIT, None)
    assert counted(settled(5)) == (5, None)


@pytest.mark.parametrize(
    ("expression", "facts", "units"),
    [
        ("amount * 2", {}, 10),
        ("status / 100", {"responseStatusCode": 201}, 2.01),
        ("ceil(duration_ms / 100)", {"requestDuration": 130}, 2),
        ("tokens", {"totalTokens": 7, "total_tokens": 9}, 7),
        ("tokens", {"total_tokens": 9}, 9),
        ("prompt_tokens + completion_tokens", {"promptTokens": 3, "completion_tokens": 4}, 7),
        ("request_bytes", {"headers": {"content-length": "64"}}, 64),
        ("response_bytes", {"responseHeaders": {"Content-Length": "640"}}, 640),
        ('if(model == "gpt-x", 3, 1)', {"aiModel": "gpt-x"}, 3),
        ('if(method == "POST" and url == "/ask", 3, 1)', {}, 3),
    ],
)
def test_amount_is_worked_out_from_what_is_known_of_the_call(expression, facts, units):
    assert counted(settled(**facts), expression=expression) == (units, None)


@pytest.mark.parametrize(
    ("expression", "why"),
    [
        ("tokens", Oddity.NOT_WORKED_OUT),
        ("amount / 0", Oddity.NOT_WORKED_OUT),
        ("1 / status", Oddity.NOT_WORKED_OUT),
        ("0 - amount", Oddity.BEYOND),
        ("amount * 1000000000", Oddity.BEYOND),
    ],
)
def test_amount_that_cannot_be_worked_out_is_the_reported_one_with_a_reason(expression, why):
    assert counted(settled(5), expression=expression) == (5, why)


def test_amount_finer_than_a_millionth_is_refused_unless_it_is_rounded():
    assert counted(settled(1), expression="amount / 3") == (1, Oddity.FINER)
    assert counted(settled(1), expression="round(amount / 3, 6)") == (0.333333, None)


@pytest.mark.parametrize(("status", "units"), [(200, 5), (399, 5), (400, 0), (500, 0)])
def test_trigger_on_success_counts_answers_below_400(status, units):
    call = settled(5, responseStatusCode=status)
    assert counted(call, trigger=MeteringTrigger.SUCCESS) == (units, None)


def test_trigger_on_success_cannot_tell_without_a_status():
    assert counted(settled(5), trigger=MeteringTrigger.SUCCESS) == (0, Oddity.STATUS_UNKNOWN)


def test_trigger_on_response_value_counts_what_fulfils_the_condition():
    rule = {"trigger": MeteringTrigger.RESPONSE_VALUE, "condition": "tokens > 10"}
    assert counted(settled(5, totalTokens=11), **rule) == (5, None)
    assert counted(settled(5, totalTokens=10), **rule) == (0, None)
    assert counted(settled(5), **rule) == (0, None)


def test_model_that_is_no_plain_name_is_unknown():
    call = settled(aiModel="ann@example.com says hi")
    assert counted(call, expression='if(model == "", 2, 1)') == (1, None)
    assert call.measures.model is None


def test_booking_counts_what_it_says_whatever_the_rule():
    credit = scrubbed(
        AllocationMessage(
            alias="ann",
            amount=b"-3",
            metadata=msgspec.Raw(b'{"method":"CREDIT","url":"vibe:credit:ann"}'),
        )
    )
    assert counted(credit, expression="amount * 100") == (-3, None)


def test_policy_of_a_running_service_decides_what_calls_count(api):
    rule = {"expression": "if(status < 400, amount * 3, 0)", "trigger": "request"}
    api.put_policy("GET", "/priced", metering=rule)

    async def scene():
        async with connected(api) as sdk:
            for status in (200, 500):
                await sdk.send(
                    "use_allocation",
                    use(str(uuid.uuid4()), "GET", "/priced", amount=2, status=status),
                )
            await sdk.settled()

    asyncio.run(scene())
    assert api.totals()["units"] == 2 * 3 + 1
