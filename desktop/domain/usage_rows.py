"""A large answer as rows, read a page at a time: the table of what no chart can show."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from desktop.domain.usage import Stamp


class RowSort(StrEnum):
    """What rows are ordered by; equal ones stay in the order of time and of the largest groups."""

    START = "start"
    GROUP = "group"
    VALUE = "value"
    BEFORE = "before"
    """What the value is compared with."""


@dataclass(frozen=True, slots=True)
class RowsWanted:
    """Rows without a number come last, whichever way they are ordered."""

    sort: RowSort = RowSort.START
    descending: bool = False
    text: str = ""
    """Only rows whose start or group holds it, in upper or lower case."""


@dataclass(frozen=True, slots=True)
class UsageRow:
    """One group in one bucket."""

    place: int
    """Number of the row in the order of the file."""
    start: str
    """Local date, or date and time."""
    group: str
    value: int | None
    before: int | None
    scale: int
    unit: str
    """As in `Series`, like `scale`."""

    def amount(self, number: int) -> Decimal:
        """One of the numbers in the row's unit."""
        return Decimal(number).scaleb(-self.scale)


@dataclass(frozen=True, slots=True)
class RowsPage:
    rows: tuple[UsageRow, ...]
    next_cursor: str | None
    """Where the next page begins; None after the last."""
    size: int
    """How many rows fit what is wanted, on all pages."""
    stamp: Stamp
