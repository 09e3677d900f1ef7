"""Clients that know for each of their calls what was confirmed to them.

Every call has a caller of its own, so that afterwards each one can be looked up by itself.
"""

import asyncio
import json
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

GO_ROUTE = ("GET", "/go/items/:id")
GO_SOCKETS = 5
PAUSE_S = 0.05
ANSWER_S = 5
GONE = (OSError, ConnectionClosed, InvalidHandshake, TimeoutError)
"""How a service that was killed, or is not back yet, shows at a client."""


@dataclass
class CallRecord:
    """How far one call came, as its client knows."""

    units: int
    is_allocated: bool = False
    """The service confirmed the allocation."""
    settling: bool = False
    """The settlement was sent, or may have been."""
    is_settled: bool = False
    """The service confirmed the settlement."""

    def allowed_requests(self) -> set[int]:
        return {1} if self.is_allocated else {0, 1}

    def allowed_units(self) -> set[int]:
        if self.is_settled:
            return {self.units}
        return {0, self.units} if self.settling else {0}

    def allows(self, requests: int, units: int) -> bool:
        return requests in self.allowed_requests() and units in self.allowed_units()


class Callers:
    """Records of all calls of one kind, and the thread that makes them."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.records: dict[str, CallRecord] = {}
        self.stopping = threading.Event()
        self._thread = threading.Thread(target=work)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the calls under way finish, then end."""
        self.stopping.set()
        self._thread.join()

    @property
    def confirmed(self) -> int:
        return sum(record.is_allocated for record in list(self.records.values()))

    def unanswered(self) -> list[str]:
        """Callers with a message that asked for an answer and got none."""
        return [name for name, record in self.records.items() if self._is_unanswered(record)]

    def _is_unanswered(self, record: CallRecord) -> bool:
        return not record.is_allocated


class GoCallers(Callers):
    """Plays the SDK of Go: handshake without Origin, and a confirmation for both messages."""

    def __init__(self, ws_url: str, sdk_key: str) -> None:
        super().__init__(lambda: asyncio.run(self._call_on_all_sockets()))
        self._ws_url = ws_url
        self._headers = {"x-usage-key": sdk_key}

    def _is_unanswered(self, record: CallRecord) -> bool:
        return not record.is_settled

    async def _call_on_all_sockets(self) -> None:
        async with asyncio.TaskGroup() as group:
            for socket in range(GO_SOCKETS):
                group.create_task(self._call_until_stopped(socket))

    async def _call_until_stopped(self, socket: int) -> None:
        numbers = iter(range(10**9))
        while not self.stopping.is_set():
            try:
                async with connect(
                    self._ws_url, additional_headers=self._headers, origin=None,
                    user_agent_header="Go-http-client/1.1", compression=None,
                ) as connection:  # fmt: skip
                    while not self.stopping.is_set():
                        await self._call(connection, f"go-{socket}-{next(numbers)}")
                        await asyncio.sleep(PAUSE_S)
            except GONE:
                await asyncio.sleep(PAUSE_S)

    async def _call(self, connection: ClientConnection, caller: str) -> None:
        record = self.records[caller] = CallRecord(units=2 + len(self.records) % 900)
        method, url = GO_ROUTE
        body: dict[str, Any] = {
            "alias": f"{method} {url} {caller}",
            "metadata": {"method": method, "url": url, "headers": {"X-User": [caller]}},
        }
        allocated = await ask(connection, "request_for_allocation", body | {"amount": 1})
        record.is_allocated = True
        record.settling = True
        use = {
            "amount": record.units,
            "allocationId": allocated["payload"]["allocationId"],
            "waitForConfirmation": True,
        }
        await ask(connection, "use_allocation", body | use)
        record.is_settled = True


async def ask(connection: ClientConnection, kind: str, payload: dict[str, Any]) -> dict[str, Any]:
    """Send a message and wait for its confirmation. Raises what `GONE` lists."""
    number = f"{kind}-{id(payload)}"
    await connection.send(json.dumps({"type": kind, "id": number, "payload": payload}))
    async with asyncio.timeout(ANSWER_S):
        answer = json.loads(await connection.recv())
    assert answer["id"] == number, answer
    assert answer["type"] == "success", answer
    return dict(answer)


class PythonCallers(Callers):
    """Calls a limited route of a real application; its SDK waits for the allocation.

    Without a service the published SDK lets calls pass unmetered, so the answer's status says
    nothing: the application itself notes which allocations were confirmed to it.
    """

    def __init__(self, url: str, path: str, prefix: str, confirmations: Path) -> None:
        super().__init__(self._call_until_stopped)
        self._url = url
        self._path = path
        self._prefix = prefix
        self._confirmations = confirmations
        self.statuses: Counter[int] = Counter()

    def _call_until_stopped(self) -> None:
        with httpx.Client(base_url=self._url, timeout=60) as client:
            number = 0
            while not self.stopping.wait(PAUSE_S):
                number += 1
                caller = f"{self._prefix}-{number}"
                self.records[caller] = CallRecord(units=1, settling=True)
                answer = client.get(self._path, headers={"X-User": caller})
                self.statuses[answer.status_code] += 1

    def stop(self) -> None:
        """Also mark the calls whose allocation the application saw confirmed."""
        super().stop()
        for alias in self._confirmations.read_text().splitlines():
            self.records[alias.rpartition(" ")[2]].is_allocated = True
