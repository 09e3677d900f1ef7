"""What people are written to for, and what they said about it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final


class Purpose(StrEnum):
    """Why somebody is contacted, or their data is used for more than the service itself."""

    SERVICE_NOTICE = "service_notice"
    SECURITY = "security"
    RECEIPTS = "receipts"
    NEWS = "news"
    TIPS = "tips"
    SURVEYS = "surveys"
    IMPROVEMENT = "improvement"
    SALE = "sale_or_share"
    """Recorded although nothing is sold or shared: the wish is on file should that ever change."""


ESSENTIAL: Final = frozenset({Purpose.SERVICE_NOTICE, Purpose.SECURITY, Purpose.RECEIPTS})
"""An opt-out never stops these: people must get receipts and hear of a breach."""
OPTIONAL: Final = tuple(purpose for purpose in Purpose if purpose not in ESSENTIAL)


class Means(StrEnum):
    """How a choice became known."""

    LINK = "link"
    """One click in an e-mail."""
    REQUEST = "request"
    SIGNAL = "global_privacy_control"
    """The browser sent `Sec-GPC: 1`."""
    OWNER = "owner"
    ERASURE = "erasure"
    """The person was erased: nothing optional is ever sent to the address again."""


@dataclass(frozen=True, slots=True)
class Choice:
    purpose: Purpose
    wanted: bool
    means: Means
    at: datetime


@dataclass(frozen=True, slots=True)
class PurposeCount:
    """How many addresses said no, and how many said yes again."""

    purpose: Purpose
    refused: int
    wanted: int


@dataclass(frozen=True, slots=True)
class ContactList:
    """A list of addresses, held against the choices that are on file."""

    may_be_written_to: tuple[str, ...]
    refused: int
    """Left out: they said no, or were erased."""
    unreadable: int
    """Lines without an address."""
