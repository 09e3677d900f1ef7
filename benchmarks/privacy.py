"""A person's package against `csv.writer` from the same cursor, finding a person, and the chain.

Shorter runs set `USAGEFLOW_BENCHMARK_EVENTS` (1,000,000) and `USAGEFLOW_BENCHMARK_ROLLUPS`
(10,000,000); the ratios hold for any of them.
"""

import csv
import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from benchmarks.figures import Figure, ratio_of_medians
from desktop.domain.privacy.kinds import Channel, RequestKind
from desktop.domain.privacy.requests import NewRequest, Person, PrivacyRequest
from desktop.services.calls import no_report
from desktop.services.privacy.collecting import Subject, datasets
from desktop.services.privacy.finding import FoundBy, Match, search
from desktop.services.privacy.package.envelope import new_passphrase, sealed_zip
from desktop.services.privacy.package.writing import Contents, write_package
from desktop.services.secret_store import SecretStore
from desktop.services.storage import privacy_audit, privacy_queries
from desktop.services.storage.timestamps import microseconds
from desktop.services.storage.vault import Vault
from desktop.services.whole_file import WholeFile

EVENTS: Final = int(os.environ.get("USAGEFLOW_BENCHMARK_EVENTS", "1000000"))
ROLLUPS: Final = int(os.environ.get("USAGEFLOW_BENCHMARK_ROLLUPS", "10000000"))
CHAIN: Final = 100_000
ROUNDS: Final = 3
DAYS: Final = 365
APP, CUSTOMER, OTHER = "app_1", "cus_1", "cus_{:06}"
PASSPHRASE: Final = "correct horse battery staple"  # noqa: S105 (of a vault that is deleted)
NOW: Final = datetime(2026, 11, 23, 12, tzinfo=UTC)
PACKAGE_LIMIT: Final = 1.0
MEMORY_LIMIT_MB: Final = 32.0
FINDING_LIMIT_S: Final = 1.0
CHAIN_LIMIT_S: Final = 1.0
CHAIN_LIMIT: Final = 20.0
"""Against hashing the same bytes and nothing else: rows are read, decoded and written anew."""


def measure(directory: Path) -> list[Figure]:
    vault = Vault(directory / "vault", lambda: NOW)
    vault.create(PASSPHRASE)
    figures = [*_package(vault, directory), _finding(vault), *_chain(vault)]
    vault.close()
    return figures


def _package(vault: Vault, directory: Path) -> list[Figure]:
    _fill_calls(vault)
    ours, yardstick, memory_mb = [], [], 0.0
    for number in range(ROUNDS):
        before = _resident_mb()
        peak = _Peak(before)
        ours.append(_timed(partial(_write, vault, directory, peak)))
        yardstick.append(_timed(partial(_write_csv, vault, directory)))
        memory_mb = max(memory_mb, peak.highest - before) if number else memory_mb
    basis = f"csv.writer from the same cursor, {EVENTS:,} calls, medians of {ROUNDS} in turn"
    return [
        Figure("privacy: package", ratio_of_medians(ours, yardstick), PACKAGE_LIMIT, "x", basis),
        Figure(
            "privacy: memory of a package", memory_mb, MEMORY_LIMIT_MB, "MB",
            "above idle, looked at with each batch",
        ),
    ]  # fmt: skip


def _fill_calls(vault: Vault) -> None:
    step = timedelta(seconds=7)

    def rows() -> Iterator[tuple[str, str, int, str, int]]:
        for number in range(EVENTS):
            body = {
                "trace_id": f"t{number}", "application_id": APP, "customer_id": CUSTOMER,
                "endpoint_id": "ep_1", "method": "GET", "url": "/items/{item_id}",
                "units": "1", "status": 200, "duration_ms": number % 400,
                "client": "192.0.2.0/24", "agent": "python-httpx/0.28",
            }  # fmt: skip
            at_us = microseconds(NOW - step * number)
            yield f"t{number}", APP, at_us, json.dumps(body), at_us

    with vault.transaction() as db:
        db.executemany(
            "INSERT INTO kept_traces (trace_id, application_id, at_us, body, explanation, "
            "opened_at_us) VALUES (?, ?, ?, ?, NULL, ?)",
            rows(),
        )


def _write(vault: Vault, directory: Path, peak: "_Peak") -> None:
    asked = NewRequest(RequestKind.ACCESS, Channel.EMAIL, NOW, "UTC", Person("Jane Doe"))
    request = PrivacyRequest("request", 1, asked, ())
    match = Match(APP, CUSTOMER, "Jane Doe", FoundBy.NAME)
    with (
        WholeFile(str(directory / "package.zip")) as file,
        sealed_zip(file, new_passphrase()) as stream,
        vault.reading() as db,
    ):
        subject = Subject((match,), ())
        contents = Contents(request, "PR-0001", datasets(db, subject, ()), (), ())
        write_package(stream, contents, bytes(range(32)), NOW, peak)


def _write_csv(vault: Vault, directory: Path) -> None:
    with vault.reading() as db, (directory / "rows.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerows(privacy_queries.kept_calls(db, [(APP, CUSTOMER)]))


def _finding(vault: Vault) -> Figure:
    _fill_rollups(vault)
    store = SecretStore(vault, lambda: "id", lambda: NOW)
    person = Person(identifiers=(CUSTOMER,))

    def find() -> None:
        with vault.reading() as db:
            found = search(db, store, person, no_report)
        if not found.matches:
            raise AssertionError("the person was not found")

    seconds = statistics.median(_timed(find) for _ in range(ROUNDS))
    basis = f"by id among {ROLLUPS:,} rollup rows, median of {ROUNDS}"
    return Figure("privacy: finding a person", seconds, FINDING_LIMIT_S, "s", basis)


def _fill_rollups(vault: Vault) -> None:
    """Rows of a year, as many customers a day as it takes; one of them is the person."""
    a_day = ROLLUPS // DAYS
    first = (NOW.date() - timedelta(days=DAYS)).toordinal() - datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 (a number)
    insert = (
        "INSERT INTO customer_days VALUES (?, ?, ?, 'ep_1', 'units', 1000000, 1, 1000000, 1, 1)"
    )
    body = json.dumps({"name": "API", "time_zone": "UTC", "archived": False})
    with vault.transaction() as db:
        _without_notes(db)
        db.execute(
            "INSERT INTO configuration VALUES ('application', ?, ?, ?, 1, 1, 'synced', '')",
            (APP, APP, body),
        )
        for day in range(first, first + DAYS):
            some = ((APP, day, OTHER.format(number)) for number in range(a_day))
            db.executemany(insert, some)
        db.execute(insert, (APP, first + DAYS // 2, CUSTOMER))


def _without_notes(db: Connection) -> None:
    """What triggers keep beside the rows is not looked at here."""
    names = db.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    for (name,) in names:
        if name.startswith("month_change"):
            db.execute(f"DROP TRIGGER {name}")


def _chain(vault: Vault) -> list[Figure]:
    with vault.transaction() as db:
        for number in range(CHAIN):
            facts = {"kind": "access", "count": number}
            privacy_audit.append(db, NOW, "acknowledge", f"PR-{number:06}", facts)
    with vault.reading() as db:
        contents = [entry.content() for entry in privacy_audit.newest(db, CHAIN)]
        ours = [_timed(lambda: privacy_audit.check(db)) for _ in range(ROUNDS)]
    yardstick = [_timed(lambda: _hash(contents)) for _ in range(ROUNDS)]
    basis = f"{CHAIN:,} entries, median of {ROUNDS}"
    ratio = ratio_of_medians(ours, yardstick)
    bare = f"hashing the same bytes alone, {basis}"
    return [
        Figure("privacy: chain verified", statistics.median(ours), CHAIN_LIMIT_S, "s", basis),
        Figure("privacy: chain against bare hashes", ratio, CHAIN_LIMIT, "x", bare),
    ]


def _hash(contents: list[bytes]) -> None:
    previous = bytes(32)
    for content in contents:
        previous = hashlib.sha256(content + previous).digest()


class _Peak:
    """A report that looks at the process's memory."""

    def __init__(self, now_mb: float) -> None:
        self.highest = now_mb

    def __call__(self, done: int, total: int | None = None) -> None:  # noqa: ARG002 (a `Report`)
        self.highest = max(self.highest, _resident_mb())


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
