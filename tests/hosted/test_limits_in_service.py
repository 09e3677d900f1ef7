"""Limits of a real service: exact under eight connections, and after it was killed."""

import asyncio

import pytest

from tests.hosted.service import connected, new_api, request, serving, use
from tests.hosted.test_lifecycle import restarted

CONNECTIONS = 8
CALLS = 30
ALLOWED = 50
KINDS = ["fixed_window", "sliding_window", "token_bucket"]


def limit(kind, counts="calls", **fields):
    """A limit of a month: nothing of it comes back while a test runs."""
    return {"allowed": ALLOWED, "interval": "month", "kind": kind, "counts": counts, **fields}


async def ask(api, url, *, connections=CONNECTIONS, calls=CALLS):
    """Calls on many connections at once; the allocations that were admitted."""

    async def one(number):
        async with connected(api) as sdk:
            answers = [
                await sdk.ask("request_for_allocation", request("GET", url, f"u{number % 2}"))
                for _ in range(calls)
            ]
        return [a["payload"]["allocationId"] for a in answers if a["type"] == "success"]

    found = await asyncio.gather(*(one(number) for number in range(connections)))
    return [allocation for part in found for allocation in part]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("scope", "admitted"), [("identity", 2 * ALLOWED), ("application", ALLOWED)]
)
def test_eight_connections_get_exactly_what_is_allowed(api, kind, scope, admitted):
    api.put_policy("GET", "/x", limits=[limit(kind, scope=scope)])
    assert len(asyncio.run(ask(api, "/x"))) == admitted


@pytest.mark.parametrize("kind", KINDS)
def test_eight_connections_hold_no_more_units_than_are_allowed(api, kind):
    api.put_policy("GET", "/x", limits=[limit(kind, "units")])
    admitted = asyncio.run(ask(api, "/x"))
    assert len(admitted) == 2 * ALLOWED


def test_killed_service_remembers_every_kind_of_limit(tmp_path, begin):
    running = begin(tmp_path / "d", "--bootstrap")
    api = new_api(running)
    for kind in KINDS:
        api.put_policy("GET", f"/calls/{kind}", limits=[limit(kind)])
        api.put_policy("GET", f"/units/{kind}", limits=[limit(kind, "units")])

    async def first():
        for kind in KINDS:
            assert len(await ask(api, f"/calls/{kind}", connections=2, calls=20)) == 40
            await _use_units(api, f"/units/{kind}")

    asyncio.run(first())
    token = running.http.headers["Authorization"]
    running.kill()
    api.running = restarted(begin, tmp_path / "d", token.removeprefix("Bearer "))

    async def second():
        for kind in KINDS:
            assert len(await ask(api, f"/calls/{kind}", connections=2, calls=40)) == 2 * 30
            assert len(await ask(api, f"/units/{kind}", connections=2, calls=40)) == 2 * 20

    asyncio.run(second())
    api.running.stop()


async def _use_units(api, url):
    """Two callers: one call each that is settled with 29 units, one that stays open."""
    async with connected(api) as sdk:
        for caller in ("u0", "u1"):
            for is_settled in (True, False):
                payload = request("GET", url, caller)
                answer = await sdk.ask("request_for_allocation", payload)
                if is_settled:
                    allocation = answer["payload"]["allocationId"]
                    await sdk.ask("use_allocation", use(allocation, "GET", url, caller, amount=29))


def test_blocked_caller_is_refused_and_named_to_the_sdks(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        api = new_api(running)
        api.put_policy("GET", "/x", limits=[limit("fixed_window")])
        block = {"application_id": api.application_id, "method": "GET", "url": "/x"}
        api.put("blocks", "blk1", block)

        async def story():
            async with connected(api) as sdk:
                refused = await sdk.ask("request_for_allocation", request("GET", "/x", "ann"))
                told = await sdk.ask("get_blocked_endpoints")
                return refused["type"], told["payload"]["endpoints"]

        kind, told = asyncio.run(story())
    assert kind == "error"
    assert {"method": "GET", "url": "/x", "identity": "ann"} in told
    assert {"method": "GET", "url": "/x"} in told
