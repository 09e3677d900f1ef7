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
GROWTH_LIMIT_MIB = 24
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
    """Calls, polls, sockets that come and go, wrong keys and senseless frames.

    The first third runs as fast as it can, so that the page cache of the data file is as full as
    the time allows; then the rate is steady.
    """

    def __init__(self, api):
        self.api = api
        self.calls = 0
        self.settled_bytes = None
        self.end_bytes = None

    async def run(self):
        """Go on until the time is over."""
        async with AsyncExitStack() as stack:
            agents = [{"agent": GO_AGENT}, {"is_python": True}] * 3
            sockets = [await stack.enter_async_context(connected(self.api, **a)) for a in agents]
            await self._call_until(sockets, time.monotonic() + SOAK_S / 3, pause_s=0)
            self.settled_bytes = resident_bytes(self.api.running)
            pause_s = 1 / CALLS_PER_SECOND
            await self._call_until(sockets, time.monotonic() + SOAK_S * 2 / 3, pause_s)
            self.end_bytes = resident_bytes(self.api.running)

    async def _call_until(self, sockets, end, pause_s):
        while time.monotonic() < end:
            await self._call(sockets)
            await asyncio.sleep(pause_s)
            if self.calls % CALLS_PER_SECOND == 0:
                await self._disturb(sockets)

    async def _call(self, sockets):
        allocation_id, caller = str(uuid.uuid4()), f"caller-{self.calls % CALLERS}"
        first, second = sockets[self.calls % 6], sockets[(self.calls + 1) % 6]
        opening = request("GET", "/x", caller, allocation_id)
        await first.send("request_for_allocation", opening)
        await second.send("use_allocation", use(allocation_id, "GET", "/x", caller, amount=2))
        self.calls += 1

    async def _disturb(self, sockets):
        """Polls, a passing socket, a wrong key, nonsense; all that was sent before is counted."""
        for poll in ("get_application_policies", "get_application_config"):
            await sockets[0].ask(poll)
        async with connected(self.api, is_python=True) as passing:
            await passing.socket.send(b"\xff")
            await passing.ask("get_blocked_endpoints")
        with pytest.raises(websockets.InvalidStatus):
            async with connected(Api(self.api.running, "", f"uf_live_{uuid.uuid4().hex}")):
                pass
        await sockets[0].settled()


def test_memory_is_flat_under_steady_traffic_and_every_call_is_counted(api):
    traffic = Traffic(api)
    asyncio.run(traffic.run())
    settled, end = traffic.settled_bytes / MIB, traffic.end_bytes / MIB
    print(f"{traffic.calls} calls, {settled:.1f} MiB after a third, {end:.1f} at the end")  # noqa: T201
    assert end - settled < GROWTH_LIMIT_MIB
    disturbances = traffic.calls // CALLS_PER_SECOND
    counted(api, requests=traffic.calls + disturbances, units=2 * traffic.calls + disturbances)
