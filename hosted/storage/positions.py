"""Places to go on from, in the journal and in a feed."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BackfillPosition:
    """Last row a backfill has delivered: its day, its table, and its key inside the table."""

    day: int
    table: int
    key: tuple[int | str, ...]


@dataclass(frozen=True, slots=True)
class JournalPosition:
    """A place in the journal: an entry, and how many of its commands lie before the place."""

    number: int
    commands: int
