"""The first chart after unlock, against a cold start of the chart library."""

from pathlib import Path
from typing import Final

from benchmarks.children import run_child
from benchmarks.figures import Figure, ratio_of_medians

RUNS: Final = 7
LIMIT: Final = 0.1


def measure(directory: Path) -> list[Figure]:
    pairs = [
        (run_child("child_cold_chart", directory), run_child("child_warm_chart", directory))
        for _ in range(RUNS + 1)
    ][1:]  # the first pair fills caches, matplotlib's list of fonts among them
    ratio = ratio_of_medians([warm for _, warm in pairs], [cold for cold, _ in pairs])
    basis = f"cold chart library, CPU, medians of {RUNS} in turn"
    return [Figure("first chart after the idle-time imports", ratio, LIMIT, "x", basis)]
