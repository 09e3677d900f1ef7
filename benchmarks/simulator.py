"""A what-if over 2.4 million cells: from the vault, over the pipe, to the result on the screen."""

import json
import random
import statistics
import time
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from sqlite3 import Connection
from typing import Any, Final

import numpy as np

from benchmarks.children import run_child
from benchmarks.figures import Figure
from contract.identifiers import version_id
from desktop.domain.calendar import month_number
from desktop.services.storage import configuration, month_cells
from desktop.services.storage.configuration import RowKey, StoredRow
from desktop.services.storage.month_cells import BlockKey, Cells
from desktop.services.storage.vault import Vault

PASSPHRASE: Final = "a passphrase for measuring"  # noqa: S105 (of a vault that holds invented data)
APPLICATION: Final = "app_large"
CUSTOMERS: Final = 10_000
ENDPOINTS: Final = 20
MONTHS: Final = 12
TODAY: Final = date(2026, 11, 23)
SINCE: Final = "2020-01-01"
SEED: Final = 20_261_123
MICRO: Final = 10**6
LIMIT_MS: Final = 1_500
SCREEN_TOO: Final = 5
"""How many times faster than a loop that only rates the whole way has to be, reading and painting
included; rating alone is measured by `rating`."""
LOOPED: Final = 40_000
TIERS: Final = (
    ("1000", "0.012345"), ("10000", "0.004321"), ("100000", "0.001234"), (None, "0.0009"),
)  # fmt: skip


def make_workspace(directory: Path) -> Path:
    """A vault with a year of month cells of every customer and endpoint, and a price for each."""
    vault = Vault(directory / "books")
    vault.create(PASSPHRASE)
    with vault.transaction() as db:
        _configure(db)
        db.executemany(
            "INSERT INTO month_customers (application_id, number, customer_id) VALUES (?, ?, ?)",
            [(APPLICATION, number, f"cus_{number:08d}") for number in range(CUSTOMERS)],
        )
        _store_cells(db)
    vault.close()
    return directory / "books"


def _configure(db: Connection) -> None:
    routes = [{"method": "*", "url": "*"}]
    application = {"name": "Large", "time_zone": "UTC", "metered_routes": routes, "archived": False}
    _put(db, "application", APPLICATION, application)
    tiers = [{"up_to": bound, "unit_amount": price} for bound, price in TIERS]
    price = {"model": "graduated", "currency": "USD", "tiers": tiers}
    for number in range(ENDPOINTS):
        place = {"application_id": APPLICATION, "method": "GET", "url": f"/v1/part{number}"}
        seen = {"first_seen": "2020-01-01T00:00:00Z"}
        _put(db, "endpoint", f"end_{number}", place | seen)
        rule: dict[str, Any] = place | {
            "name": f"Part {number}",
            "price": price,
            "effective_from": SINCE,
        }
        rule |= {"meter": "units", "version": 1}
        _put(db, "pricing_rule", f"rule_{number}", rule)
        published = {"rule_id": f"rule_{number}", "published_at": seen["first_seen"]}
        _put(db, "rule_version", version_id(f"rule_{number}", 1), rule | published)


def _put(db: Connection, entity: str, entity_id: str, body: dict[str, Any]) -> None:
    configuration.put(db, RowKey(entity, entity_id), StoredRow(json.dumps(body), 1, 1))


def _store_cells(db: Connection) -> None:
    chance = np.random.default_rng(SEED)
    customers = np.arange(CUSTOMERS, dtype=np.int64)
    last = month_number(TODAY)
    for month in range(last - MONTHS, last):
        for number in range(ENDPOINTS):
            units = (1 + chance.lognormal(6, 2, CUSTOMERS)).astype(np.int64)
            cells = Cells(customers, units * MICRO, np.maximum(units // 2, 1), units)
            month_cells.store(db, APPLICATION, BlockKey(month, f"end_{number}", "units"), cells)


def measure(directory: Path) -> list[Figure]:
    workspace = make_workspace(directory)
    found = run_child("child_what_if", directory, str(workspace))
    on_screen_ms = statistics.median(found["times_ms"])
    cells = CUSTOMERS * MONTHS * ENDPOINTS
    # A draft of every price beside the live ones: each cell is rated twice.
    loop_ms = 2 * cells / LOOPED * _looped_ms()
    basis = f"{cells:,} cells, live and draft, core and window; median of {len(found['times_ms'])}"
    return [
        Figure("what-if from the vault to the screen", on_screen_ms, LIMIT_MS, "ms", basis),
        Figure(
            "the same against a loop over decimals that only rates",
            on_screen_ms / loop_ms,
            1 / SCREEN_TOO,
            "x",
            f"{loop_ms / on_screen_ms:.0f} times faster than {loop_ms / 1000:.1f} s",
        ),
    ]


def _looped_ms() -> float:
    """Graduated tiers over decimals, each part rounded to the cent."""
    chance = random.Random(SEED)  # noqa: S311 (invented usage)
    quantities = [Decimal(1 + int(chance.lognormvariate(6, 2))) for _ in range(LOOPED)]
    prices = [Decimal(price) for _, price in TIERS]
    bounds = [Decimal(bound) for bound, _ in TIERS if bound is not None]
    cent, total = Decimal("0.01"), Decimal(0)
    begun = time.process_time()
    for quantity in quantities:
        lower = Decimal(0)
        for bound, price in zip([*bounds, quantity], prices, strict=True):
            part = min(quantity, bound) - lower
            total += (part * price).quantize(cent, ROUND_HALF_UP)
            if quantity <= bound:
                break
            lower = bound
    return 1000 * (time.process_time() - begun)
