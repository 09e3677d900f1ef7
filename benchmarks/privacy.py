"""A person's package against `csv.writer` from the same cursor, finding a person, and the chain.

Shorter runs set `USAGEFLOW_BENCHMARK_EVENTS` (1,000,000) and `USAGEFLOW_BENCHMARK_ROLLUPS`
(10,000,000); the ratios hold for any of them.
"""

import base64
import csv
import hashlib
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from benchmarks.children import run_child
from benchmarks.figures import Figure, ratio_of_medians
from benchmarks.privacy_vault import (
    APP,
    CUSTOMER,
    MATCH,
    NOW,
    PASSPHRASE,
    REQUEST,
    fill,
    new_vault,
    package_service,
)
from contract.sealing import new_private_key, public_key_of, seal
from desktop.domain.privacy.requests import Person
from desktop.services.calls import no_report
from desktop.services.privacy.collecting import Subject, datasets
from desktop.services.privacy.finding import search
from desktop.services.privacy.package.envelope import new_passphrase, sealed_zip
from desktop.services.privacy.package.writing import Contents, write_package
from desktop.services.secret_store import SecretStore
from desktop.services.storage import privacy_audit, privacy_queries, privacy_requests
from desktop.services.storage.database import few_pages
from desktop.services.storage.vault import Vault
from desktop.services.whole_file import WholeFile

EVENTS: Final = int(os.environ.get("USAGEFLOW_BENCHMARK_EVENTS", "1000000"))
ROLLUPS: Final = int(os.environ.get("USAGEFLOW_BENCHMARK_ROLLUPS", "10000000"))
CHAIN: Final = 100_000
ROUNDS: Final = 3
DAYS: Final = 365
IDENTITIES: Final = 10_000
OTHER: Final = "cus_{:06}"
PACKAGE_LIMIT: Final = 1.0
ANSWER_LIMIT: Final = 2.0
"""Rows are read twice, and the file once more, for what `csv.writer` reads once."""
_A_DAY: Final = """
    INSERT INTO customer_days
    WITH RECURSIVE customers(number) AS (
        SELECT 0 UNION ALL SELECT number + 1 FROM customers WHERE number + 1 < :many)
    SELECT :app, :day, printf('cus_%06d', number), 'ep_1', 'units', 1000000, 1, 1000000, 1, 1
    FROM customers
"""
MEMORY_LIMIT_MB: Final = 32.0
FINDING_LIMIT_S: Final = 1.0
CHAIN_LIMIT_S: Final = 1.0
CHAIN_LIMIT: Final = 20.0
"""Against hashing the same bytes and nothing else: rows are read, decoded and written anew."""


def measure(directory: Path) -> list[Figure]:
    vault = new_vault(directory)
    figures = [*_package(vault, directory), _finding(vault), *_chain(vault)]
    vault.close()
    return figures


def _package(vault: Vault, directory: Path) -> list[Figure]:
    fill(vault, EVENTS)
    packages = package_service(vault)
    path = str(directory / "answer.zip")
    answer = partial(packages.build, no_report, REQUEST, (MATCH,), path)
    yardstick, package, whole = [], [], []
    for _ in range(ROUNDS):
        yardstick.append(_timed(partial(_write_csv, vault, directory)))
        package.append(_timed(partial(_write, vault, directory)))
        whole.append(_timed(answer))
    return [
        Figure(
            "privacy: package", ratio_of_medians(package, yardstick), PACKAGE_LIMIT, "x",
            f"csv.writer from the same cursor, {EVENTS:,} calls, medians of {ROUNDS} in turn",
        ),
        Figure(
            "privacy: answer", ratio_of_medians(whole, yardstick), ANSWER_LIMIT, "x",
            "the same; a package with the search for other people and the reading back",
        ),
        _memory(vault, directory),
    ]  # fmt: skip


def _memory(vault: Vault, directory: Path) -> Figure:
    vault.close()
    told = run_child("privacy_memory", directory, str(directory))
    vault.unlock(PASSPHRASE)
    basis = f"highest above a core that made a small one before, {EVENTS:,} calls"
    return Figure("privacy: memory", told["above_idle_mb"], MEMORY_LIMIT_MB, "MB", basis)


def _write(vault: Vault, directory: Path) -> None:
    with (
        WholeFile(str(directory / "package.zip")) as file,
        sealed_zip(file, new_passphrase()) as stream,
        _streamed(vault) as db,
    ):
        request = privacy_requests.everything(db)[0]
        rows = datasets(db, Subject((MATCH,), ()), ())
        contents = Contents(request, "PR-0001", rows, (), ())
        write_package(stream, contents, bytes(range(32)), NOW, no_report)


def _write_csv(vault: Vault, directory: Path) -> None:
    with _streamed(vault) as db, (directory / "rows.csv").open("w", newline="") as file:
        csv.writer(file).writerows(privacy_queries.kept_calls(db, [(APP, CUSTOMER)]))


@contextmanager
def _streamed(vault: Vault) -> Iterator[Connection]:
    with vault.reading() as db, few_pages(db):
        yield db


def _finding(vault: Vault) -> Figure:
    _fill_rollups(vault)
    store = SecretStore(vault, lambda: "id", lambda: NOW)
    _fill_identities(vault, store)
    person = Person(identifiers=(CUSTOMER,))

    def find() -> None:
        with vault.reading() as db:
            found = search(db, store, person, no_report)
        if not found.matches:
            raise AssertionError("the person was not found")

    seconds = statistics.median(_timed(find) for _ in range(ROUNDS))
    basis = f"among {ROLLUPS:,} rollup rows and {IDENTITIES:,} identities, median of {ROUNDS}"
    return Figure("privacy: finding a person", seconds, FINDING_LIMIT_S, "s", basis)


def _fill_rollups(vault: Vault) -> None:
    """Rows of a year, as many customers a day as it takes; one of them is the person."""
    a_day = ROLLUPS // DAYS
    first = (NOW.date() - timedelta(days=DAYS)).toordinal() - datetime(1970, 1, 1).toordinal()  # noqa: DTZ001 (a number)
    body = json.dumps({"name": "API", "time_zone": "UTC", "archived": False})
    with vault.transaction() as db:
        _without_notes(db)
        db.execute(
            "INSERT INTO configuration VALUES ('application', ?, ?, ?, 1, 1, 'synced', '')",
            (APP, APP, body),
        )
        for day in range(first, first + DAYS):
            db.execute(_A_DAY, {"app": APP, "day": day, "many": a_day})
        middle = first + DAYS // 2
        db.execute(
            "INSERT INTO customer_days VALUES (?, ?, ?, 'ep_1', 'units', 1, 1, 1, 1, 1)",
            (APP, middle, CUSTOMER),
        )


def _fill_identities(vault: Vault, store: SecretStore) -> None:
    """Sealed ones, which have to be opened to be compared."""
    private = new_private_key()
    public = public_key_of(private)
    with vault.transaction() as db:
        store.sealing_key(db, lambda: base64.b64encode(private).decode())
        for number in range(IDENTITIES):
            customer = OTHER.format(number)
            sealed = seal(public, APP, customer, f"caller{number}@example.com")
            body = json.dumps({"application_id": APP, "customer_id": customer, "sealed": sealed})
            db.execute(
                "INSERT INTO configuration VALUES ('identity', ?, ?, ?, 1, 1, 'synced', '')",
                (customer, APP, body),
            )


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


def _timed(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return time.perf_counter() - begun
