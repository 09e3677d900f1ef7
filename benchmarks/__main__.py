"""Print every promised figure against its limit: `python -m benchmarks [NAME...] [--json]`.

Ends with status 1 when a limit is not kept. Run it on a quiet machine; ratios survive a slow
machine, but not one that is busy with something else.
"""

import argparse
import importlib
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure, table

MEASUREMENTS: Final = {
    "start": "process start to painted Unlock window, against a bare window",
    "charts": "first chart after the idle-time imports, against a cold chart library",
    "explorer": "charts against matplotlib, hover, a million rows, memory of six charts",
    "dashboard": "painted Dashboard after unlock, beyond the key derivation",
    "vault": "inserts, scans and look-ups against the same library without a key",
    "curve": "a key in the editor of a price until its curve is painted",
    "rating": "explained amounts a second, columns of amounts, start of usageflow rate",
    "simulator": "a what-if over 2.4 million cells, from the vault to the screen",
    "sockets": "memory of the service with 1,000 idle sockets",
    "service": "SDK call to committed rollup, polls, allocations at 1,000 calls a second",
    "throughput": "calls that one core carries, against the same without storage and scrubbing",
    "limits": "what limits and expressions cost a call, and the end of a crowded window",
    "scrub": "scrubbed events against decoding and encoding them, and hostile texts",
    "sync": "a million rollup rows from a service into the vault, and a round with nothing new",
    "usage": "six standard questions next to DuckDB and SQLite, and questions with two filters",
    "customer_list": "first page of the list of customers in any order, and taking them in",
    "privacy": "a package against csv.writer, a person among ten million rows, the chained log",
    "customers": "storage, time and memory of a day with very many customers",
}


def measured(names: Sequence[str]) -> list[Figure]:
    """Run measurements one after the other, each in a directory of its own that is then deleted."""
    figures: list[Figure] = []
    for name in names:
        print(f"measuring {name}: {MEASUREMENTS[name]}", file=sys.stderr)
        with tempfile.TemporaryDirectory(prefix="usageflow-benchmark-") as directory:
            figures += importlib.import_module(f"benchmarks.{name}").measure(Path(directory))
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(MEASUREMENTS))
    parser.add_argument("--json", action="store_true", help="print JSON instead of a table")
    parser.add_argument("--list", action="store_true", help="say what can be measured, and end")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - MEASUREMENTS.keys():
        parser.error(f"there is no measurement {', '.join(sorted(unknown))}")
    if chosen.list:
        print("\n".join(f"{name:10} {what}" for name, what in MEASUREMENTS.items()))
        return 0
    figures = measured(chosen.names or list(MEASUREMENTS))
    if chosen.json:
        print(json.dumps([asdict(f) | {"kept": f.is_kept} for f in figures], indent=2))
    else:
        print(table(figures))
    return 0 if all(figure.is_kept for figure in figures) else 1


if __name__ == "__main__":
    raise SystemExit(main())
