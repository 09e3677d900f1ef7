"""Recipients who have to hear that a person was corrected or erased (GDPR Art. 19)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class About(StrEnum):
    CORRECTION = "correction"
    ERASURE = "erasure"


class TellingState(StrEnum):
    OPEN = "open"
    """The owner has to tell them."""
    WAITS = "waits"
    """A letter is on its way."""
    TOLD = "told"


@dataclass(frozen=True, slots=True)
class Telling:
    """One recipient and one correction or erasure. The person stands in it by their request."""

    telling_id: str
    recipient_id: str
    request_id: str
    about: About
    begun_at: datetime
    mail_id: str = ""
    """The letter that tells them; empty where the owner does."""
    told_at: datetime | None = None
    """When the owner said that they were told."""


@dataclass(frozen=True, slots=True)
class TellingLine:
    """A telling as the list shows it."""

    telling: Telling
    recipient: str
    request: str
    """Number of the request; empty once that is forgotten."""
    state: TellingState
    problem: str
    """Why a letter did not go; empty otherwise."""
