"""What sync tells of itself: edits on their way, what became of them, what was refused."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Literal


@dataclass(frozen=True, slots=True)
class OutgoingEdit:
    """One edit the service has not accepted."""

    position: int
    """Names the edit; rises with its age."""
    entity: str
    entity_id: str
    title: str
    is_deletion: bool
    changed_fields: tuple[str, ...]
    """Of the row as it was before this edit."""
    made_at: datetime
    sent_at: datetime | None
    """When it first left; the service may have it although no answer came."""
    problem: str = ""
    """Why the service refused it; empty while it waits."""

    @property
    def can_be_undone(self) -> bool:
        return self.sent_at is None or bool(self.problem)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field of an edit. Texts are ready to show; an absent value is an empty text."""

    field: str
    before: str
    after: str


class Outcome(StrEnum):
    """What became of an edit that was sent."""

    ACCEPTED = "accepted"
    MERGED = "merged"
    """Both sides had changed other fields: brought together, and sent again by itself."""
    CONFLICT = "conflict"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class HistoryEntry:
    """An edit that was sent, and its answer."""

    entry_id: int
    entity: str
    entity_id: str
    title: str
    body: str | None
    """What was sent, as JSON; None for a deletion."""
    made_at: datetime
    sent_at: datetime
    answered_at: datetime
    outcome: Outcome
    revision: int | None
    """With `ACCEPTED`: the revision the edit became."""
    fields: tuple[str, ...]
    """With `MERGED` the fields that were kept from here, with `REJECTED` the one that is wrong."""
    reason: str


Feed = Literal["configuration", "usage", "push"]


@dataclass(frozen=True, slots=True)
class Refusal:
    """An item of a service's answer that was left out because it cannot be."""

    feed: Feed
    kind: str
    """Kind of row, as far as it could be read."""
    item_id: str
    """Shortened; not to be trusted, shown as plain text."""
    reason: str
    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """The owner's version of a row, set aside when a conflict was decided for both."""

    draft_id: int
    entity: str
    entity_id: str
    title: str
    body: str
    """JSON."""
    made_at: datetime


@dataclass(frozen=True, slots=True)
class StreamProgress:
    """How far one stream of the service has been followed."""

    stream: Literal["changes", "tail", "backfill"]
    received: int
    """Rows since the stream began."""
    is_complete: bool
    """Nothing was left when it was last asked."""
    newest_day: date | None = None
    reached_day: date | None = None
    oldest_day: date | None = None
    """Of a backfill: it goes from the newest day to the oldest."""

    @property
    def share(self) -> float:
        """How much of the stream is here, from 0 to 1; by days, for a backfill."""
        if self.is_complete:
            return 1.0
        if self.newest_day is None or self.reached_day is None or self.oldest_day is None:
            return 0.0
        days = (self.newest_day - self.oldest_day).days + 1
        return min(1.0, max(0.0, (self.newest_day - self.reached_day).days / days))


class LiveMode(StrEnum):
    """How this program hears of news of the service."""

    TOLD = "told"
    """The service tells at once."""
    ASKING = "asking"
    """It is asked again and again; the channel is tried again soon."""
    UNAVAILABLE = "unavailable"
    """It is asked again and again; the channel is not to be had, and `reason` says why."""


@dataclass(frozen=True, slots=True)
class LiveState:
    mode: LiveMode
    reason: str
