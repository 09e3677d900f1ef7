"""What happened to a privacy request. Nothing here is ever changed: a mistake is a further event.

Times are aware. A day is that of the owner's place, so a request that arrives a minute before
midnight there counts that day.
"""

from dataclasses import dataclass
from datetime import datetime

from desktop.domain.privacy.kinds import Evidence, PauseGround, Refusal


@dataclass(frozen=True, slots=True)
class Received:
    at: datetime


@dataclass(frozen=True, slots=True)
class Acknowledged:
    at: datetime


@dataclass(frozen=True, slots=True)
class IdentityConfirmed:
    """Who is asking is known. Only the kinds of evidence are kept, never the evidence."""

    at: datetime
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class Paused:
    """A question that must be answered first was put to the person."""

    at: datetime
    ground: PauseGround


@dataclass(frozen=True, slots=True)
class Resumed:
    at: datetime


@dataclass(frozen=True, slots=True)
class Extended:
    """A letter that gives the reason for needing longer was sent at that time."""

    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class ExtensionRemoved:
    """The extension was a mistake: the dates are those without it."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Answered:
    """The person has the answer, in whole or in part."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Refused:
    """The person has a refusal of the whole, with its reason: nothing is left to do."""

    at: datetime
    reason: Refusal


@dataclass(frozen=True, slots=True)
class Erased:
    """Nothing personal is left but what the certificate lists."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Revoked:
    """The person has taken the request back."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Noted:
    at: datetime
    text: str


Event = (
    Received
    | Acknowledged
    | IdentityConfirmed
    | Paused
    | Resumed
    | Extended
    | ExtensionRemoved
    | Answered
    | Refused
    | Erased
    | Revoked
    | Noted
)
