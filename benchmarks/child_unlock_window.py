"""Our window process, up to the instant its first window is painted, before it loads the rest."""

import sys

from benchmarks.cost import report_cost
from desktop import app


def report_start(_: app.Desktop) -> None:
    top_level = sorted({name.partition(".")[0] for name in sys.modules})
    report_cost("[" + ", ".join(f'"{name}"' for name in top_level) + "]")


app.Desktop._load_the_rest = report_start  # type: ignore[assignment]  # noqa: SLF001
app.main([])
