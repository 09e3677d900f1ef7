"""What a self-audit looked at, what it found, and until when it counts."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

EVERY: Final = timedelta(days=90)
"""A report that is older is shown as too old."""


class Verdict(StrEnum):
    GOOD = "good"
    LOOK = "look"
    """Not wrong, but something to know or to do."""
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class AuditFinding:
    check: str
    """What was looked at, such as `dependencies`."""
    verdict: Verdict
    said: str
    """In whole sentences, with what was not looked at."""


@dataclass(frozen=True, slots=True)
class AuditReport:
    made_at: datetime
    version: str
    """Of the program."""
    findings: tuple[AuditFinding, ...]
    audit_entries: int
    """Length of the chained log of privacy,"""
    audit_head: str
    """and the hash of its last entry: a log that is cut later shows against this."""


@dataclass(frozen=True, slots=True)
class SignedReport:
    report: AuditReport
    signature: str
    """Ed25519 over the canonical JSON of the report, hexadecimal."""
    signer: str


@dataclass(frozen=True, slots=True)
class AuditStanding:
    """The last report, and whether it is too old; None before the first."""

    last: SignedReport | None
    is_due: bool
