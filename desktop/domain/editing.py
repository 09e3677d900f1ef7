"""Where an edit stands between this vault and the service."""

from dataclasses import dataclass
from enum import StrEnum


class EditState(StrEnum):
    """State of a row that can be edited offline."""

    SYNCED = "synced"
    WAITING = "waiting"
    """Edited here, not yet accepted by the service."""
    CONFLICTED = "conflicted"
    """The service has another newer version; the owner decides."""
    REJECTED = "rejected"
    """The service refused the edit and said why; the owner corrects or discards it."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a stored row stands: the service's revision it is based on, and its edit."""

    revision: int = 0
    state: EditState = EditState.SYNCED
    problem: str = ""
    """With `REJECTED`: what the service said."""


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """One field of a conflict. Texts are ready to show; an absent value is an empty text."""

    field: str
    base: str
    mine: str
    theirs: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """An edit the service did not take because the row had changed there meanwhile."""

    conflict_id: int
    entity: str
    entity_id: str
    title: str
    differences: tuple[FieldDifference, ...]
    deleted_there: bool
    deleted_here: bool = False
