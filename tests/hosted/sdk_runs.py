"""Runs an API with a published SDK in it and makes calls to it."""

import json
import subprocess
import sys
import time
from pathlib import Path

from tests.hosted.service import environment

CALLS_LIMIT_S = 60
COUNTED_LIMIT_S = 20
CHILD = Path(__file__).with_name("metered_apps.py")

REDIRECT = "import usageflow_redirect\n"
"""What an owner puts where Python looks for it at its start."""

RESOLVER = """\
import os, socket

resolve = socket.getaddrinfo

def to_this_computer(host, port, *args, **kwargs):
    if host == "api.usageflow.io":
        host, port = "127.0.0.1", int(os.environ["TEST_SERVICE_PORT"])
    return resolve(host, port, *args, **kwargs)

socket.getaddrinfo = to_this_computer
"""
"""Stands for a hosts entry and port 443, which a test may not have."""


def run_app(kind, api, calls, folder, **options):
    """Make calls to a real API with the SDK in it, pointed at the service; their answers."""
    variables = {"USAGEFLOW_WS_URL": api.running.ws_url, **options.pop("variables", {})}
    return run_child(kind, api, calls, folder, start=REDIRECT, variables=variables, **options)


def run_child(kind, api, calls, folder, *, start, variables, python=sys.executable):  # noqa: PLR0913
    """Make calls to a real API in an environment; `start` is run when its Python starts."""
    startup = folder / "startup"
    startup.mkdir(exist_ok=True)
    (startup / "sitecustomize.py").write_text(start)
    paths = f"{startup}:{environment()['PYTHONPATH']}"
    done = subprocess.run(
        [python, CHILD, kind, api.sdk_key],
        input=json.dumps(calls),
        cwd=folder,
        env={**environment(), "PYTHONPATH": paths, **variables},
        capture_output=True,
        text=True,
        timeout=CALLS_LIMIT_S,
        check=False,
    )
    marked = [line for line in done.stdout.splitlines() if line.startswith("ANSWERS ")]
    assert marked, done.stdout + done.stderr
    return json.loads(marked[-1].removeprefix("ANSWERS "))


def statuses(answers):
    return [answer["status"] for answer in answers]


def counted(api, requests, units):
    """The application's totals, once everything that was sent has arrived."""
    ends = time.monotonic() + COUNTED_LIMIT_S
    totals = api.totals()
    while (totals["requests"], totals["units"]) != (requests, units):
        assert time.monotonic() < ends, totals
        totals = api.totals()
    return totals
