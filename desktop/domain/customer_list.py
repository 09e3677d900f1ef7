"""The list of customers: how it is narrowed down and ordered, and its lines."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from desktop.domain.ids import ApplicationId, CustomerId, PlanId
from desktop.domain.usage import Stamp

QUIET_DAYS = 30
"""Who called within so many days is active."""


class CustomerSort(StrEnum):
    NAME = "name"
    """Customers without a name come after all others, by the end of their id."""
    THIS_MONTH = "this_month"
    REQUESTS = "requests"
    LAST_CALL = "last_call"


class CustomerState(StrEnum):
    ALL = "all"
    ACTIVE = "active"
    """Called within the last 30 days."""
    SILENT = "silent"
    """Called once, but not within the last 30 days."""
    NAMED = "named"
    MERGED = "merged"
    """Several identities that are counted as one."""


@dataclass(frozen=True, slots=True)
class CustomerQuery:
    application_id: ApplicationId
    search: str = ""
    """Beginnings of words of the name, or of the end of the id; all of them have to be found."""
    state: CustomerState = CustomerState.ALL
    plan_id: PlanId | None = None
    sort: CustomerSort = CustomerSort.THIS_MONTH
    descending: bool = True


@dataclass(frozen=True, slots=True)
class CustomerRow:
    """One line of the list; figures are those of all merged identities together."""

    customer_id: CustomerId
    label: str
    name: str
    """Empty where the owner gave none."""
    plan: str
    """Name of the plan of today; empty without one."""
    identities: int
    """How many identities are counted as this customer; 1 for most."""
    requests: int
    """Of all days this vault holds."""
    units: Decimal
    this_month: int
    """Requests of this calendar month."""
    last_day: date | None
    """Day of the last call, in the application's time zone."""


@dataclass(frozen=True, slots=True)
class CustomerPage:
    rows: tuple[CustomerRow, ...]
    next_cursor: str | None
    size: int
    """How many customers the application has, whatever the list is narrowed down to."""
    stamp: Stamp
