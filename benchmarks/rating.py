"""Explained amounts a second, columns of amounts, and the start of `usageflow rate`; one core."""

import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Final

import numpy as np

from benchmarks.figures import Figure, ratio_of_medians
from contract.pricing.parsing import rule_from
from desktop.domain.pricing.column_products import Integers
from desktop.domain.pricing.columns import ColumnEngine
from desktop.domain.pricing.engine import RatingEngine
from desktop.domain.pricing.usage import Usage

AMOUNTS: Final = 20_000
ROUNDS: Final = 5
MOST_US: Final = 20.0
"""50,000 amounts a second."""
STARTS: Final = 7
MOST_STARTS: Final = 4.0
NEEDED_ANYWAY: Final = "import argparse, dataclasses, decimal, fractions, json"

CELLS: Final = 2_400_000
"""10,000 customers x 12 months x 20 endpoints."""
LOOPED: Final = 40_000
"""Cells of the loop that stands for all: it takes the same time for each."""
FASTER: Final = {6: 100, 12: 15}
"""How many times faster than a loop over decimals, by decimals of the prices."""

TIERS: Final = [
    {"up_to": "1000", "unit_amount": "0.01", "flat_amount": "1"},
    {"up_to": "10000", "unit_amount": "0.005"},
    {"up_to": "100000", "unit_amount": "0.0025", "flat_amount": "20"},
    {"unit_amount": "0.000123456789"},
]
RULES: Final[Mapping[str, Mapping[str, object]]] = {
    "per unit": {"model": "per_unit", "unit_amount": "0.0009"},
    "graduated, 4 tiers": {"model": "graduated", "tiers": TIERS},
    "graduated with every modifier": {
        "model": "graduated",
        "tiers": TIERS,
        "unit_conversion": {"operation": "divide", "factor": "3", "rounding": "ceiling"},
        "discount_units": "5",
        "discount_percent": "12.5",
        "min": "2",
        "max": "400",
    },
    "package": {"model": "package", "package_size": "1000", "package_amount": "1.5"},
    "percentage": {"model": "percentage", "rate": "2.9", "fixed_amount": "0.3"},
}


def measure(_directory: Path) -> list[Figure]:
    """Microseconds an explained amount by rule, and the command against its standard modules."""
    figures = [_rated(name, rule) for name, rule in RULES.items()]
    return [*figures, *(_by_columns(places) for places in FASTER), _started()]


def _rated(name: str, rule: Mapping[str, object]) -> Figure:
    engine = RatingEngine(rule_from({"currency": "USD", **rule}))
    quantities = [Decimal(n * 7919 % 250_000_000).scaleb(-3) for n in range(AMOUNTS)]
    times = [_seconds(engine, quantities) for _ in range(ROUNDS)]
    each_us = 1e6 * statistics.median(times) / AMOUNTS
    basis = f"{1e6 / each_us:,.0f} amounts a second, median of {ROUNDS} x {AMOUNTS:,}, one core"
    return Figure(f"explained amount: {name}", each_us, MOST_US, "µs", basis)


def _seconds(engine: RatingEngine, quantities: Sequence[Decimal]) -> float:
    begun = time.process_time()
    for quantity in quantities:
        engine.rate(Usage(quantity))
    return time.process_time() - begun


def _by_columns(places: int) -> Figure:
    """Time a cell of whole columns, as a share of a plain loop over decimals, in turn."""
    prices = [Decimal(9_000_000_007 * n).scaleb(-12).quantize(Decimal(1).scaleb(-places))
              for n in (4, 3, 2, 1)]  # fmt: skip
    bounds = [Decimal(bound) for bound in (100, 10_000, 100_000)]
    tiers = [
        {"up_to": None if bound is None else str(bound), "unit_amount": str(price)}
        for bound, price in zip([*bounds, None], prices, strict=True)
    ]
    rule = rule_from({"model": "graduated", "currency": "USD", "tiers": tiers})
    cells = (np.arange(CELLS, dtype=np.int64) * 7_919_000_003) % 300_000_000_000
    columns, loops = [], []
    for _ in range(ROUNDS):
        columns.append(_lasted_columns(ColumnEngine(rule), cells))
        loops.append(_lasted_loop(cells[:LOOPED], bounds, prices) * CELLS / LOOPED)
    share = ratio_of_medians(columns, loops)
    basis = (
        f"{CELLS:,} cells, 4 graduated tiers, {1 / share:.0f} times faster than a loop over "
        f"decimals, {1e3 * statistics.median(columns):.0f} ms"
    )
    return Figure(f"rating by columns, {places} decimals", share, 1 / FASTER[places], "x", basis)


def _lasted_columns(engine: ColumnEngine, cells: Integers) -> float:
    begun = time.process_time()
    engine.rate(cells)
    return time.process_time() - begun


def _lasted_loop(cells: Integers, bounds: Sequence[Decimal], prices: Sequence[Decimal]) -> float:
    """The yardstick: graduated tiers over decimals, each part rounded to the cent."""
    quantities = [Decimal(cell).scaleb(-6) for cell in cells.tolist()]
    cent, zero = Decimal("0.01"), Decimal(0)
    begun = time.process_time()
    for quantity in quantities:
        lower, charge = zero, zero
        for bound, price in zip([*bounds, quantity], prices, strict=True):
            part = min(quantity, bound) - lower
            charge += (part * price).quantize(cent, ROUND_HALF_UP)
            if quantity <= bound:
                break
            lower = bound
    return time.process_time() - begun


def _started() -> Figure:
    """One line through the command, against what any such command has to import, in turn."""
    bare = (sys.executable, "-c", NEEDED_ANYWAY)
    command = (sys.executable, "-m", "usageflow_command", "rate")
    times = [(_lasted(command), _lasted(bare)) for _ in range(STARTS)]
    ours, yardstick = zip(*times, strict=True)
    ratio = ratio_of_medians(ours, yardstick)
    basis = f"one request, against python with the standard modules it uses, median of {STARTS}"
    return Figure("start of usageflow rate", ratio, MOST_STARTS, "x", basis)


def _lasted(command: Sequence[str]) -> float:
    begun = time.perf_counter()
    request = b'{"rule": {"model": "round", "currency": "USD", "amount": "1"}}\n'
    subprocess.run(command, input=request, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
