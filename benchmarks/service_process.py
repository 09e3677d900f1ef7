"""A real service of its own for one measurement."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import ROOT, environment

STOP_S = 20


@dataclass(frozen=True, slots=True)
class Service:
    """Where a running service is, and the secrets of its first account."""

    url: str
    ws_url: str
    application_id: str
    sdk_key: str
    owner_token: str
    pid: int


@contextmanager
def running_service(directory: Path, core: int | None = None) -> Iterator[Service]:
    """Start `usageflow serve` on an empty data directory, perhaps on one core; end it by its id.

    Raises: RuntimeError with the service's own words when it does not start.
    """
    command = ["usageflow_command", "serve", "--bootstrap", "--data", str(directory / "meter")]
    with running_module(command, directory, core) as process:
        yield read_ready_line(process)


@contextmanager
def running_module(
    command: Sequence[str], directory: Path, core: int | None
) -> Iterator[subprocess.Popen[str]]:
    """Run a module in a process of its own, perhaps on one core; end it by its id."""
    with subprocess.Popen(
        [sys.executable, "-m", *command],
        stdout=subprocess.PIPE, text=True, env=environment(directory), cwd=ROOT,
    ) as process:  # fmt: skip
        if core is not None:
            os.sched_setaffinity(process.pid, {core})
        try:
            yield process
        finally:
            process.terminate()
            process.wait(STOP_S)


def read_ready_line(process: subprocess.Popen[str]) -> Service:
    line = process.stdout.readline() if process.stdout else ""
    ready = json.loads(line or "{}")
    if not ready.get("ready"):
        raise RuntimeError(f"the service did not start: {line}")
    return Service(
        ready["url"], ready["ws_url"], ready["application_id"], ready["sdk_key"],
        ready["owner_token"], ready["pid"],
    )  # fmt: skip
