"""A million rollup rows from a running service into a vault, and what a quiet round costs.

The yardstick is `executemany` of ready tuples into the same tables of the same library without a
key and without sums, in transactions of the same size. The upkeep of sums and of the columns of
months has a limit of its own. `USAGEFLOW_BENCHMARK_ROWS` takes another number of rows.
"""

import ctypes
import gc
import hashlib
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, nullcontext
from datetime import UTC, tzinfo
from pathlib import Path
from sqlite3 import Connection
from typing import Final

import httpx
from msgspec.structs import astuple
from sqlcipher3 import dbapi2 as sqlcipher

from benchmarks.children import ROOT, environment
from benchmarks.figures import Figure, percentile
from benchmarks.rollup_service import filled_service
from contract.messages.rollups import CustomerDay, CustomerHour, EndpointHour, RollupRow
from desktop.services.calls import no_report
from desktop.services.client import ServiceClient
from desktop.services.compose import Services, Surroundings, build_services, real_surroundings
from desktop.services.storage import page_sums, rollups
from desktop.services.storage.database import CACHE_KIB
from desktop.services.storage.vault import Vault

ROWS: Final = int(os.environ.get("USAGEFLOW_BENCHMARK_ROWS", "1000000"))
ROWS_A_PAGE: Final = 20_000
PASSPHRASE: Final = "correct horse battery staple"  # noqa: S105 (of a vault that is deleted)
QUIET_ROUNDS: Final = 20
SPEED_LIMIT: Final = 1 / 0.62
UPKEEP_LIMIT: Final = 2.5
QUIET_LIMIT_MS: Final = 50
MEMORY_LIMIT_MIB: Final = 150
BLOCKED_LIMIT_MS: Final = 16
TABLES: Final = ("endpoint_hours", "customer_days", "customer_hours")


def measure(directory: Path) -> list[Figure]:
    pages = list(_pages(sample_rows(ROWS)))
    plain_s = _plain(directory, pages)
    upkeep = _stored(directory / "with sums", pages) / _stored(
        directory / "rows alone", pages, has_sums=False
    )
    with filled_service(directory / "service", itertools.chain.from_iterable(pages)) as service:
        alone, _ = _workspace(directory / "rows", service.url, service.owner_token)
        with _without_sums(alone.vault):
            alone_s = _synced(alone)
        alone.close()
        services, requests = _workspace(directory / "workspace", service.url, service.owner_token)
        pages.clear()
        before_mib = _forget_peak_mib()
        with _ticking(directory) as late_ms:
            synced_s = _synced(services)
        grown_mib = _peak_mib() - before_mib
        quiet_ms = _quiet_rounds(services, requests)
        services.close()
    per_row = 1e6 / ROWS
    return [
        Figure("sync: rows from the service into the vault", alone_s / plain_s, SPEED_LIMIT, "x",
               f"{ROWS:,} rows with their cursors, {alone_s * per_row:.2f} us a row, against "
               f"{plain_s * per_row:.2f} of a plain executemany; wall"),
        Figure("sync: upkeep of all sums and months", upkeep, UPKEEP_LIMIT, "x",
               "storing with them against storing the rows alone; CPU"),
        Figure("sync: rows, sums and months together", synced_s / plain_s,
               SPEED_LIMIT * UPKEEP_LIMIT, "x",
               f"{synced_s * per_row:.2f} us a row; both limits taken together; wall"),
        Figure("sync: nothing new", statistics.median(quiet_ms), QUIET_LIMIT_MS, "ms",
               f"median of {QUIET_ROUNDS}, wall"),
        Figure("sync: requests when nothing is new", len(requests) / QUIET_ROUNDS, 1, "", "mean"),
        Figure("sync: memory of the process above idle", grown_mib, MEMORY_LIMIT_MIB, "MiB",
               "peak resident, fetching and storing together"),
        Figure("sync: a window beside it held up", percentile(late_ms, 0.999), BLOCKED_LIMIT_MS,
               "ms", "a process that wakes every 5 ms, 99.9th percentile"),
    ]  # fmt: skip


def sample_rows(count: int) -> Iterator[RollupRow]:
    """Rows as a busy service has them, the newest day first.

    5 % are hours of endpoints, the rest is of customers, half by day and half by hour.
    """
    app, numbers = "app_" + "0" * 20, itertools.count(1)
    customers = [f"cus_{_digest(n)[:32]}" for n in range(2_000)]
    endpoints = [f"ep_{_digest(n)[:24]}" for n in range(20)]
    histogram = (20, 5, 21, 6, 22, 7, 30, 1)

    def day(number: int) -> Iterator[RollupRow]:
        for hour, endpoint in itertools.product(range(24), endpoints):
            start = number * 86_400 + hour * 3600
            yield EndpointHour(app, endpoint, start, 700, 5_000_000, 1, 2, 3, 4, 5, histogram,
                               next(numbers))  # fmt: skip
        for place, customer in enumerate(customers):
            for offset in range(2):
                endpoint = endpoints[(place + offset) % len(endpoints)]
                yield CustomerDay(app, customer, endpoint, "units", number, 5_000_000 + place, 7,
                                  1_000_000, next(numbers))  # fmt: skip
        for place, customer in enumerate(customers):
            for hour in (9, 14):
                yield CustomerHour(app, customer, endpoints[place % len(endpoints)],
                                   number * 86_400 + hour * 3600, 7, 5_000_000,
                                   next(numbers))  # fmt: skip

    return itertools.islice(
        itertools.chain.from_iterable(day(number) for number in itertools.count(20_000, -1)), count
    )


def _digest(number: int) -> str:
    return hashlib.sha256(str(number).encode()).hexdigest()


def _pages(rows: Iterator[RollupRow]) -> Iterator[list[RollupRow]]:
    while page := list(itertools.islice(rows, ROWS_A_PAGE)):
        yield page


def _plain(directory: Path, pages: Iterable[Sequence[RollupRow]]) -> float:
    """Wall seconds of inserting ready tuples without a key."""
    vault = _new_vault(directory / "of the tables")
    with vault.reading() as db:
        statements = [
            db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,)).fetchone()[0]
            for table in TABLES
        ]
    vault.close()
    elapsed = 0.0
    with closing(sqlcipher.connect(str(directory / "plain.db"), isolation_level=None)) as db:
        for setting in ("journal_mode = WAL", "synchronous = FULL", f"cache_size = -{CACHE_KIB}"):
            db.execute(f"PRAGMA {setting}")
        for statement in statements:
            db.execute(statement)
        for page in pages:
            ready = _ready(page)
            begun = time.perf_counter()
            _insert(db, ready)
            elapsed += time.perf_counter() - begun
    return elapsed


def _ready(page: Sequence[RollupRow]) -> dict[str, list[tuple[object, ...]]]:
    """The tuples of a page by table, as the tables have their columns."""
    tuples: dict[str, list[tuple[object, ...]]] = {table: [] for table in TABLES}
    for row in page:
        values = astuple(row)
        if isinstance(row, EndpointHour):
            app, endpoint, hour, *counts, _durations, revision = values
            day = row.hour // 86_400
            tuples["endpoint_hours"].append(
                (app, endpoint, hour, day, *counts, revision, 0, "[20,5,21,6,22,7,30,1]")
            )
        elif isinstance(row, CustomerDay):
            app, customer, endpoint, meter, day, *counts = values
            tuples["customer_days"].append((app, day, customer, endpoint, meter, *counts, 0))
        else:
            app, customer, endpoint, hour, *counts = values
            tuples["customer_hours"].append((app, hour, customer, endpoint, *counts, 0))
    return tuples


def _insert(db: Connection, ready: dict[str, list[tuple[object, ...]]]) -> None:
    db.execute("BEGIN")
    for table, rows in ready.items():
        if rows:
            places = ", ".join("?" * len(rows[0]))
            db.executemany(f"INSERT INTO {table} VALUES ({places})", rows)  # noqa: S608 (constants)
    db.execute("COMMIT")


def _stored(
    directory: Path, pages: Iterable[Sequence[RollupRow]], *, has_sums: bool = True
) -> float:
    """CPU seconds of storing the pages, with all that is kept beside them or without."""
    vault = _new_vault(directory)
    without = nullcontext() if has_sums else _without_sums(vault)
    with without:
        begun = time.thread_time()
        for page in pages:
            with vault.transaction() as db:
                rollups.store_page(db, page, 0, _utc)
        elapsed = time.thread_time() - begun
    vault.close()
    return elapsed


@contextmanager
def _without_sums(vault: Vault) -> Iterator[None]:
    """Rows alone, in this block and for good in this vault."""
    with vault.transaction() as db:
        triggers = db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
        for (name,) in triggers:
            db.execute(f"DROP TRIGGER {name}")
    kept = page_sums.SUMS
    page_sums.SUMS = ()  # type: ignore[misc]  # what is measured is the product without them
    try:
        yield
    finally:
        page_sums.SUMS = kept  # type: ignore[misc]


def _synced(services: Services) -> float:
    """Wall seconds of a whole first round."""
    begun = time.perf_counter()
    services.sync.run(no_report)
    return time.perf_counter() - begun


def _new_vault(directory: Path) -> Vault:
    vault = Vault(directory)
    vault.create(PASSPHRASE)
    return vault


def _utc(_application_id: str) -> tzinfo:
    return UTC


def _workspace(directory: Path, url: str, token: str) -> tuple[Services, list[str]]:
    """A connected workspace, and the requests it makes from now on."""
    real = real_surroundings()
    requests: list[str] = []

    def make(address: str, owner_token: str) -> ServiceClient:
        return ServiceClient(address, owner_token, _Counted(requests))

    services = build_services(
        directory,
        directory / "none",
        syncs_by_itself=False,
        surroundings=Surroundings(real.clock, real.new_id, make),
    )
    services.workspace.create(PASSPHRASE)
    services.connection.use_remote(url, token)
    return services, requests


class _Counted(httpx.HTTPTransport):
    """Notes the path of each request."""

    def __init__(self, requests: list[str]) -> None:
        super().__init__()
        self._requests = requests

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._requests.append(request.url.path)
        return super().handle_request(request)


def _quiet_rounds(services: Services, requests: list[str]) -> list[float]:
    """Milliseconds of rounds that bring nothing; the first one is not counted."""
    services.sync.run(no_report)
    requests.clear()
    elapsed = []
    for _ in range(QUIET_ROUNDS):
        begun = time.perf_counter()
        services.sync.run(no_report)
        elapsed.append(1000 * (time.perf_counter() - begun))
    return elapsed


@contextmanager
def _ticking(directory: Path) -> Iterator[list[float]]:
    """How many milliseconds late another process wakes up while the block runs."""
    late_ms: list[float] = []
    with subprocess.Popen(
        [sys.executable, "-m", "benchmarks.child_ticks"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(directory),
        cwd=ROOT,
    ) as child:  # fmt: skip
        yield late_ms
        told, _ = child.communicate()
    late_ms += json.loads(told)


def _forget_peak_mib() -> float:
    """Resident memory, which is the peak from now on; what is free goes back to the system first.

    The peak of the whole process would be that of the rows this benchmark holds itself.
    """
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
    return _peak_mib()


def _peak_mib() -> float:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"VmHWM:\s+(\d+) kB", status)[0]) / 1024
