"""A real service, killed at random instants under traffic on many connections, then recounted.

Messages are repeated, reordered and spread over connections, as retries and proxies do. The long
form: `USAGEFLOW_KILL_ROUNDS=30 pytest tests/hosted/test_service_kills.py`.
"""

import asyncio
import contextlib
import os
import random
import threading
import uuid
from collections import Counter
from dataclasses import dataclass, field

import msgspec
import websockets

from contract.messages.rollups import CustomerDay, EndpointHour
from tests.hosted.service import ANSWER_LIMIT_S, Api, connected, request, use

ROUNDS = int(os.environ.get("USAGEFLOW_KILL_ROUNDS", "3"))
CONNECTIONS = 6
CALLS_A_ROUND = 250
PIPELINED = 20
URLS = ("/a", "/b")
STATUSES = (200, 404, 503)
KINDS = ("request_for_allocation", "use_allocation")


@dataclass
class Client:
    """Whoever sends: knows what was confirmed, and goes on sending what was not."""

    chance: random.Random
    calls: list = field(default_factory=list)
    missing: list = field(default_factory=list)
    """Messages that still need a confirmation."""

    def more_calls(self, count):
        for _ in range(count):
            call = {
                "allocation_id": str(uuid.UUID(int=self.chance.getrandbits(128))),
                "url": self.chance.choice(URLS),
                "identity": f"caller {self.chance.randrange(9)}",
                "amount": self.chance.randrange(1, 50) / 4,
                "status": self.chance.choice(STATUSES),
            }
            self.calls.append(call)
            self.missing += [(kind, call) for kind in KINDS]

    def share_out(self):
        """What to send this time: all that is missing and some of the rest, in any order."""
        sent = [
            (kind, call)
            for call in self.calls
            for kind in ("request_for_allocation", "use_allocation")
        ]
        messages = self.missing + self.chance.choices(sent, k=len(sent) // 10)
        self.chance.shuffle(messages)
        return [messages[start::CONNECTIONS] for start in range(CONNECTIONS)]

    async def deliver(self, api):
        """Send on several connections at once, until all is confirmed or the service is gone."""
        async with asyncio.TaskGroup() as group:
            for share in self.share_out():
                group.create_task(self._send(api, share))

    async def _send(self, api, messages):
        with contextlib.suppress(websockets.WebSocketException, OSError):
            async with connected(api) as client:
                for start in range(0, len(messages), PIPELINED):
                    await self._exchange(client, messages[start : start + PIPELINED])

    async def _exchange(self, client, messages):
        waiting = {uuid.uuid4().hex: message for message in messages}
        for message_id, (kind, call) in waiting.items():
            await client.send(kind, payload_of(kind, call), message_id)
        while waiting:
            text = await asyncio.wait_for(client.socket.recv(), ANSWER_LIMIT_S)
            answer = msgspec.json.decode(text)
            message = waiting.pop(answer["id"])
            if answer["type"] == "success" and message in self.missing:
                self.missing.remove(message)

    def recount(self):
        """Sums by endpoint, and by customer without their names."""
        endpoints, customers = Counter(), {}
        for call in self.calls:
            micro = round(call["amount"] * 1_000_000)
            endpoints[call["url"], "requests"] += 1
            endpoints[call["url"], "units"] += micro
            endpoints[call["url"], "4xx"] += call["status"] == 404
            endpoints[call["url"], "5xx"] += call["status"] == 503
            events, quantity, peak = customers.get(call["identity"], (0, 0, 0))
            customers[call["identity"]] = (events + 1, quantity + micro, max(peak, micro))
        return +endpoints, sorted(customers.values())


def payload_of(kind, call):
    """A message of a call."""
    place = ("GET", call["url"], call["identity"])
    if kind == "request_for_allocation":
        return request(*place, call["allocation_id"])
    amounts = {"amount": call["amount"], "status": call["status"]}
    return use(call["allocation_id"], *place, **amounts)


def counted(api):
    """The same from the rollups."""
    answer = api.http.get("/v1/endpoints", params={"application_id": api.application_id})
    urls = {row["entity_id"]: row["body"]["url"] for row in answer.json()["rows"]}
    endpoints, customers = Counter(), {}
    for row in api.rollups():
        if isinstance(row, EndpointHour):
            url = urls[row.endpoint_id]
            endpoints[url, "requests"] += row.requests
            endpoints[url, "units"] += row.units
            endpoints[url, "4xx"] += row.errors_4xx
            endpoints[url, "5xx"] += row.errors_5xx
        elif isinstance(row, CustomerDay):
            events, quantity, peak = customers.get(row.customer_id, (0, 0, 0))
            sums = (events + row.events, quantity + row.quantity, max(peak, row.peak))
            customers[row.customer_id] = sums
    return +endpoints, sorted(customers.values())


def test_rollups_equal_the_recount_after_kills_at_random_instants(tmp_path, begin):
    seed = int(os.environ.get("USAGEFLOW_KILL_SEED") or random.SystemRandom().getrandbits(32))
    client = Client(random.Random(seed))  # noqa: S311 - a repeatable history
    running = begin(tmp_path / "d", "--bootstrap")
    ready = running.ready
    for _ in range(ROUNDS):
        client.more_calls(CALLS_A_ROUND)
        killer = threading.Timer(client.chance.uniform(0.02, 0.6), running.process.kill)
        killer.start()
        asyncio.run(client.deliver(Api(running, ready["application_id"], ready["sdk_key"])))
        killer.join()
        running.kill()
        running = begin(tmp_path / "d")
        running.http.headers["Authorization"] = f"Bearer {ready['owner_token']}"
    api = Api(running, ready["application_id"], ready["sdk_key"])
    while client.missing:
        asyncio.run(client.deliver(api))
    assert counted(api) == client.recount(), f"seed {seed}"
    assert running.stop() == 0
