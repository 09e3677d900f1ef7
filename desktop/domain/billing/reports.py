"""Reporting usage to the provider: runs, their lines, and what was counted there."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from desktop.domain.billing.providers import Account
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.usage import DateRange


class LineState(StrEnum):
    """How far a line is. It is claimed at the service first: without a claim nothing is sent."""

    PLANNED = "planned"
    """Of a dry run: it would be claimed and sent."""
    CLAIMED = "claimed"
    """Whether it was sent is not known yet; the next run goes on from here."""
    SENT = "sent"
    """The provider took it; whether it counted it is not known yet."""
    ACCEPTED = "accepted"
    """The provider has counted it."""
    REFUSED = "refused"
    HELD = "held"
    """Another desktop is at it."""
    CANCELLED = "cancelled"
    """Taken back at the provider."""
    UNCERTAIN = "uncertain"
    """Neither the answer nor the provider's sums tell; the owner decides."""


@dataclass(frozen=True, slots=True)
class ReportQuestion:
    """Report the settled days of a period; today and later days never are."""

    account: Account
    application_id: ApplicationId
    period: DateRange
    is_dry: bool = False


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One amount for one payer: the usage of a caller by a rule on a day, or a change of it."""

    claim_id: str
    """Empty while nothing was claimed."""
    customer_id: CustomerId
    provider_customer_id: str
    """Empty where the caller is mapped to nobody."""
    rule_id: RuleId
    meter: str
    """What the provider counts it under."""
    window: str
    """The day, such as `2026-11-23`, in the application's time zone; a month where the provider
    bills by months."""
    part: int
    """1 for the first report of a window; later ones are corrections, perhaps below zero."""
    quantity: Decimal
    """Units of the rule."""
    state: LineState
    reason: str = ""
    """Why it was refused, is held or uncertain, in words."""
    request_id: str = ""
    """The provider's, of the request it was sent with."""


@dataclass(frozen=True, slots=True)
class ReportRun:
    """One run; the newest state of its lines is in the ledger."""

    run_id: str
    question: ReportQuestion
    started_at: datetime
    finished_at: datetime | None
    """None while it runs, or when it was broken off."""
    counts: dict[str, int]
    """Lines by the value of their state."""
    problem: str = ""
    """Why it ended early, in words."""


@dataclass(frozen=True, slots=True)
class RunsPage:
    rows: tuple[ReportRun, ...]
    """The newest first."""
    total: int


@dataclass(frozen=True, slots=True)
class LinesPage:
    rows: tuple[ReportLine, ...]
    total: int


@dataclass(frozen=True, slots=True)
class UsageDifference:
    """What the ledger says was reported beside what the provider counted, for one payer."""

    provider_customer_id: str
    payer: str
    meter: str
    day: date
    ledger: Decimal
    provider: Decimal


@dataclass(frozen=True, slots=True)
class DifferenceReport:
    differences: tuple[UsageDifference, ...]
    """Only where the two differ."""
    compared: int
    """Payers, meters and days that were looked at."""
    checked_at: datetime
