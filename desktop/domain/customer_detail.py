"""Everything one customer's page shows."""

from dataclasses import dataclass
from datetime import date, datetime

from contract.terms import LimitCounts, LimitInterval
from desktop.domain.customer_list import CustomerRow
from desktop.domain.ids import CustomerId
from desktop.domain.money import Money
from desktop.domain.usage import DateRange, UsageAnswer


@dataclass(frozen=True, slots=True)
class Identity:
    """One of the identities that are counted as a customer."""

    customer_id: CustomerId
    label: str
    bills_from: date | None
    """From when on it is on the customer's bill; None for the customer itself."""


@dataclass(frozen=True, slots=True)
class LimitUsed:
    """How far the fullest identity has used up a limit of a day, week or month.

    The service counts each identity for itself, and to the call; this is counted from synced sums.
    """

    what: str
    """Method and url of the endpoint."""
    allowed: int
    used: int
    """Whole units, rounded down."""
    counts: LimitCounts
    interval: LimitInterval
    is_own: bool
    """The customer's own limit instead of the policy's."""


@dataclass(frozen=True, slots=True)
class TaggedKey:
    """A key of the vault that the owner tagged with the customer's name or id."""

    key_id: str
    name: str
    has_ended: bool


@dataclass(frozen=True, slots=True)
class OpenRequest:
    """A request about privacy that names this customer and is not finished."""

    request_id: str
    number: int
    kind: str


@dataclass(frozen=True, slots=True)
class Deed:
    """Something the owner did about this customer, and what the service answered."""

    at: datetime
    entity: str
    outcome: str
    """Empty while it waits to be sent."""


@dataclass(frozen=True, slots=True)
class CustomerDetail:
    row: CustomerRow
    identities: tuple[Identity, ...]
    """The customer itself first; only one for most."""
    plan_since: date | None
    next_plan: str
    """Name of the plan that follows, if that is settled."""
    next_plan_on: date | None
    chart: UsageAnswer
    """Requests by day of all identities together."""
    limits: tuple[LimitUsed, ...]
    keys: tuple[TaggedKey, ...]
    requests: tuple[OpenRequest, ...]
    deeds: tuple[Deed, ...]
    """Newest first."""
    frozen_since: datetime | None = None
    """Since a report about a child holds everything about them back."""


@dataclass(frozen=True, slots=True)
class CustomerBill:
    """What a month comes to, so far if it is not over."""

    month: DateRange
    total: tuple[Money, ...]
    """One amount per currency; empty when nothing was billed."""
    is_running: bool
