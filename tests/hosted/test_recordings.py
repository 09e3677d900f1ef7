"""Recorded conversations of SDKs, played to the real service over as many sockets as they used.

A line of a recording is a frame, the socket it goes out on, and what its answer must contain; a
frame without an answer is sent and forgotten. `$made` is the allocation id the service made.
"""

import asyncio
import json
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.hosted.sdk_runs import counted
from tests.hosted.service import ANSWER_LIMIT_S, GO_AGENT, connected

RECORDINGS = Path(__file__).with_name("recordings")
SOCKETS = 3


class Player:
    """Plays recordings to the service."""

    def __init__(self, api, agent):
        self._api = api
        self._agent = agent
        self._made = "$made"

    async def play(self, name):
        """Send every frame of a recording; check the answers that are recorded."""
        lines = (RECORDINGS / f"{name}.ndjson").read_text().splitlines()
        async with AsyncExitStack() as stack:
            sockets = [
                await stack.enter_async_context(
                    connected(self._api, self._agent, is_python=self._agent is None)
                )
                for _ in range(SOCKETS)
            ]
            for line in map(json.loads, lines):
                await self._exchange(sockets[line["socket"]].socket, line)
            for socket in sockets:
                await socket.ask("get_blocked_endpoints")

    async def _exchange(self, socket, line):
        await socket.send(json.dumps(line["send"]).replace("$made", self._made))
        if "answer" in line:
            self._check(json.loads(await asyncio.wait_for(socket.recv(), ANSWER_LIMIT_S)), line)

    def _check(self, answer, line):
        if line["answer"].get("payload", {}).get("allocationId") == "$made":
            self._made = answer["payload"]["allocationId"]
        wanted = json.loads(json.dumps(line["answer"]).replace("$made", self._made))
        payload = wanted.pop("payload", {})
        assert answer.items() >= wanted.items()
        assert answer["payload"].items() >= payload.items()


def played(api, *names, agent=GO_AGENT):
    """Play recordings one after the other."""

    async def scene():
        player = Player(api, agent)
        for name in names:
            await player.play(name)

    asyncio.run(scene())


def test_go_polls_with_a_null_payload_are_answered(api):
    played(api, "go_polls")


def test_go_limited_call_is_confirmed_before_its_handler_runs(api):
    api.put_policy("GET", "/items/:id", limit=5, limit_interval="day")
    played(api, "go_limited_call")
    assert api.totals() == {"requests": 1, "units": 1, "denied": 0, "unsettled": 0}
    (hour,) = [row for row in api.rollups() if hasattr(row, "status_unknown")]
    assert hour.status_unknown == 1


@pytest.mark.parametrize("times", [1, 3])
def test_go_unlimited_call_counts_once_however_often_it_is_sent(api, times):
    played(api, *["go_unlimited_call"] * times)
    counted(api, requests=1, units=12)


def test_go_traced_function_counts_beside_its_call_over_three_sockets(api):
    played(api, "go_traced_function")
    counted(api, requests=1, units=1)
    assert api.urls() == {"svc/llm.go:ask"}


def test_python_frames_are_answered_and_settled_on_other_sockets(api):
    api.put_policy("GET", "/items/{item_id}", limit=5, limit_interval="day")
    played(api, "fastapi_tracked_call", "flask_body_identity", agent=None)
    counted(api, requests=2, units=42 + 9)
    assert api.urls() == {"/items/{item_id}", "/login"}


def test_values_in_the_recordings_are_in_no_answer_of_the_service(api):
    played(api, "go_unlimited_call", "go_traced_function")
    played(api, "flask_body_identity", agent=None)
    said = api.http.get("/v1/changes", params={"limit": 1000}).text + repr(api.rollups())
    for value in ("hello hi", "cookie-secret", "Bearer abc", "127.0.0.1"):
        assert value not in said
