"""The product's real processes, as a user starts them, and ended by their own id only."""

import json
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

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

    def usage(self, period: tuple[str, str], group_by: str) -> dict[str, Any]:
        arguments = ("--from", period[0], "--to", period[1], "--group-by", group_by, "--json")
        return json.loads(self.run("usage", *arguments))


@dataclass
class MeteredApp:
    """A child process with an API and the published SDK in it."""

    process: subprocess.Popen[bytes]
    url: str


def start_app(framework: str, snippet: str, home: Path) -> MeteredApp:
    """Start an application made of an owner's snippet; it is ready when its SDK is."""
    page = home / f"{framework}_snippet.py"
    page.write_text(snippet)
    reading, writing = os.pipe()
    with (home / f"{framework}.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.metered_app", framework, str(page), str(writing)],
            stdout=log, stderr=log, stdin=subprocess.DEVNULL, pass_fds=(writing,),
            env=environment(home), cwd=ROOT,
        )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as ready:
        port = read_line(ready, READY_S).strip()
    assert port, (home / f"{framework}.log").read_text()[-2000:]
    return MeteredApp(process, f"http://127.0.0.1:{port}")
