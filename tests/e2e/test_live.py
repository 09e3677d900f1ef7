"""The Dashboard of a real window follows the service, and stays when the service is gone."""

import asyncio
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect

from contract import live
from tests.e2e.callers import ask
from tests.e2e.processes import (
    RunningService,
    ScriptedWindow,
    Workspace,
    end,
    kill,
    start_service,
    wait_until,
)

pytestmark = pytest.mark.real_argon2

ON_DASHBOARD_S = 1.0
ON_A_BUSY_MACHINE_S = 5.0
CALLS = 3
ROLLUPS = "/v1/usage/rollups"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    service = start_service(tmp_path / "meter", "--bootstrap", home=tmp_path)
    yield service
    end(service.process)


@pytest.fixture
def workspace(tmp_path: Path, service: RunningService) -> Workspace:
    workspace = Workspace(tmp_path / "books", tmp_path)
    workspace.create(service)
    return workspace


@pytest.fixture
def watch(service: RunningService, workspace: Workspace) -> Iterator[Callable[[], ScriptedWindow]]:
    """Opens a window on the workspace; whatever still runs afterwards is ended."""
    opened: list[ScriptedWindow] = []

    def open_window() -> ScriptedWindow:
        application = service.ready["application_id"]
        opened.append(ScriptedWindow(workspace.directory, application, "", workspace.home))
        return opened[-1]

    yield open_window
    for window in opened:
        if window.process.poll() is None:
            kill(window.process)


async def call_once(service: RunningService) -> None:
    """One metered call; returns when the service has confirmed both messages."""
    key = {"x-usage-key": service.ready["sdk_key"]}
    async with connect(service.ready["ws_url"], additional_headers=key) as socket:
        body = {"alias": "GET /live", "amount": 1, "metadata": {"method": "GET", "url": "/live"}}
        allocated = await ask(socket, "request_for_allocation", body)
        use = {"allocationId": allocated["payload"]["allocationId"], "waitForConfirmation": True}
        await ask(socket, "use_allocation", body | use)


def shows(window: ScriptedWindow, requests: int) -> bool:
    return bool(window.cards) and window.cards[-1].startswith(f"Requests: {requests},")


def requests_for(service: RunningService, route: str) -> int:
    """How often a route of the service was answered, as its metrics say."""
    text = httpx.get(f"{service.url}/metrics", headers=service.owner, trust_env=False).text
    counted = (line for line in text.splitlines() if "http_request_seconds_count" in line)
    return sum(int(float(line.split()[-1])) for line in counted if f'route="{route}"' in line)


def test_a_call_is_on_the_dashboard_within_a_second_and_nobody_polls(service, watch):
    asyncio.run(call_once(service))
    window = watch()
    wait_until(lambda: shows(window, 1), "the Dashboard")
    wait_until(lambda: requests_for(service, live.PATH) == 1, "the live channel")
    before, delays_s = requests_for(service, ROLLUPS), []
    for number in range(2, CALLS + 2):
        asyncio.run(call_once(service))
        begun = time.monotonic()
        wait_until(lambda n=number: shows(window, n), f"{number} calls on the Dashboard")
        delays_s.append(time.monotonic() - begun)
    print("on the Dashboard after", ", ".join(f"{delay_s:.2f} s" for delay_s in delays_s))
    assert min(delays_s) <= ON_DASHBOARD_S
    assert max(delays_s) <= ON_A_BUSY_MACHINE_S
    # A call is told of when it begins and when it ends, and its first route is news too.
    assert requests_for(service, ROLLUPS) - before <= 4 * CALLS


def test_dashboard_is_there_again_without_the_service(service, watch):
    asyncio.run(call_once(service))
    first = watch()
    wait_until(lambda: shows(first, 1), "the call on the Dashboard")
    first.kill()
    kill(service.process)
    again = watch()
    wait_until(lambda: shows(again, 1), "the same Dashboard without a service")
    assert again.problems == []
