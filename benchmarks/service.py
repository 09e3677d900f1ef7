"""The service's promises: fresh rollups, quick polls, quick allocations under load."""

import asyncio
import itertools
import json
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import uvloop
from websockets.asyncio.client import ClientConnection, connect

from benchmarks.children import run_child
from benchmarks.figures import Figure, percentile
from benchmarks.service_process import Service, running_service

ROLLUP_LIMIT_MS: Final = 250
POLL_LIMIT_MS: Final = 5
ALLOCATION_LIMIT_MS: Final = 10
CALLS_PER_SECOND: Final = 1_000
LOAD_S: Final = 10
SOCKETS: Final = 10
CALLERS: Final = 200
POLLS: Final = ("get_application_policies", "get_application_config", "get_blocked_endpoints")
POLL_EVERY_S: Final = 0.01
ROUTE: Final = "/v1/items/{item_id}"


def frame(kind: str, number: int | None, **payload: object) -> str:
    """A message as the SDK of Python sends it; without a number nothing is answered."""
    message: dict[str, Any] = {"type": kind}
    if payload:
        metadata = {
            "method": "GET", "url": ROUTE, "rawUrl": "/v1/items/5", "clientIP": "192.0.2.7",
            "userAgent": "benchmark", "timestamp": "2026-11-23T06:24:12Z", "queryParams": {},
            "headers": {"host": "api.example.test", "accept": "*/*"}, "pathParams": {}, "body": "",
        }  # fmt: skip
        message["payload"] = payload | {"metadata": metadata}
    if number is not None:
        message["id"] = str(number)
    return json.dumps(message)


@dataclass
class Socket:
    """One connection of an SDK's pool; answers find the question that waits for them."""

    connection: ClientConnection
    waiting: dict[str, asyncio.Future[dict[str, Any]]] = field(default_factory=dict)

    async def read(self) -> None:
        async for text in self.connection:
            answer = json.loads(text)
            self.waiting.pop(answer["id"]).set_result(answer)

    async def ask(self, kind: str, number: int, **payload: object) -> tuple[float, dict[str, Any]]:
        """Send a message; return milliseconds until its answer, and the answer."""
        future = asyncio.get_running_loop().create_future()
        self.waiting[str(number)] = future
        begun = time.perf_counter()
        await self.connection.send(frame(kind, number, **payload))
        answer = await future
        if answer["type"] != "success":
            raise RuntimeError(f"the service refused {kind}: {answer}")
        return 1000 * (time.perf_counter() - begun), answer


@dataclass
class Load:
    """Round trips of a steady stream of calls, and of polls beside it."""

    sockets: list[Socket]
    numbers: Iterator[int] = field(default_factory=itertools.count)
    allocations_ms: list[float] = field(default_factory=list)
    polls_ms: list[float] = field(default_factory=list)

    async def call(self, number: int) -> None:
        """One metered call: allocated with an answer, settled without, on two sockets."""
        alias = f"GET {ROUTE} caller-{number % CALLERS}"
        elapsed_ms, answer = await self.sockets[number % SOCKETS].ask(
            "request_for_allocation", next(self.numbers), alias=alias, amount=1
        )
        self.allocations_ms.append(elapsed_ms)
        settled = frame(
            "use_allocation", None, alias=alias, amount=1,
            allocationId=answer["payload"]["allocationId"],
        )  # fmt: skip
        await self.sockets[(number + 1) % SOCKETS].connection.send(settled)

    async def calls(self) -> None:
        """Open loop: each call starts when it is due, however long the others take."""
        begun = time.perf_counter()
        async with asyncio.TaskGroup() as group:
            for number in range(CALLS_PER_SECOND * LOAD_S):
                due = begun + number / CALLS_PER_SECOND
                if (early := due - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                group.create_task(self.call(number))

    async def polls(self, until: asyncio.Event) -> None:
        for kind in itertools.cycle(POLLS):
            if until.is_set():
                return
            elapsed_ms, _ = await self.sockets[0].ask(kind, next(self.numbers))
            self.polls_ms.append(elapsed_ms)
            await asyncio.sleep(POLL_EVERY_S)


async def under_load(service: Service) -> Load:
    """Meter 1,000 calls a second for some seconds, with polls between them."""
    async with AsyncExitStack() as stack:
        key = {"x-usage-key": service.sdk_key}
        opening = [
            connect(service.ws_url, additional_headers=key, compression=None)
            for _ in range(SOCKETS)
        ]
        sockets = [Socket(await stack.enter_async_context(socket)) for socket in opening]
        readers = [asyncio.create_task(socket.read()) for socket in sockets]
        load = Load(sockets)
        done = asyncio.Event()
        polling = asyncio.create_task(load.polls(done))
        await load.calls()
        done.set()
        await polling
        for reader in readers:
            reader.cancel()
    return load


def share_of_limit(name: str, values_ms: list[float], limit_ms: float, basis: str) -> Figure:
    counted = f"p99 of {len(values_ms):,} {basis}"
    return Figure(name, percentile(values_ms, 0.99), limit_ms, "ms", counted)


def measure(directory: Path) -> list[Figure]:
    with running_service(directory) as service:
        fresh_ms = run_child("child_freshness", directory, input_text=json.dumps(asdict(service)))
        load = uvloop.run(under_load(service))
    rate = f"calls at {CALLS_PER_SECOND:,} a second"
    return [
        share_of_limit(
            "SDK call to committed rollup", fresh_ms, ROLLUP_LIMIT_MS, "calls, one at a time"
        ),
        share_of_limit("answer to an SDK poll", load.polls_ms, POLL_LIMIT_MS, f"beside {rate}"),
        share_of_limit("allocation round trip", load.allocations_ms, ALLOCATION_LIMIT_MS, rate),
    ]
