"""Switching, locking and quitting in the middle of a sync: at once, and nothing half-applied."""

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.processes import (
    PASSPHRASE,
    READY_S,
    ROOT,
    RunningService,
    Workspace,
    end,
    environment,
    is_running,
    kill,
    start_service,
    wait_until,
)
from tests.e2e.test_live import call_once

pytestmark = pytest.mark.real_argon2

ENDS_WITHIN_S = 2.0
SLOWNESS = 40
"""On a machine that takes long to start an empty interpreter, as many times as that is allowed."""
FIRST_BYTES = 60
CALLS = 3


class Stalling:
    """Stands between desktop and service; holds the middle of a page of usage back."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.is_holding = threading.Event()
        self.holds = threading.Event()
        self._ended = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                peer, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        stalled = threading.Event()
        with peer, socket.create_connection(("127.0.0.1", self._port)) as target:
            back = threading.Thread(
                target=self._pass_answers, args=(target, peer, stalled), daemon=True
            )
            back.start()
            self._pass_requests(peer, target, stalled)
            back.join()

    def _pass_requests(
        self, peer: socket.socket, target: socket.socket, stalled: threading.Event
    ) -> None:
        try:
            while data := peer.recv(65_536):
                if self.is_holding.is_set() and b"/v1/usage/rollups" in data:
                    stalled.set()
                target.sendall(data)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            return

    def _pass_answers(
        self, target: socket.socket, peer: socket.socket, stalled: threading.Event
    ) -> None:
        try:
            while data := target.recv(65_536):
                if stalled.is_set():
                    peer.sendall(data[:FIRST_BYTES])
                    self.holds.set()
                    self._ended.wait(READY_S)
                    return
                peer.sendall(data)
        except OSError:
            return

    def close(self) -> None:
        self._ended.set()
        self._listener.close()


@pytest.fixture
def service(tmp_path: Path) -> Iterator[RunningService]:
    service = start_service(tmp_path / "meter", "--bootstrap", home=tmp_path)
    yield service
    end(service.process)


@pytest.fixture
def stalling(service: RunningService) -> Iterator[Stalling]:
    stalling = Stalling(int(service.url.rpartition(":")[2]))
    yield stalling
    stalling.close()


@pytest.fixture
def workspace(tmp_path: Path, service: RunningService, stalling: Stalling) -> Workspace:
    for _ in range(CALLS):
        asyncio.run(call_once(service))
    workspace = Workspace(tmp_path / "books", tmp_path)
    token = service.ready["owner_token"]
    workspace.run("workspace", "create", "--service", stalling.url, more_input=[token])
    return workspace


def open_window(workspace: Workspace) -> subprocess.Popen[str]:
    with (workspace.home / "window.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.leaving_script", str(workspace.directory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
            env=environment(workspace.home), cwd=ROOT,
        )  # fmt: skip
    say(process, PASSPHRASE)
    return process


def say(process: subprocess.Popen[str], line: str) -> None:
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def hear(process: subprocess.Popen[str], event: str) -> dict[str, Any]:
    """The next event of a kind."""
    assert process.stdout is not None
    while True:
        assert select.select([process.stdout], [], [], READY_S)[0], f"no {event}"
        line = process.stdout.readline()
        assert line, f"the window ended before {event}"
        heard = json.loads(line)
        if heard["event"] == event:
            return heard


def patience_s() -> float:
    """Two seconds; more where starting an interpreter that does nothing takes long by itself."""
    begun = time.monotonic()
    subprocess.run([sys.executable, "-c", "pass"], check=True)
    return max(ENDS_WITHIN_S, SLOWNESS * (time.monotonic() - begun))


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def leave(stalling: Stalling, workspace: Workspace, word: str) -> dict[str, Any] | None:
    """Open the window, leave while a page is half here; what the next window was started with."""
    stalling.holds.clear()
    window = open_window(workspace)
    try:
        core = hear(window, "open")["core"]
        assert stalling.holds.wait(READY_S), "no page was held back"
        allowed_s, begun = patience_s(), time.monotonic()
        say(window, word)
        fresh = None if word == "quit" else hear(window, "fresh")
        wait_until(lambda: not is_running(core), "the core's end")
        window.wait(READY_S)
        lasted_s = time.monotonic() - begun
    finally:
        if window.stdin is not None:
            window.stdin.close()
        kill(window)
    if fresh is not None:
        # Its core starts after its first paint: then the owner sees Unlock, or the first run.
        wait_until(lambda: bool(children(fresh["pid"])), "the fresh window")
        shown_s = time.monotonic() - begun
        print(f"{word.split(maxsplit=1)[0]}: the next window after {shown_s:.2f} s")
        os.kill(fresh["pid"], signal.SIGKILL)
        wait_until(lambda: not is_running(fresh["pid"]), "the end of the fresh window")
    print(f"{word.split(maxsplit=1)[0]}: ended after {lasted_s:.2f} s, allowed {allowed_s:.2f} s")
    assert lasted_s <= allowed_s
    return fresh


def test_leaving_in_the_middle_of_a_page_is_quick_and_leaves_the_vault_whole(
    tmp_path: Path, stalling: Stalling, workspace: Workspace
) -> None:
    stalling.is_holding.set()
    assert leave(stalling, workspace, "quit") is None
    locked = leave(stalling, workspace, "lock")
    assert locked is not None
    assert locked["arguments"] == ["--workspace", str(workspace.directory)]
    switched = leave(stalling, workspace, f"switch {tmp_path / 'other'}")
    assert switched is not None
    assert switched["arguments"] == ["--workspace", str(tmp_path / "other")]
    stalling.is_holding.clear()
    workspace.run("vault", "verify")
    workspace.run("sync")
    today = datetime.now(UTC).date()
    period = (str(today - timedelta(days=2)), str(today + timedelta(days=2)))
    usage = workspace.usage(period, "endpoint")
    assert [row["requests"] for row in usage["rows"]] == [CALLS]
