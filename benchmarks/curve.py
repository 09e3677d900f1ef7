"""How soon the cost curve follows a key."""

from pathlib import Path
from typing import Final

from benchmarks.children import run_child
from benchmarks.figures import Figure, percentile

LIMIT_MS: Final = 50
SHARE: Final = 0.95


def measure(directory: Path) -> list[Figure]:
    times = run_child("child_curve", directory)
    basis = f"a key in the editor until the curve is painted, 95th of {len(times)}, 20 tiers"
    return [Figure("curve while typing", percentile(times, SHARE), LIMIT_MS, "ms", basis)]
