"""Policies: how callers are recognised, limited, metered and blocked."""

from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from contract.messages.base import Id, Method, Request, RoutePattern, Timestamp
from contract.messages.rollups import NO_CUSTOMERS
from contract.terms import (
    IdentityLocation,
    LimitCounts,
    LimitEffect,
    LimitInterval,
    LimitKind,
    LimitScope,
    MeteringTrigger,
    PolicyKind,
)

Weekday = Annotated[int, Field(ge=1, le=7)]
"""ISO: Monday is 1."""
ClockTime = Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Expression = Annotated[str, StringConstraints(min_length=1, max_length=500)]
"""In the metering language; the service refuses what it cannot read, with the place."""


class Span(Request):
    """Part of a week, in the application's time zone. An end at or before the start is tomorrow."""

    weekdays: Annotated[tuple[Weekday, ...], Field(min_length=1, max_length=7)]
    start: ClockTime = "00:00"
    end: ClockTime = "00:00"


class Limit(Request):
    """How many calls or units an interval allows."""

    allowed: Annotated[int, Field(ge=1, le=10**12)]
    interval: LimitInterval
    kind: LimitKind = LimitKind.FIXED_WINDOW
    counts: LimitCounts = LimitCounts.CALLS
    scope: LimitScope = LimitScope.IDENTITY
    burst: Annotated[int, Field(ge=1, le=10**12)] | None = None
    """Size of a token bucket; null is `allowed`. Other kinds have none."""
    effect: LimitEffect = LimitEffect.REFUSE
    schedule: Annotated[tuple[Span, ...], Field(max_length=20)] = ()
    """When the limit holds; empty is always."""


Limits = Annotated[tuple[Limit, ...], Field(max_length=8)]


class Metering(Request):
    """What a call of the endpoint counts."""

    response_field: Annotated[str, Field(max_length=200)] | None = None
    """Dotted path of the response value that counts as units; null counts 1 a call."""
    expression: Expression | None = None
    """Amount worked out from the scrubbed event; null takes the reported amount."""
    trigger: MeteringTrigger = MeteringTrigger.REQUEST
    condition: Expression | None = None
    """With the trigger `response_value`: what must be true for the call to count."""


class PolicyBody(Request):
    """How callers of one endpoint are recognised, limited and metered.

    The id of a policy is derived from application, method, url and function (`policy_id`), so that
    two desktops that make the same policy offline meet in a conflict instead of a duplicate.
    """

    application_id: Id
    kind: PolicyKind = PolicyKind.API
    method: Method
    url: RoutePattern
    function_name: Annotated[str, Field(max_length=200)] | None = None
    function_path: Annotated[str, Field(max_length=500)] | None = None
    """File of the function, as the SDK reports it. Both are for the kind `function` only."""
    identity_location: IdentityLocation | None = None
    identity_name: Annotated[str, Field(max_length=200)] | None = None
    limits: Limits = ()
    metering: Metering = Metering()
    note: Annotated[str, Field(max_length=2000)] = ""


class LimitOverrideBody(Request):
    """Other limits of a policy for one customer (`override_id`); no limits at all when empty."""

    application_id: Id
    policy_id: Id
    customer_id: Id
    limits: Limits = ()
    reason: Annotated[str, Field(max_length=500)] = ""
    expires_at: Timestamp | None = None


class BlockBody(Request):
    """An endpoint that is closed, for everybody or for one customer."""

    application_id: Id
    method: Method
    url: RoutePattern
    customer_id: Id | None = None
    reason: Annotated[str, Field(max_length=500)] = ""
    expires_at: Timestamp | None = None


def _one_caller(customer_id: str) -> str:
    if customer_id in NO_CUSTOMERS:
        raise ValueError("this id stands for callers nobody can tell apart")
    return customer_id


class FreezeBody(Request):
    """A customer of whom nothing goes out and nothing but figures comes in, until it is lifted."""

    application_id: Id
    customer_id: Annotated[Id, AfterValidator(_one_caller)]
    since: Timestamp


class ScrubRuleBody(Request):
    """Bodies and values of an endpoint are kept, scrubbed, until `expires_at`."""

    application_id: Id
    method: Method
    url: RoutePattern
    reason: Annotated[str, Field(min_length=1, max_length=500)]
    expires_at: Timestamp
