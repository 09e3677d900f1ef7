"""The usage event: one call of an API, from its first message to its settlement."""

from dataclasses import dataclass
from enum import StrEnum


class EventState(StrEnum):
    """Where an event stands in its life.

    `PARKED` is a settlement that came before its request and names no endpoint: it counts for
    nothing until the request arrives or its hold runs out.
    """

    OPEN = "open"
    PARKED = "parked"
    SETTLED = "settled"
    EXPIRED = "expired"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class UsageEvent:
    """A scrubbed event. `(application_id, allocation_id)` is its identity."""

    application_id: str
    allocation_id: str
    endpoint_id: str
    customer_id: str
    state: EventState
    opened_us: int
    """When the service received the first message; decides hour and day for good."""
    expires_us: int
    hour: int
    """Start of the hour in the application's zone, seconds since 1970."""
    day: int
    """Local date, days since 1970-01-01."""
    units_micro: int = 0
    status: int | None = None
    duration_ms: int | None = None
    late: bool = False
    """Settled after its hold had run out."""
    odd_amount: bool = False
    """The reported amount was not a usable number and counted as 1."""
    detail: str = "{}"
    """JSON of the harmless facts the scrubber let through."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """What an event says about its endpoint, for the first time it is seen."""

    endpoint_id: str
    method: str
    url: str
