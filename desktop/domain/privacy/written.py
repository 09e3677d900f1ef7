"""Files with personal data that left the vault: where they were put, and whether they still are."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

OLD: Final = timedelta(days=14)
"""A package is delivered by then; what still lies there is one more copy."""


class FileKind(StrEnum):
    PACKAGE = "package"
    """What the person of a request gets."""
    ACCOUNT = "account"
    """Everything the vault holds, exported by the owner."""
    CONFIGURATION = "configuration"


class FileState(StrEnum):
    THERE = "there"
    CHANGED = "changed"
    """Something else lies there by now, or it cannot be read."""
    GONE = "gone"
    """Deleted or moved by somebody else."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """A file as it was written."""

    file_id: str
    path: str
    kind: FileKind
    request_id: str
    """Of the request that it answers; empty for the owner's own exports."""
    customers: tuple[tuple[str, str], ...]
    """Application and customer of whom it tells; none for everybody in the vault."""
    size_bytes: int
    sha256: str
    written_at: datetime
    due_for: str = ""
    """Random id of an erased person whom it still names."""

    def is_old(self, now: datetime) -> bool:
        """Whether it lies there longer than anybody needs it."""
        return now - self.written_at > OLD


@dataclass(frozen=True, slots=True)
class FileLine:
    """A file as the list shows it."""

    file: WrittenFile
    state: FileState
    is_old: bool
    request: str
    """Number of the request; empty without one."""
