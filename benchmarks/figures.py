"""Figures against their limits, and how they are shown."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value against its limit; smaller is better, equal is kept."""

    name: str
    measured: float
    limit: float
    unit: str
    """`x` for a ratio of two things measured in the same run, else a unit of the value."""
    basis: str
    """What stands behind the value: yardstick, percentile, number of runs."""

    @property
    def is_kept(self) -> bool:
        return self.measured <= self.limit

    @property
    def share(self) -> float:
        """Measured as a share of the limit; of a limit of 0, how many are over it."""
        return self.measured / self.limit if self.limit else self.measured


def ratio_of_medians(ours: Sequence[float], yardstick: Sequence[float]) -> float:
    """Ratio of two series that were measured in turn."""
    return statistics.median(ours) / statistics.median(yardstick)


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest-rank percentile. `share` is between 0 and 1; `values` is not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def table(figures: Sequence[Figure]) -> str:
    """The figures as aligned text, one a line."""
    rows = [("figure", "measured", "limit", "of limit", "", "basis")]
    rows += [
        (
            figure.name,
            f"{figure.measured:.2f} {figure.unit}",
            f"{figure.limit:g} {figure.unit}",
            f"{figure.share:.0%}" if figure.limit else f"{figure.measured:g}",
            "kept" if figure.is_kept else "OVER",
            figure.basis,
        )
        for figure in figures
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(6)]
    lines = (
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True))
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
