"""Clients that keep books themselves: holds of any length, credits, and what must not be kept."""

import asyncio
import uuid

import pytest

from contract.messages.rollups import CustomerDay
from tests.hosted.service import GO_AGENT, connected

PERSON = "ann@example.com"


def booking(method, amount, allocation_id, **fields):
    """A message of a client whose ledger name is the bare identity."""
    url = f"vibe:{method.lower()}:{PERSON}" if method in {"CREDIT", "WITHDRAW"} else "vibe:chat:a:b"
    return {
        "alias": PERSON,
        "amount": amount,
        "allocationId": allocation_id,
        "metadata": {"method": method, "url": url},
        **fields,
    }


def booked(api, *messages):
    """Let a client hold and settle each amount in turn."""

    async def scene():
        async with connected(api, GO_AGENT) as client:
            for method, amount in messages:
                allocation_id = str(uuid.uuid4())
                hold = booking(method, amount, allocation_id, duration=600_000)
                held = await client.ask("request_for_allocation", hold)
                assert held["payload"] == {"allocationId": allocation_id}
                await client.ask("use_allocation", booking(method, amount, allocation_id))

    asyncio.run(scene())
    return [row for row in api.rollups() if isinstance(row, CustomerDay)]


def test_credit_takes_back_what_was_used(api):
    days = booked(api, ("CHAT", 1200), ("CREDIT", -200), ("WITHDRAW", 50))
    assert sum(row.quantity for row in days) == 1050 * 1_000_000
    assert len({row.customer_id for row in days}) == 1


def test_ordinary_call_cannot_lower_the_usage(api):
    days = booked(api, ("CHAT", -1200))
    assert sum(row.quantity for row in days) == 1_000_000


def test_identity_in_the_address_of_a_booking_is_not_kept(api):
    booked(api, ("CREDIT", -1), ("WITHDRAW", 1))
    assert api.urls() == {"vibe:credit", "vibe:withdraw"}


@pytest.mark.parametrize("duration", [86_400_000, 30 * 86_400_000, 10**30, -5, "soon", None])
def test_deferred_capture_is_settled_whatever_its_hold_says(api, duration):
    allocation_id = str(uuid.uuid4())

    async def scene():
        async with connected(api, GO_AGENT) as client:
            hold = booking("CHAT", 5, allocation_id, duration=duration)
            await client.ask("request_for_allocation", hold)
            await client.ask("use_allocation", booking("CHAT", 4, allocation_id))

    asyncio.run(scene())
    assert api.totals() == {"requests": 1, "units": 4, "denied": 0, "unsettled": 0}
