"""Four eyes: what leaves or destroys data about people waits for a second person, if so chosen.

What is proven is that somebody who knows the second passphrase agreed within the last day. Who
holds it is the owner's word; the program refuses one that also opens the vault.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

VALID_FOR: Final = timedelta(days=1)


class Guarded(StrEnum):
    EXPORT = "export"
    ERASURE = "erasure"


@dataclass(frozen=True, slots=True)
class FourEyes:
    """What is guarded. Without a second passphrase nothing is."""

    export: bool = False
    erasure: bool = False
    has_passphrase: bool = False

    def guards(self, what: Guarded) -> bool:
        return self.has_passphrase and (self.export if what is Guarded.EXPORT else self.erasure)


@dataclass(frozen=True, slots=True)
class Approval:
    """The second person agreed to one action for one request."""

    what: Guarded
    request_id: str
    approver: str
    """Who they are, in the owner's words; never the person of the request."""
    at: datetime

    def holds(self, now: datetime) -> bool:
        return timedelta() <= now - self.at <= VALID_FOR


@dataclass(frozen=True, slots=True)
class ApprovalStanding:
    """How one action stands for one request."""

    is_guarded: bool
    approval: Approval | None
    """The one that holds now; None while the action waits."""
