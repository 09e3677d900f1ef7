"""The product's real processes, as a user starts them, and ended by their own id only."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.services.compose import build_services
from tests.e2e.traffic import Route

ROOT = Path(__file__).parents[2]
READY_S = 60
COMMAND_S = 120
PASSPHRASE = "correct horse battery staple"


def wait_until(is_so: Callable[[], bool], what: str, timeout_s: float = READY_S) -> None:
    """Wait for a state that only another process can bring about. Raises: TimeoutError."""
    deadline = time.monotonic() + timeout_s
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {timeout_s} s for: {what}")
        threading.Event().wait(0.02)


def environment(home: Path) -> dict[str, str]:
    """Variables of a child that stores everything of the product under `home`."""
    return os.environ | {
        "USAGEFLOW_HOME": str(home),
        "QT_QPA_PLATFORM": "offscreen",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "default",
    }


def usageflow(*arguments: str) -> list[str]:
    """The command line of the `usageflow` command in this interpreter."""
    return [sys.executable, "-m", "usageflow_command", *arguments]


def read_line(stream: Any, timeout_s: float = READY_S) -> str:
    """One line of a child's pipe. Raises: TimeoutError."""
    if not select.select([stream], [], [], timeout_s)[0]:
        raise TimeoutError(f"no line within {timeout_s} s")
    return stream.readline()


def end(process: subprocess.Popen[Any], timeout_s: float = 20) -> int:
    """End a child politely; return its exit status."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        raise
    finally:
        if process.stdout is not None:
            process.stdout.close()


@dataclass
class RunningService:
    """A service process that has said it is ready."""

    process: subprocess.Popen[str]
    ready: dict[str, Any]

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    @property
    def owner(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.ready['owner_token']}"}


def start_service(data: Path, *arguments: str, home: Path) -> RunningService:
    """Run `usageflow serve` and read its ready line."""
    with (home / "service.log").open("ab") as log:
        process = subprocess.Popen(
            usageflow("serve", "--data", str(data), *arguments),
            stdout=subprocess.PIPE, stderr=log, stdin=subprocess.DEVNULL,
            text=True, env=environment(home), cwd=home,
        )  # fmt: skip
    ready = json.loads(read_line(process.stdout) or "{}")
    assert ready.get("ready"), (ready, (home / "service.log").read_text()[-2000:])
    return RunningService(process, ready)


@dataclass(frozen=True)
class Workspace:
    """A vault in a folder, used through the command line."""

    directory: Path
    home: Path

    def run(self, *arguments: str, more_input: Sequence[str] = ()) -> str:
        """Run a command to its end; return what it printed. It must succeed."""
        completed = subprocess.run(
            usageflow(*arguments, "--workspace", str(self.directory), "--passphrase-stdin"),
            input="\n".join([PASSPHRASE, *more_input, ""]), capture_output=True, text=True,
            env=environment(self.home), timeout=COMMAND_S, check=False, cwd=self.home,
        )  # fmt: skip
        assert completed.returncode == 0, (arguments, completed.stdout, completed.stderr)
        assert "Traceback" not in completed.stderr
        return completed.stdout

    def create(self, service: RunningService) -> None:
        """Make the vault and connect it to a service."""
        owner_token = service.ready["owner_token"]
        self.run("workspace", "create", "--service", service.url, more_input=[owner_token])

    def set_policies(self, routes: Iterable[Route]) -> None:
        """Say how callers of these routes are recognised and limited, and sync."""
        for route in routes:
            extra = ["--response-field", route.response_field] if route.response_field else []
            extra += ["--limit", f"{route.limit}/day"] if route.limit else []
            self.run(
                "policy", "set", "--method", route.method, "--path", route.url,
                "--identity", route.identity, *extra,
            )  # fmt: skip
        self.run("sync")

    def usage(self, period: tuple[str, str], group_by: str) -> dict[str, Any]:
        arguments = ("--from", period[0], "--to", period[1], "--group-by", group_by, "--json")
        return json.loads(self.run("usage", *arguments))


def snippets(workspace: Workspace) -> dict[str, str]:
    """The code that the product tells its owner to paste, by lower-case framework."""
    services = build_services(workspace.directory, workspace.home / "service")
    try:
        services.workspace.unlock(PASSPHRASE)
        return {s.framework.lower(): s.code for s in services.connection.snippets()}
    finally:
        services.close()


@dataclass
class MeteredApp:
    """A child process with an API and the published SDK in it."""

    process: subprocess.Popen[bytes]
    url: str
    confirmations: Path
    """Gets a line, the alias, for each allocation that was confirmed to the SDK."""


def start_app(framework: str, snippet: str, home: Path) -> MeteredApp:
    """Start an application made of an owner's snippet; it is ready when its SDK is."""
    page = home / f"{framework}_snippet.py"
    page.write_text(snippet)
    confirmed = home / f"{framework}_confirmed.txt"
    command = [sys.executable, "-m", "tests.e2e.metered_app", framework, str(page)]
    reading, writing = os.pipe()
    with (home / f"{framework}.log").open("wb") as log:
        process = subprocess.Popen(
            [*command, str(writing), str(confirmed)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, pass_fds=(writing,),
            env=environment(home), cwd=ROOT,
        )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as ready:
        port = read_line(ready, READY_S).strip()
    if not port:
        kill(process)
    assert port, (home / f"{framework}.log").read_text()[-2000:]
    return MeteredApp(process, f"http://127.0.0.1:{port}", confirmed)


def kill(process: subprocess.Popen[Any]) -> None:
    """SIGKILL a child and forget its pipes."""
    process.kill()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


def is_running(pid: int) -> bool:
    """Whether a process lives; one that has ended and was not collected yet does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return status.rpartition(")")[2].split()[0] not in {"Z", "X"}


class ScriptedWindow:
    """A real window process with a script for an owner, and what it was told so far."""

    def __init__(self, workspace: Path, application_id: str, prefix: str, home: Path) -> None:
        with (home / "window.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    sys.executable, "-m", "tests.e2e.window_script",
                    str(workspace), application_id, prefix,
                ],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True,
                env=environment(home), cwd=ROOT,
            )  # fmt: skip
        self.core_pids: list[int] = []
        self.rules: list[str] = []
        """Names of the rules that the window was told are stored."""
        self.shown: list[int] = []
        """Requests on the Dashboard, as they were shown."""
        self.cards: list[str] = []
        """What the Requests card of the Dashboard said, one after the other."""
        self.problems: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        stdin = self.process.stdin
        assert stdin is not None
        stdin.write(PASSPHRASE + "\n")
        stdin.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._note(json.loads(line))

    def _note(self, event: dict[str, Any]) -> None:
        match event["event"]:
            case "core":
                self.core_pids.append(event["pid"])
            case "rule":
                self.rules.append(event["name"])
            case "shown":
                self.shown.append(event["requests"])
            case "card":
                self.cards.append(event["text"])
            case _:
                self.problems.append(event["text"])

    def wait_for_another_rule(self) -> None:
        """Wait until the owner has got further, whatever happened to the processes before."""
        known = len(self.rules)
        wait_until(lambda: len(self.rules) > known, "another rule stored by the window")

    def kill(self) -> float:
        """SIGKILL the window; return the seconds until its core had ended too."""
        self.process.kill()
        begun = time.monotonic()
        self.process.wait()
        wait_until(lambda: not is_running(self.core_pids[-1]), "the core's end")
        elapsed = time.monotonic() - begun
        self._reader.join(READY_S)
        return elapsed
