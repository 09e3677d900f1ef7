"""What a chart shows, as plain values. Whoever draws it knows nothing of questions or days."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from desktop.domain.usage_views import ChartKind


class Role(StrEnum):
    """What a trace is to the others."""

    GROUP = "group"
    REST = "rest"
    """All groups that have no trace of their own."""
    BEFORE = "before"
    """The same figure in the period that it is compared with."""
    SHARE = "share"
    """A running share of the whole, from 0 to 1, on an axis of its own."""


__all__ = (
    "CELLS",
    "SLOTTED",
    "STACKED",
    "ChartKind",
    "Gap",
    "Note",
    "Picture",
    "Role",
    "Threshold",
    "Trace",
)

CELLS: Final = frozenset({ChartKind.HEAT, ChartKind.COHORT})
"""Kinds whose traces are rows of coloured cells."""
SLOTTED: Final = frozenset({ChartKind.BARS, ChartKind.DISTRIBUTION, ChartKind.PARETO, *CELLS})
"""Kinds whose places have a width."""
STACKED: Final = frozenset({ChartKind.AREAS, ChartKind.BARS})
"""Kinds whose traces stand on each other."""


@dataclass(frozen=True, slots=True, eq=False)
class Trace:
    """One line, layer, set of bars or row of cells."""

    key: str
    label: str
    values: Sequence[float]
    """Parallel to the places; NaN where nothing is known."""
    role: Role = Role.GROUP
    of: str = ""
    """Key of the group whose period before it is; it has that group's colour and no name of its
    own at the end."""


@dataclass(frozen=True, slots=True)
class Gap:
    """Places, both ends included, for which a number would mislead."""

    first: int
    last: int
    words: str


@dataclass(frozen=True, slots=True)
class Note:
    """Something that happened at a place."""

    place: int
    words: str


@dataclass(frozen=True, slots=True)
class Threshold:
    """A value worth comparing with."""

    value: float
    words: str


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """Everything a chart needs."""

    name: str
    """What it shows, for screen readers and as the title of a report."""
    kind: ChartKind
    places: Sequence[str]
    """What each place of the horizontal axis is called."""
    traces: tuple[Trace, ...]
    say: Callable[[float], str]
    """A value in full."""
    brief: Callable[[float], str]
    """A value beside an axis."""
    whole: bool = False
    """Only whole numbers make sense."""
    total: str = ""
    """The sum of everything, in words."""
    gaps: tuple[Gap, ...] = ()
    notes: tuple[Note, ...] = ()
    thresholds: tuple[Threshold, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.places or not self.traces

    @property
    def has_cells(self) -> bool:
        return self.kind in CELLS

    def notes_at(self, place: int) -> tuple[Note, ...]:
        return tuple(note for note in self.notes if note.place == place)

    def gap_at(self, place: int) -> Gap | None:
        return next((gap for gap in self.gaps if gap.first <= place <= gap.last), None)
