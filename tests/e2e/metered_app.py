"""A small API with the published SDK in it, as an owner would have it: run as a process.

`python -m tests.e2e.metered_app FRAMEWORK SNIPPET READY_FD CONFIRMED`: runs the snippet that
UsageFlow gives to owners, adds the routes of `traffic` to the application it makes, serves it on
a free port of loopback, and writes the port to READY_FD once the SDK knows every policy. The
file CONFIRMED gets a line for each allocation that the service confirmed to the SDK.
"""

import os
import socket
import sys
import threading
import time
from pathlib import Path
from typing import Any

from usageflow.core import UsageFlowClient

from tests.e2e.traffic import LIMITED, ROUTES

DEADLINE_S = 60


def answer(cost: str | None) -> dict[str, Any]:
    """What every route answers: its cost, in each place a policy may look for it."""
    units = int(cost or 1)
    return {
        "cost": units,
        "usage": {"total_tokens": units},
        "results": [{"cost": None}, {"cost": units}],
    }


def note_clients() -> list[UsageFlowClient]:
    """The SDK's clients from now on, wherever the snippet's middleware keeps them."""
    clients: list[UsageFlowClient] = []
    original = UsageFlowClient.__init__

    def note(self: UsageFlowClient, *arguments: Any, **options: Any) -> None:
        original(self, *arguments, **options)
        clients.append(self)

    UsageFlowClient.__init__ = note
    return clients


def announce_when_ready(
    framework: str, port: int, ready_fd: int, clients: list[UsageFlowClient]
) -> None:
    """Write the port once the SDK's sockets are open and its policies are there."""
    wanted = {
        f"{route.method}:{route.url}"
        for route in ROUTES + LIMITED
        if route.app == framework and route.identity
    }
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        client = next(iter(clients), None)
        if client and client.monitor_map and wanted <= client.get_policies_map().keys():
            os.write(ready_fd, f"{port}\n".encode())
            break
        threading.Event().wait(0.05)
    os.close(ready_fd)


def note_confirmations(confirmed: Path) -> None:
    """Write down each allocation the SDK waited for and got; the SDK itself acts as before."""
    original = UsageFlowClient.allocate_request

    def allocate(
        self: UsageFlowClient, alias: str, metadata: object, limited: object, *more: object
    ) -> tuple[bool, dict[str, Any] | None]:
        success, result = original(self, alias, metadata, limited, *more)
        if limited and success and (result or {}).get("allocationId"):
            with confirmed.open("a") as file:
                file.write(f"{alias}\n")
        return success, result

    UsageFlowClient.allocate_request = allocate


def run_fastapi(namespace: dict[str, Any], listener: socket.socket) -> None:
    import uvicorn
    from fastapi import FastAPI, Request

    app: FastAPI = namespace["app"]

    async def endpoint(request: Request) -> dict[str, Any]:
        return answer(request.headers.get("X-Cost"))

    for route in ROUTES + LIMITED:
        if route.app == "fastapi":
            app.add_api_route(route.url, endpoint, methods=[route.method])
    config = uvicorn.Config(app, log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listener])


def run_flask(namespace: dict[str, Any], listener: socket.socket) -> None:
    from flask import Flask, request
    from werkzeug.serving import make_server

    app: Flask = namespace["app"]

    def endpoint(**_: object) -> dict[str, Any]:
        return answer(request.headers.get("X-Cost"))

    for number, route in enumerate(ROUTES + LIMITED):
        if route.app == "flask":
            app.add_url_rule(route.url, f"route{number}", endpoint, methods=[route.method])
    host, port = listener.getsockname()
    make_server(host, port, app, threaded=True, fd=listener.fileno()).serve_forever()


def main(framework: str, snippet: str, ready_fd: int, confirmed: Path) -> None:
    confirmed.touch()
    note_confirmations(confirmed)
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    threading.Thread(
        target=announce_when_ready, args=(framework, port, ready_fd, note_clients()), daemon=True
    ).start()
    namespace: dict[str, Any] = {"__name__": "owners_api"}
    exec(compile(Path(snippet).read_text(), "snippet", "exec"), namespace)  # noqa: S102
    {"fastapi": run_fastapi, "flask": run_flask}[framework](namespace, listener)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), Path(sys.argv[4]))
