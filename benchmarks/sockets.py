"""Memory of the service with as many idle SDK sockets as a hundred processes hold."""

import asyncio
import os
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from websockets.asyncio.client import connect
from websockets.typing import Origin

from benchmarks.figures import Figure
from benchmarks.service_process import Service, running_service

SOCKETS: Final = 1_000
LIMIT_MB: Final = 100
MB: Final = 1_000_000
POLL: Final = '{"type":"get_application_policies","id":"1"}'


def resident_mb(pid: int) -> float:
    """Resident memory of a process, in megabytes."""
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE") / MB


async def with_sockets(service: Service) -> float:
    """Open the sockets as Python SDKs do, ask once on each, and look at the memory."""
    key = {"x-usage-key": service.sdk_key}
    async with AsyncExitStack() as stack:
        for _ in range(SOCKETS):
            opening = connect(
                service.ws_url, additional_headers=key, origin=Origin("http://127.0.0.1"),
                user_agent_header=None, compression=None, proxy=None,
            )  # fmt: skip
            socket = await stack.enter_async_context(opening)
            await socket.send(POLL)
            await socket.recv()
        return resident_mb(service.pid)


def measure(directory: Path) -> list[Figure]:
    with running_service(directory) as service:
        empty = resident_mb(service.pid)
        full = asyncio.run(with_sockets(service))
    basis = f"added by {SOCKETS:,} sockets to a service of {empty:.0f} MB"
    return [Figure("memory of idle SDK sockets", full - empty, LIMIT_MB, "MB", basis)]
