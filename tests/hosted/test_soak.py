"""Memory stays flat under a steady load, and every call of it is counted.

The long run, ten minutes:

    USAGEFLOW_SOAK_S=600 .venv/bin/python -m pytest tests/hosted/test_soak.py -s --timeout=900
"""

import asyncio
import os
import time
import uuid
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import websockets

from tests.hosted.sdk_runs import counted
from tests.hosted.service import GO_AGENT, Api, connected, request, serving, use

SOAK_S = float(os.environ.get("USAGEFLOW_SOAK_S", "12"))
CALLS_PER_SECOND = 200
CALLERS = 100
MIB = 2**20
GROWTH_LIMIT = 24 * MIB
"""From the first third of the run to its end, however long it is."""


def resident_bytes(running):
    """Resident memory of the service."""
    pages = Path(f"/proc/{running.process.pid}/statm").read_text().split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


@pytest.fixture
def api(tmp_path):
    with serving(tmp_path / "d", "--bootstrap") as running:
        yield Api(running, running.ready["application_id"], running.ready["sdk_key"])


class Traffic:
    """Calls, polls, sockets that come and go, wrong keys and senseless frames, at a steady rate."""

    def __init__(self, api):
        self.api = api
        self.calls = 0
        self.resident = []

    async def run(self):
        """Go on until the time is over."""
        async with AsyncExitStack() as stack:
            agents = [{"agent": GO_AGENT}, {"is_python": True}] * 3
            sockets = [await stack.enter_async_context(connected(self.api, **a)) for a in agents]
            begun = time.monotonic()
            while (elapsed := time.monotonic() - begun) < SOAK_S:
                early = self.calls / CALLS_PER_SECOND - elapsed
                if early > 0:
                    await asyncio.sleep(early)
                await self._call(sockets)
                if self.calls % CALLS_PER_SECOND == 0:
                    await self._disturb(sockets)
            for socket in sockets:
                await socket.ask("get_blocked_endpoints")

    async def _call(self, sockets):
        allocation_id, caller = str(uuid.uuid4()), f"caller-{self.calls % CALLERS}"
        first, second = sockets[self.calls % 6], sockets[(self.calls + 1) % 6]
        opening = request("GET", "/x", caller, allocation_id)
        await first.send("request_for_allocation", opening)
        await second.send("use_allocation", use(allocation_id, "GET", "/x", caller, amount=2))
        self.calls += 1

    async def _disturb(self, sockets):
        """Once a second: polls, a passing socket, a wrong key, nonsense; and look at the memory."""
        for poll in ("get_application_policies", "get_application_config"):
            await sockets[0].ask(poll)
        async with connected(self.api, is_python=True) as passing:
            await passing.socket.send(b"\xff")
            await passing.ask("get_blocked_endpoints")
        with pytest.raises(websockets.InvalidStatus):
            async with connected(Api(self.api.running, "", f"uf_live_{uuid.uuid4().hex}")):
                pass
        self.resident.append(resident_bytes(self.api.running))


def test_memory_is_flat_under_steady_traffic_and_every_call_is_counted(api):
    traffic = Traffic(api)
    asyncio.run(traffic.run())
    settled, end = traffic.resident[len(traffic.resident) // 3], traffic.resident[-1]
    print(  # noqa: T201
        f"{traffic.calls} calls, {settled / MIB:.1f} MiB after a third, {end / MIB:.1f} at the end"
    )
    assert end - settled < GROWTH_LIMIT
    counted(api, requests=traffic.calls, units=2 * traffic.calls)
