"""Calls a service as fast as it answers, as an SDK's pool of sockets does.

Reads what to do as JSON from standard input, prints what came of it as JSON. A lean client of its
own: one that did more than the service would measure itself.
"""

import asyncio
import base64
import json
import os
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

import msgspec
import uvloop

MASKED_TEXT: Final = b"\x81\xfe"
NO_MASK: Final = bytes(4)
"""A mask of zeros is a mask, and leaves the text as it is."""
SHORT: Final = 126
SHORT_LIMIT: Final = 125
ROUTE: Final = "/v1/items/{item_id}"
SHARES: Final = {"p50_ms": 0.5, "p99_ms": 0.99}


class Plan(msgspec.Struct, frozen=True):
    """What a load is."""

    ws_url: str
    sdk_key: str
    seconds: float
    connections: int = 10
    in_flight: int = 5
    """Calls of one socket that wait for their answer at the same time."""
    callers: int = 200
    confirms: bool = False
    """Whether the settlement waits for its confirmation too."""
    body: str = ""
    """Body of each request."""
    warm_up_s: float = 1.0


@dataclass(slots=True)
class Outcome:
    """What came of a load; times in milliseconds."""

    calls: int = 0
    measured_calls: int = 0
    seconds: float = 0.0
    refused: int = 0
    allocations: list[float] = field(default_factory=list)
    settlements: list[float] = field(default_factory=list)


class Answer(msgspec.Struct):
    type: str
    id: str
    payload: dict[str, str] = {}


_answers = msgspec.json.Decoder(Answer)


def frame(content: bytes) -> bytes:
    """A text frame of a client."""
    return MASKED_TEXT + len(content).to_bytes(2, "big") + NO_MASK + content


class Messages:
    """The two messages of each caller, ready but for their ids."""

    def __init__(self, plan: Plan) -> None:
        metadata = {
            "method": "POST" if plan.body else "GET", "url": ROUTE, "rawUrl": "/v1/items/5",
            "clientIP": "192.0.2.7", "userAgent": "python-httpx/0.28.1",
            "timestamp": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "headers": {
                "host": "api.example.test", "accept": "*/*", "accept-encoding": "gzip, deflate",
                "connection": "keep-alive", "user-agent": "python-httpx/0.28.1",
                "x-user": "somebody", "authorization": "Bearer abc",
            },
            "queryParams": {"page": "2"}, "pathParams": {"item_id": "5"}, "body": plan.body,
            "userId": "anonymous",
        }  # fmt: skip
        settled = metadata | {"responseStatusCode": 200, "requestDuration": 11}
        self._openings = [self._parts(metadata, number) for number in range(plan.callers)]
        self._closings = [self._parts(settled, number) for number in range(plan.callers)]

    @staticmethod
    def _parts(metadata: dict[str, Any], number: int) -> bytes:
        alias = f"{metadata['method']} {ROUTE} caller-{number}"
        content = {"alias": alias, "amount": 1, "metadata": metadata}
        return json.dumps(content).encode()[:-1]

    def opening(self, caller: int, message_id: int) -> bytes:
        return frame(
            b'{"type":"request_for_allocation","id":"%d","payload":%b}}'
            % (message_id, self._openings[caller])
        )

    def closing(self, caller: int, allocation_id: str, message_id: int | None) -> bytes:
        named = b"" if message_id is None else b'"id":"%d",' % message_id
        return frame(
            b'{"type":"use_allocation",%b"payload":%b,"allocationId":"%b"}}'
            % (named, self._closings[caller], allocation_id.encode())
        )


class Socket(asyncio.Protocol):
    """One connection: shakes hands, then keeps its share of calls in flight."""

    def __init__(self, plan: Plan, messages: Messages, outcome: Outcome, first: int) -> None:
        self._plan = plan
        self._messages = messages
        self._outcome = outcome
        self._numbers: Iterator[int] = iter(range(first, 2**53, plan.connections))
        self._waiting: dict[str, tuple[int, float, bool]] = {}
        self._unread = b""
        self._is_open = False
        self.is_measured = False
        self.is_over = False
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: Any = transport
        place = urlsplit(self._plan.ws_url)
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(  # type: ignore[attr-defined]
            f"GET {place.path} HTTP/1.1\r\nHost: {place.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nOrigin: http://{place.netloc}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Key: {key}\r\nx-usage-key: {self._plan.sdk_key}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._unread += data
        if not self._is_open:
            head, end, self._unread = self._unread.partition(b"\r\n\r\n")
            if not end:
                self._unread = head
                return
            self._is_open = True
            for _ in range(self._plan.in_flight):
                self._call()
        self._read()

    def _read(self) -> None:
        unread, at = self._unread, 0
        while len(unread) - at >= 2:  # noqa: PLR2004 - a frame's shortest head
            size, head = unread[at + 1], 2
            if size > SHORT_LIMIT:
                if len(unread) - at < 4:  # noqa: PLR2004 - a frame's longer head
                    break
                size, head = int.from_bytes(unread[at + 2 : at + 4], "big"), 4
            if len(unread) - at < head + size:
                break
            if unread[at] == 0x81:  # noqa: PLR2004 - a text frame
                self._hear(unread[at + head : at + head + size])
            at += head + size
        self._unread = unread[at:]

    def _call(self) -> None:
        number = next(self._numbers)
        self._waiting[str(number)] = (number, time.perf_counter(), True)
        self._transport.write(self._messages.opening(number % self._plan.callers, number))

    def _hear(self, content: bytes) -> None:
        answer = _answers.decode(content)
        number, begun, is_opening = self._waiting.pop(answer.id)
        elapsed_ms = 1000 * (time.perf_counter() - begun)
        if answer.type != "success":
            self._outcome.refused += 1
        elif is_opening:
            self._settle(number, answer.payload["allocationId"], elapsed_ms)
            if self._plan.confirms:
                return
        elif self.is_measured:
            self._outcome.settlements.append(elapsed_ms)
        self._finish()

    def _settle(self, number: int, allocation_id: str, elapsed_ms: float) -> None:
        self._outcome.calls += 1
        if self.is_measured:
            self._outcome.measured_calls += 1
            self._outcome.allocations.append(elapsed_ms)
        caller, confirmed = number % self._plan.callers, self._plan.confirms
        message_id = next(self._numbers) if confirmed else None
        if message_id is not None:
            self._waiting[str(message_id)] = (message_id, time.perf_counter(), False)
        self._transport.write(self._messages.closing(caller, allocation_id, message_id))

    def _finish(self) -> None:
        if not self.is_over:
            self._call()
        elif not self._waiting:
            self._transport.close()

    def connection_lost(self, _error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


async def run(plan: Plan) -> Outcome:
    """Load the service for the plan's time, and wait for the last answers."""
    loop = asyncio.get_running_loop()
    place = urlsplit(plan.ws_url)
    outcome, messages = Outcome(), Messages(plan)
    sockets = []
    for first in range(plan.connections):
        _, socket = await loop.create_connection(
            lambda first=first: Socket(plan, messages, outcome, first),  # type: ignore[misc]
            place.hostname or "", place.port or 0,
        )  # fmt: skip
        sockets.append(socket)
    await asyncio.sleep(plan.warm_up_s)
    begun = time.perf_counter()
    for socket in sockets:
        socket.is_measured = True
    await asyncio.sleep(plan.seconds)
    for socket in sockets:
        socket.is_measured = False
    outcome.seconds = time.perf_counter() - begun
    for socket in sockets:
        socket.is_over = True
    await asyncio.gather(*(socket.done for socket in sockets))
    return outcome


def percentiles(values: list[float]) -> dict[str, float]:
    ordered = sorted(values) or [0.0]
    return {name: ordered[int(share * (len(ordered) - 1))] for name, share in SHARES.items()}


def main() -> None:
    plan = msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)
    outcome = uvloop.run(run(plan))
    told = asdict(outcome) | {
        "allocations": percentiles(outcome.allocations),
        "settlements": percentiles(outcome.settlements),
    }
    print(json.dumps(told), flush=True)


if __name__ == "__main__":
    main()
