"""What is said of a table: what in it is about people, and what becomes of it."""

from dataclasses import dataclass
from enum import StrEnum

from desktop.domain.privacy.categories import Category


class Erasure(StrEnum):
    """What an erasure does to the rows that are about a person."""

    DELETE = "delete"
    ANONYMIZE = "anonymize"
    """The figures stay, under an id that leads to nobody."""
    KEEP = "keep"
    """A ground says why; the certificate names it."""
    FOLLOWS = "follows"
    """Worked out from other rows, and so anew after those have changed."""
    NONE = "none"
    """Nothing in it is about a person."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One table of the vault or of the service."""

    table: str
    columns: tuple[str, ...]
    category: Category | None
    """None where nothing in it is about a person."""
    what: str
    """In plain words: what it holds about people, or why nothing."""
    erasure: Erasure = Erasure.NONE
    exported_as: str = ""
    """Name of the list in a person's package; empty where `what` says why there is none."""


def nothing(table: str, columns: str, why: str) -> Holding:
    """A table without anything about people; `columns` are separated by spaces."""
    return Holding(table, tuple(columns.split()), None, why)


def personal(
    table: str, columns: str, category: Category, what: str, then: tuple[Erasure, str]
) -> Holding:
    """A table about people; `then` is what an erasure does, and its list in a package."""
    erasure, exported_as = then
    return Holding(table, tuple(columns.split()), category, what, erasure, exported_as)
