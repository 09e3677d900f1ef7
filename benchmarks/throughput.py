"""What one core carries: the full path, the same without storage, and how many commits it takes.

The service has a core to itself and the load comes from another. `USAGEFLOW_BENCHMARK_LONG=1` runs
a minute instead of seconds; `USAGEFLOW_BENCHMARK_SOAK=1` runs ten minutes.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import msgspec

from benchmarks.child_load import ROUTE, Plan
from benchmarks.children import ROOT, environment
from benchmarks.figures import Figure
from benchmarks.service_process import Service, read_ready_line, running_module, running_service
from contract.identifiers import policy_id
from hosted.storage.connection import connect
from hosted.storage.journal import APPEND, SCHEMA

SERVICE_CORE, LOAD_CORE = 0, 1
SHORT_S: Final = 5.0
LONG_S: Final = 60.0
SOAK_S: Final = 600.0
CALL_LIMIT_US: Final = 100
"""10,000 calls a second."""
ALLOCATION_LIMIT_MS: Final = 10
MINIMAL_LIMIT: Final = 1 / 0.3
SCRUB_LIMIT: Final = 1 / 0.2
CONFIRMED_LIMIT: Final = 1 / 3
GROWTH_LIMIT: Final = 1.1
SINGLE_COMMITS: Final = 500
ENTRY: Final = bytes(300)
ITEMS: Final = [
    {"sku": f"A-{number}", "title": "Notebook, squared", "quantity": number, "price": "4.90"}
    for number in range(1, 4)
]
BODY: Final = json.dumps(
    {
        "customer": {"name": "Ann Example", "email": "ann@example.com", "city": "Bern"},
        "items": ITEMS,
        "currency": "CHF",
        "note": "leave it with the neighbour",
    }
)
"""An order as an API may be sent it; some of it has to be scrubbed."""


@dataclass(frozen=True, slots=True)
class Run:
    """What a load came to."""

    calls_per_s: float
    cpu_us: float
    """Processor time of the service for one call."""
    p99_ms: float
    settled_per_s: float
    growth: float
    """Resident memory at the end, as a multiple of that after a third of the time."""


def load_s() -> float:
    """How long a load runs."""
    if os.environ.get("USAGEFLOW_BENCHMARK_SOAK"):
        return SOAK_S
    return LONG_S if os.environ.get("USAGEFLOW_BENCHMARK_LONG") else SHORT_S


def cpu_s(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(pid: int) -> int:
    """Pages of memory a process has."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])


@contextmanager
def ceiling(directory: Path) -> Iterator[Service]:
    """The service without storage and scrubbing."""
    with running_module(["benchmarks.child_ceiling"], directory, SERVICE_CORE) as process:
        yield read_ready_line(process)


def with_limit(service: Service) -> None:
    """Give the load's route a limit that is checked and never reached."""
    limit = {"allowed": 10**12, "interval": "day"}
    for method in ("GET", "POST"):
        body = {
            "application_id": service.application_id, "method": method, "url": ROUTE,
            "limits": [limit],
        }  # fmt: skip
        put(service, f"policies/{policy_id(service.application_id, method, ROUTE)}", body)


def with_scrub_profile(service: Service) -> None:
    """Keep the bodies of the load's route, scrubbed."""
    until = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 86_400))
    body = {
        "application_id": service.application_id, "method": "POST", "url": ROUTE,
        "reason": "benchmark", "expires_at": until,
    }  # fmt: skip
    put(service, "scrub-rules/scr_benchmark", body)


def put(service: Service, path: str, body: dict[str, Any]) -> None:
    """Store a row by the admin API."""
    owner = {"Authorization": f"Bearer {service.owner_token}"}
    edit = {"idempotency_key": path.replace("/", "-"), "base_revision": 0, "body": body}
    answer = httpx.put(f"{service.url}/v1/{path}", json=edit, headers=owner)
    answer.raise_for_status()


def loaded(service: Service, directory: Path, **options: Any) -> Run:  # noqa: ANN401 - of `Plan`
    """Load a service, and return what it came to."""
    plan = Plan(service.ws_url, service.sdk_key, load_s(), **options)
    begun_cpu = cpu_s(service.pid)
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.child_load"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment(directory), cwd=ROOT,
    ) as load:  # fmt: skip
        os.sched_setaffinity(load.pid, {LOAD_CORE})
        if load.stdin is None or load.stdout is None:
            raise RuntimeError("the load has no pipes")
        load.stdin.write(msgspec.json.encode(plan))
        load.stdin.close()
        time.sleep(plan.warm_up_s + plan.seconds / 3)
        early = resident(service.pid)
        told = json.loads(load.stdout.read())
    if told["refused"]:
        raise RuntimeError(f"the service refused {told['refused']} calls")
    rate = told["measured_calls"] / told["seconds"]
    cpu_us = 1e6 * (cpu_s(service.pid) - begun_cpu) / told["calls"]
    growth = resident(service.pid) / early
    return Run(rate, cpu_us, told["allocations"]["p99_ms"], rate, growth)


def single_commits_per_s(directory: Path) -> float:
    """Commits a second when each message has one for itself, in the journal's own way."""
    db = connect(directory / "single.db", "5a" * 32)
    db.executescript(SCHEMA)
    begun = time.perf_counter()
    for number in range(SINGLE_COMMITS):
        db.execute(APPEND, {"number": number, "entry": ENTRY})
    elapsed = time.perf_counter() - begun
    db.close()
    return SINGLE_COMMITS / elapsed


def measure(directory: Path) -> list[Figure]:
    for name in ("ceiling", "minimal", "confirmed", "scrub"):
        (directory / name).mkdir()
    with ceiling(directory / "ceiling") as service:
        bare = loaded(service, directory)
        bare_body = loaded(service, directory, body=BODY)
    with running_service(directory / "minimal", SERVICE_CORE) as service:
        with_limit(service)
        minimal = loaded(service, directory)
    with running_service(directory / "scrub", SERVICE_CORE) as service:
        with_limit(service)
        with_scrub_profile(service)
        scrub = loaded(service, directory, body=BODY)
    with running_service(directory / "confirmed", SERVICE_CORE) as service:
        with_limit(service)
        confirmed = loaded(service, directory, confirms=True, in_flight=8)
    single = single_commits_per_s(directory)
    return figures(bare, bare_body, minimal, scrub, confirmed, single)


def figures(  # noqa: PLR0913, PLR0917 - one figure each
    bare: Run, bare_body: Run, minimal: Run, scrub: Run, confirmed: Run, single: float
) -> list[Figure]:
    """The runs against their limits."""
    told = {name: asdict(run) for name, run in (("ceiling", bare), ("minimal", minimal))}
    print(json.dumps(told), file=sys.stderr)
    seconds = f"{load_s():g} s, 10 connections, one core"
    ratio = minimal.cpu_us / bare.cpu_us
    scrub_ratio = scrub.cpu_us / bare_body.cpu_us
    return [
        Figure("a call on the full path", 1e6 / minimal.calls_per_s, CALL_LIMIT_US, "us",
               f"{minimal.calls_per_s:,.0f} calls a second, {seconds}"),
        Figure("allocation under that load", minimal.p99_ms, ALLOCATION_LIMIT_MS, "ms", "p99"),
        Figure("full path against its ceiling", ratio, MINIMAL_LIMIT, "x",
               f"{1 / ratio:.2f} of the calls without storage and scrubbing, by processor time"),
        Figure("scrub profile against its ceiling", scrub_ratio, SCRUB_LIMIT, "x",
               f"{1 / scrub_ratio:.2f} of the calls without storage and scrubbing"),
        Figure("confirmed call against single commits",
               single / (2 * confirmed.calls_per_s), CONFIRMED_LIMIT, "x",
               f"{2 * confirmed.calls_per_s:,.0f} confirmations, {single:,.0f} commits a second"),
        Figure("memory under load", minimal.growth, GROWTH_LIMIT, "x",
               f"at the end of {load_s():g} s against a third of it"),
    ]  # fmt: skip
