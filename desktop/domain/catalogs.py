"""What an imported OpenAPI file promises, held against what was called."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Operation:
    """`url` is written as the file or the framework writes it."""

    method: str
    url: str


@dataclass(frozen=True, slots=True)
class CatalogFindings:
    """Both lists are about the endpoints this vault knows of; before a sync it knows of none."""

    title: str
    imported_at: datetime
    operations: int
    never_called: tuple[Operation, ...]
    not_in_file: tuple[Operation, ...]
    """Endpoints that were called and that the file does not name."""
