"""A person of whom somebody says that they are a child: everything stops until that is decided."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from desktop.domain.editing import Standing
from desktop.domain.ids import ApplicationId, CustomerId


@dataclass(frozen=True, slots=True)
class Freeze:
    """One customer that is frozen, as service and desktops share it."""

    freeze_id: str
    application_id: ApplicationId
    customer_id: CustomerId
    since: datetime
    standing: Standing = field(default_factory=Standing)


class FreezeState(StrEnum):
    WAITING = "waiting"
    """It holds here; the service hears of it with the next sync."""
    HOLDS = "holds"
    """Service and every desktop that syncs keep to it."""
    REFUSED = "refused"
    """It holds here alone: the service did not take it."""


@dataclass(frozen=True, slots=True)
class FrozenCustomer:
    """A frozen customer as a request shows it."""

    freeze_id: str
    application_id: ApplicationId
    customer_id: CustomerId
    name: str
    since: datetime
    state: FreezeState
    problem: str
    """With `REFUSED`: what the service said."""
    block_id: str
    """The block that was placed from here; empty without one."""


@dataclass(frozen=True, slots=True)
class FreezeStanding:
    """What a report about a child holds back."""

    customers: tuple[FrozenCustomer, ...]
    is_decided: bool
    """The report is refused, taken back, or the person erased: nothing is held back any more."""
