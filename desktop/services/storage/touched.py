"""What a page of rows belongs to, and how its sums stay within 64 bits."""

from dataclasses import dataclass, field
from typing import Final

MAX_INTEGER: Final = 2**63 - 1

DayKey = tuple[str, int, str]
"""Application, local day, and endpoint or customer."""


def bounded_sum(column: str) -> str:
    """SQL of a sum that stops at what 64 bits hold, where the database's own would be an error.

    High and low halves are summed apart: neither can leave 64 bits with less than 2^31 rows.
    """
    high, low = f"sum({column} / 4294967296)", f"sum({column} % 4294967296)"
    carried = f"({high} + {low} / 4294967296)"
    return f"""CASE WHEN {carried} > 2147483646 THEN {MAX_INTEGER:d}
        WHEN {carried} < -2147483646 THEN -{MAX_INTEGER:d}
        ELSE {carried} * 4294967296 + {low} % 4294967296 END"""


@dataclass(frozen=True, slots=True)
class Touched:
    """What rows of a page, or rows that were deleted, belong to."""

    endpoint_days: set[DayKey] = field(default_factory=set)
    customer_days: set[DayKey] = field(default_factory=set)
