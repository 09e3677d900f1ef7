"""Charts of usage against plain matplotlib, and a long table against a constant one."""

from pathlib import Path
from typing import Final

from benchmarks.children import run_child
from benchmarks.figures import Figure, percentile, ratio_of_medians

REFRESH_LIMIT: Final = 0.2
REDRAW_LIMIT: Final = 0.3
ZOOM_LIMIT: Final = 0.1
HOVER_LIMIT_MS: Final = 4.0
JUMP_LIMIT: Final = 1.1
FIRST_PAGE_LIMIT_MS: Final = 50.0
MEMORY_LIMIT_MB: Final = 220.0
SHARE: Final = 0.95


def measure(directory: Path) -> list[Figure]:
    found = run_child("child_explorer", directory, str(directory))
    memory = run_child("child_six_charts", directory)
    refresh = ratio_of_medians(found["refresh"], found["plain_refresh"])
    redraw = ratio_of_medians(found["redraw"], found["plain_refresh"])
    zoom = ratio_of_medians(found["zoom"], found["plain_zoom"])
    jump = percentile(found["jump"], SHARE) / percentile(found["plain_jump"], SHARE)
    return [
        Figure("chart refreshed: query and draw", refresh, REFRESH_LIMIT, "x",
               f"new calls today; matplotlib changing a line and drawing, CPU, medians of "
               f"{len(found['refresh'])}"),
        Figure("the same with other numbers on every day", redraw, REDRAW_LIMIT, "x", "as before"),
        Figure("zoom in a million noisy points", zoom, ZOOM_LIMIT, "x",
               "matplotlib with simplification, CPU, medians"),
        Figure("peaks lost by that zoom", 0.0 if found["has_peak"] else 1.0, 0.0, "",
               "one value far above the noise"),
        Figure("hover until painted", percentile(found["hover"], SHARE), HOVER_LIMIT_MS, "ms",
               f"CPU, 95th of {len(found['hover'])}"),
        Figure("jump in a million rows, 95th", jump, JUMP_LIMIT, "x",
               f"a model that says the same of every cell, {len(found['jump'])} jumps"),
        Figure("first page of a million rows", percentile(found["first_page"], SHARE),
               FIRST_PAGE_LIMIT_MS, "ms", f"any order, any search, CPU, 95th of "
               f"{len(found['first_page'])}"),
        Figure("window with six charts", memory, MEMORY_LIMIT_MB, "MB", "resident memory"),
    ]  # fmt: skip
