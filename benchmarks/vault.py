"""The encrypted vault against the same library without a key, in turn, in one run.

A gigabyte is measured with `USAGEFLOW_BENCHMARK_GIGABYTE=1`; it takes minutes and 4 GB of disk.
"""

import os
import random
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from sqlite3 import Connection
from typing import Final

from sqlcipher3 import dbapi2 as sqlcipher

from benchmarks.figures import Figure, ratio_of_medians
from desktop.services.calls import no_report
from desktop.services.storage import backup, credentials, rekeying
from desktop.services.storage.database import CACHE_KIB, connect
from desktop.services.storage.files import create_empty
from desktop.services.storage.vault import Vault
from desktop.services.storage.verification import verify_vault

ROWS: Final = 1_000_000
ROUNDS: Final = 5
LOOKUPS: Final = 10_000
SMALL_COMMITS: Final = 200
ROWS_A_COMMIT: Final = 100
KEY: Final = bytes(range(32))
SEED: Final = 20_261_123
PASSPHRASE: Final = "correct horse battery staple"  # noqa: S105 (of a vault that is deleted)
GIGABYTE: Final = "USAGEFLOW_BENCHMARK_GIGABYTE"
BLOB_BYTES: Final = 4_000
SCHEMA: Final = """
CREATE TABLE usage (id INTEGER PRIMARY KEY, ts INTEGER NOT NULL, endpoint INTEGER NOT NULL,
    customer INTEGER NOT NULL, units INTEGER NOT NULL, latency_us INTEGER NOT NULL) STRICT
"""
INSERT: Final = "INSERT INTO usage VALUES (?, ?, ?, ?, ?, ?)"
SCAN: Final = "SELECT sum(units), sum(latency_us), max(customer) FROM usage"
RANGE: Final = "SELECT sum(units) FROM usage WHERE ts BETWEEN 300000 AND 330000"
LOOKUP: Final = "SELECT units FROM usage WHERE id = ?"
LIMITS: Final = {
    "bulk insert of 1M rows": 1.25,
    "commits of 100 rows": 1.8,
    "cold scan": 2.3,
    "warm scan": 1.05,
    "warm range": 1.05,
    "warm look-ups": 1.05,
}


def measure(directory: Path) -> list[Figure]:
    times: dict[str, dict[bool, list[float]]] = {name: {True: [], False: []} for name in LIMITS}
    for number in range(ROUNDS + 1):
        for encrypted in (number % 2 == 0, number % 2 != 0):
            for name, seconds in _round(directory, encrypted=encrypted):
                if number:  # the first round fills caches
                    times[name][encrypted].append(seconds)
    basis = f"same library without a key, CPU, medians of {ROUNDS} in turn"
    figures = [
        Figure(f"vault: {name}", ratio_of_medians(found[True], found[False]), limit, "x", basis)
        for (name, found), limit in zip(times.items(), LIMITS.values(), strict=True)
    ]
    return figures + (_gigabyte(directory) if os.environ.get(GIGABYTE) else [])


def _round(directory: Path, *, encrypted: bool) -> Iterator[tuple[str, float]]:
    path = directory / "round.db"
    for leftover in directory.glob("round.db*"):
        leftover.unlink()
    with closing(_opened(path, encrypted=encrypted, new=True)) as db:
        db.execute(SCHEMA)
        db.execute("CREATE INDEX by_time ON usage (ts)")
        yield "bulk insert of 1M rows", _timed(lambda: _insert(db, 0, ROWS))
        yield "commits of 100 rows", _timed(lambda: _commit_often(db))
    with closing(_opened(path, encrypted=encrypted)) as db:
        yield "cold scan", _timed(lambda: db.execute(SCAN).fetchall())
        db.execute("SELECT count(*) FROM usage WHERE ts > 0").fetchall()
        yield "warm scan", _timed(lambda: [db.execute(SCAN).fetchall() for _ in range(3)])
        yield "warm range", _timed(lambda: [db.execute(RANGE).fetchall() for _ in range(300)])
        yield "warm look-ups", _timed(lambda: _look_up(db))


def _opened(path: Path, *, encrypted: bool, new: bool = False) -> Connection:
    """A connection with the vault's settings, whose cache holds everything."""
    if new:
        create_empty(path)
    if encrypted:
        return connect(path, KEY, "WAL")
    db = sqlcipher.connect(str(path), isolation_level=None)
    cache = f"cache_size = -{CACHE_KIB}"
    for setting in ("temp_store = 2", "journal_mode = WAL", "synchronous = FULL", cache):
        db.execute(f"PRAGMA {setting}")
    return db


def _insert(db: Connection, first: int, count: int) -> None:
    db.execute("BEGIN")
    db.executemany(
        INSERT,
        ((n, n % 700_000, n % 40, n * 7919 % 5000, n % 13, n % 90_000)
         for n in range(first, first + count)),
    )  # fmt: skip
    db.execute("COMMIT")


def _commit_often(db: Connection) -> None:
    for number in range(SMALL_COMMITS):
        _insert(db, ROWS + number * ROWS_A_COMMIT, ROWS_A_COMMIT)


def _look_up(db: Connection) -> None:
    chance = random.Random(SEED)  # noqa: S311 (the same look-ups for both)
    for _ in range(LOOKUPS):
        db.execute(LOOKUP, (chance.randrange(ROWS),)).fetchone()


def _timed(action: Callable[[], object]) -> float:
    """CPU seconds of this thread: the disk is the same for both."""
    begun = time.thread_time()
    action()
    return time.thread_time() - begun


def _gigabyte(directory: Path) -> list[Figure]:
    vault = Vault(directory / "large")
    vault.create(PASSPHRASE)
    with vault.transaction() as db:
        db.execute("CREATE TABLE filler (id INTEGER PRIMARY KEY, content BLOB NOT NULL) STRICT")
    for _ in range(50):
        with vault.transaction() as db:
            db.executemany(
                "INSERT INTO filler (content) VALUES (?)",
                ((os.urandom(BLOB_BYTES),) for _ in range(5_000)),
            )
    figures = [_unlock(vault), *_verified_and_copied(vault)]
    vault.close()
    return figures


def _unlock(vault: Vault) -> Figure:
    header = vault.header()
    credential = credentials.passphrase(PASSPHRASE)
    beyond = []
    for _ in range(ROUNDS):
        vault.close()
        with _stopwatch() as whole:
            vault.unlock(PASSPHRASE)
        with _stopwatch() as derivation:
            credential.data_key(header.slots, header.vault_id)
        beyond.append(whole[0] - derivation[0])
    return Figure(
        "vault: unlock of 1 GB beyond the derivation", statistics.median(beyond), 1.0, "s",
        f"median of {ROUNDS}",
    )  # fmt: skip


def _verified_and_copied(vault: Vault) -> Iterator[Figure]:
    with _stopwatch() as verified:
        verify_vault(vault.files, vault.data_key(), no_report)
    yield Figure("vault: verification of 1 GB", verified[0], 8.0, "s", "one run")
    with _stopwatch() as copied:
        rekeying.back_up(vault, backup.Reason.MANUAL, no_report)
    yield Figure("vault: verified backup of 1 GB", copied[0], 16.0, "s", "one run")


@contextmanager
def _stopwatch() -> Iterator[list[float]]:
    """Wall seconds of the block, in the list once it has ended."""
    measured: list[float] = []
    begun = time.perf_counter()
    yield measured
    measured.append(time.perf_counter() - begun)
