"""Process start to painted Unlock window, the window process alone, against a bare window."""

from pathlib import Path
from typing import Final

from benchmarks.children import run_child
from benchmarks.figures import Figure, ratio_of_medians

RUNS: Final = 11
CPU_LIMIT: Final = 1.35
MEMORY_LIMIT: Final = 1.25
TOO_EARLY: Final = frozenset(
    {"matplotlib", "numpy", "stripe", "httpx", "keyring", "pydantic", "typer", "sqlcipher3"}
)
"""Libraries that may be imported only after the first paint."""


def measure(directory: Path) -> list[Figure]:
    """Start both windows in turn; an existing vault makes ours show the Unlock page."""
    workspace = directory / "workspaces" / "default"
    workspace.mkdir(parents=True)
    (workspace / "vault.hdr").touch()
    runs = [
        (run_child("child_bare_window", directory), run_child("child_unlock_window", directory))
        for _ in range(RUNS + 1)
    ][1:]  # the first pair writes byte code and fills the disk cache
    early = TOO_EARLY & set(runs[-1][1]["extra"])
    cpu = ratio_of_medians([ours["cpu_ms"] for _, ours in runs], [b["cpu_ms"] for b, _ in runs])
    memory = ratio_of_medians(
        [ours["resident_mib"] for _, ours in runs], [bare["resident_mib"] for bare, _ in runs]
    )
    basis = f"bare PySide6 window, medians of {RUNS} in turn"
    named = ", ".join(sorted(early)) or "none of " + ", ".join(sorted(TOO_EARLY))
    return [
        Figure("start to painted Unlock window, CPU", cpu, CPU_LIMIT, "x", basis),
        Figure("start to painted Unlock window, memory", memory, MEMORY_LIMIT, "x", basis),
        Figure("libraries imported before the first paint", len(early), 0, "too early", named),
    ]
