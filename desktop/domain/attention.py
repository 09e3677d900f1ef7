"""What the owner should look at: entries of the list on the dashboard, from every part."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Urgency(StrEnum):
    """How an entry is shown; also the order of the list."""

    NOW = "now"
    """Something is broken, refused or overdue."""
    SOON = "soon"
    """It will be, unless the owner does something."""
    NOTE = "note"
    """Unusual, and perhaps all right."""


ORDER = tuple(Urgency)


@dataclass(frozen=True, slots=True)
class Attention:
    """One entry. No personal data but the names the owner gave."""

    key: str
    """What it is about; the same as long as that lasts, such as `key_expiry:key_1`."""
    urgency: Urgency
    title: str
    """One plain sentence: what is the matter."""
    detail: str
    """What it means or what to do, in one sentence; may be empty."""
    destination: str
    """Name of the page that mends it, as in the sidebar."""
    target: str = ""
    """What that page should open; its own word for it, such as a row's id."""
    since: datetime | None = None
    """When it began or was noticed, aware UTC."""
    due: datetime | None = None
    """By when something has to be done, aware UTC."""


def in_order(entries: list[Attention]) -> tuple[Attention, ...]:
    """The most urgent first; of equals what is due first, then by title."""

    def rank(entry: Attention) -> tuple[int, bool, float, str, str]:
        due = entry.due.timestamp() if entry.due else 0.0
        return ORDER.index(entry.urgency), entry.due is None, due, entry.title, entry.key

    return tuple(sorted(entries, key=rank))
