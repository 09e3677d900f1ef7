"""The usage event: one call of an API, from its first message to its settlement."""

from enum import StrEnum

import msgspec


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


class UsageEvent(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A scrubbed event. `(application_id, allocation_id)` is its identity.

    It is written to the journal as an array: new fields go to the end and have a default.
    Change one with `msgspec.structs.replace`.
    """

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
    """What was used; below zero is a credit."""
    reserved_micro: int = 0
    """What the request asked to hold."""
    status: int | None = None
    duration_ms: int | None = None
    late: bool = False
    """Settled after its hold had run out."""
    odd_amount: bool = False
    """The reported amount was not a usable number and counted as 1."""
    payload_dropped: bool = False
    """The scrubber could not make sure of the message's payload and dropped it."""
    soft_limited: bool = False
    """Above a limit that only warns."""
    skew_s: int = 0
    """The client's clock minus the service's, in seconds; 0 where the client told no time."""
    refused_by: str | None = None
    """Id of the rule that refused the call."""
    detail: bytes = b"{}"
    """JSON object of what the scrubber let through."""


class Sighting(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """What an event says about its endpoint."""

    endpoint_id: str
    method: str
    url: str
    sdk: str = ""
    """Kind of the client, a value of `SdkKind`; kept from the endpoint's first call."""
