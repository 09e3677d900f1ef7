"""What the storage tells of usage: sums, accounts, single events, and when SDKs were there."""

from dataclasses import dataclass
from enum import StrEnum

from hosted.metering.events import EventState, UsageEvent


@dataclass(frozen=True, slots=True)
class LastSeen:
    """When an application's SDKs were last connected, and last reported a call."""

    application_id: str
    last_seen_us: int
    last_call_us: int | None


@dataclass(frozen=True, slots=True)
class Usage:
    """What a customer used of an endpoint: admitted calls, and units in millionths."""

    calls: int
    units_micro: int


@dataclass(frozen=True, slots=True)
class RecentCall:
    customer_id: str
    opened_us: int
    units_micro: int


@dataclass(frozen=True, slots=True, repr=False)
class BlockedCaller:
    """A caller that is blocked now; `sealed` is its identity under the service's own key."""

    application_id: str
    customer_id: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class Correction:
    """An entry of the owner in a customer's account. Never changed, never deleted."""

    correction_id: str
    application_id: str
    idempotency_key: str
    customer_id: str
    endpoint_id: str
    units_micro: int
    """Added to the account; below zero takes away."""
    reason: str
    actor: str
    """Name of the token that made it."""
    at_us: int
    hour: int
    day: int
    """Bucket of `at_us`, as of an event (`hosted.metering.windows.hour_and_day`)."""


@dataclass(frozen=True, slots=True)
class LedgerAccount:
    """Account of one customer on one endpoint since it began; quantities in millionths."""

    application_id: str
    customer_id: str
    endpoint_id: str
    held: int
    """Reserved by the allocations that are open now."""
    holds: int
    settled: int
    released: int
    corrected: int
    events: int
    unsettled: int
    """Allocations whose hold ran out and that nobody settled since."""


@dataclass(frozen=True, slots=True)
class TraceFilter:
    """Which events a reader wants; what is None is not asked for."""

    application_id: str | None = None
    endpoint_id: str | None = None
    customer_id: str | None = None
    states: frozenset[EventState] = frozenset()
    """Empty for any. Unsettled allocations are `OPEN` and `EXPIRED`."""
    least_status: int | None = None
    most_status: int | None = None
    since_us: int | None = None
    until_us: int | None = None
    """Exclusive."""


class ReportKind(StrEnum):
    """What was told of a call beside its allocation."""

    CHAIN = "chain"
    """The functions that ran in it."""
    RESPONSE = "response"
    """What it answered."""


@dataclass(frozen=True, slots=True)
class CallReport:
    """One report, scrubbed; `body` is JSON."""

    application_id: str
    request_id: str
    """UUID that the call's own messages carry too."""
    kind: ReportKind
    at_us: int
    body: bytes


@dataclass(frozen=True, slots=True)
class TracesFound:
    """A page of events, newest first.

    A page may be short, even empty, and still not be the last one: a rare match is looked for in
    a bounded number of events at a time. It is the last when `position` is None.
    """

    events: list[UsageEvent]
    position: int | None


@dataclass(frozen=True, slots=True, repr=False)
class ErasedCustomer:
    """A customer that goes, and the id under which its figures stay."""

    application_id: str
    customer_id: str
    replacement: str


@dataclass(frozen=True, slots=True)
class BlankedCalls:
    """A stretch of single calls that lost their contents."""

    calls: int
    next_after: int | None
    """Where to go on; None at the end."""


@dataclass(frozen=True, slots=True, repr=False)
class NotedErasure:
    """An entry of the erasure ledger; `content` is the message as it was sent."""

    sequence: int
    erasure_id: str
    content: bytes
