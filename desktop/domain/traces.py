"""Single calls, scrubbed, and why they were let through or refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contract.terms import TraceState, Verdict
from desktop.domain.ids import ApplicationId, CustomerId, TraceId
from desktop.domain.usage import Stamp


class StatusClass(StrEnum):
    """Hundreds of the HTTP status."""

    OK = "2xx"
    REDIRECT = "3xx"
    CLIENT_ERROR = "4xx"
    SERVER_ERROR = "5xx"


@dataclass(frozen=True, slots=True)
class TraceQuery:
    """Which calls; an empty or missing value is every one. Times are aware, `until` exclusive."""

    application_id: ApplicationId
    endpoint_id: str = ""
    customer_id: str = ""
    state: TraceState | None = None
    status: StatusClass | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One value that was kept of a call, on the level of the tree it stood at."""

    name: str
    value: str
    """Ready to show; empty for one that only holds others."""
    depth: int = 0


@dataclass(frozen=True, slots=True)
class FunctionCall:
    name: str
    path: str
    duration_ms: int | None
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class TraceLine:
    """A call in the list."""

    trace_id: TraceId
    application_id: ApplicationId
    endpoint_id: str
    customer_id: CustomerId
    customer: str
    """The owner's name for the caller, else a short pseudonym."""
    method: str
    url: str
    at: datetime
    state: TraceState
    units: str
    status: int | None = None
    duration_ms: int | None = None
    late: bool = False
    odd_amount: bool = False
    is_kept: bool = False
    """Whether it was opened, and so lies in the vault."""


@dataclass(frozen=True, slots=True)
class TracesPicture:
    """A page of the list, newest first."""

    lines: tuple[TraceLine, ...]
    next_cursor: str | None
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class ExplainStep:
    """One rule that was looked at."""

    rule: str
    verdict: Verdict
    text: str
    used: str = ""
    allowed: str = ""
    resets_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SdkEffect:
    sdk: str
    text: str
    enforced: bool


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a call is, was or would be let through; asked offline, only what the vault can tell."""

    verdict: Verdict
    steps: tuple[ExplainStep, ...]
    sdk_effects: tuple[SdkEffect, ...] = ()
    from_service: bool = True


@dataclass(frozen=True, slots=True)
class TraceDetail:
    line: TraceLine
    fields: tuple[Field, ...]
    functions: tuple[FunctionCall, ...]
    explanation: Explanation | None
    """None where the service has kept none, and while offline."""
    stamp: Stamp


@dataclass(frozen=True, slots=True)
class CallToTest:
    """A call to ask about."""

    application_id: ApplicationId
    method: str
    url: str
    customer_id: CustomerId | None = None
    """None is a caller without identity, unless one is typed."""
    identity: str = ""
