"""Configuration rows: what the owner edits, and what the service finds out by itself."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from contract.messages.base import (
    Answer,
    Currency,
    DecimalText,
    Id,
    Method,
    Name,
    Request,
    Revision,
    RoutePattern,
    Timestamp,
)


class IdentityLocation(StrEnum):
    """Where the SDK finds the caller's identity, in the spelling every SDK understands."""

    HEADERS = "headers"
    QUERY = "query_params"
    PATH = "path_params"
    BODY = "body"
    BEARER = "bearer_token"
    COOKIE = "cookie"


class LimitInterval(StrEnum):
    """Length of a rate limit's window, in the application's time zone."""

    SECOND = "second"
    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class Meter(StrEnum):
    """What a pricing rule counts."""

    UNITS = "units"
    REQUESTS = "requests"


class Route(Request):
    """One entry of an application's metered routes."""

    method: Method
    url: RoutePattern


EVERY_ROUTE = (Route(method="*", url="*"),)


class ApplicationBody(Request):
    """An API that reports its calls. A new one meters every route."""

    name: Name
    time_zone: Annotated[str, Field(min_length=1, max_length=64)] = "UTC"
    """IANA name; decides where an hour, a day and a month begin."""
    metered_routes: tuple[Route, ...] = EVERY_ROUTE
    archived: bool = False


class EndpointBody(Answer):
    """A method and route pattern the SDK reported. Made by the service only."""

    application_id: Id
    method: str
    url: str
    first_seen: Timestamp


class PolicyBody(Request):
    """How callers of one endpoint are recognised, limited and metered.

    The id of a policy is derived from application, method and url, so that two desktops that
    make the same policy offline meet in a conflict instead of a duplicate.
    """

    application_id: Id
    method: Method
    url: RoutePattern
    identity_location: IdentityLocation | None = None
    identity_name: Annotated[str, Field(max_length=200)] | None = None
    limit: Annotated[int, Field(ge=1, le=10**12)] | None = None
    """Calls per interval and identity; null is no limit."""
    limit_interval: LimitInterval | None = None
    response_field: Annotated[str, Field(max_length=200)] | None = None
    """Dotted path of the response value that counts as units; null counts 1 a call."""


class PricingRuleBody(Request):
    """Price of one unit of a meter on the endpoints that match."""

    application_id: Id
    name: Name
    method: Method = "*"
    url: RoutePattern = "*"
    meter: Meter = Meter.UNITS
    unit_price: DecimalText
    currency: Currency = "USD"


class CustomerBody(Request):
    """A pseudonymous caller, with the name the owner gave."""

    application_id: Id
    name: Annotated[str, Field(max_length=200)] = ""


class ApplicationChange(Request):
    entity: Literal["application"]
    body: ApplicationBody | None


class PolicyChange(Request):
    entity: Literal["policy"]
    body: PolicyBody | None


class PricingRuleChange(Request):
    entity: Literal["pricing_rule"]
    body: PricingRuleBody | None


class CustomerChange(Request):
    entity: Literal["customer"]
    body: CustomerBody | None


EditOfEntity = Annotated[
    ApplicationChange | PolicyChange | PricingRuleChange | CustomerChange,
    Field(discriminator="entity"),
]


class Edit(Request):
    """One edit of one row; `edit.body` null deletes it."""

    idempotency_key: Id
    """Made once by the client; the same key gets the same answer, however often it is sent."""
    entity_id: Id
    base_revision: Revision
    """The revision the owner was looking at; 0 creates."""
    edit: EditOfEntity


class PushRequest(Request):
    edits: Annotated[tuple[Edit, ...], Field(max_length=500)]


class ConfigurationRow(Answer):
    """A row as the service has it: the newest revision, or a tombstone."""

    entity: Literal["application", "endpoint", "policy", "pricing_rule", "customer"]
    entity_id: Id
    revision: Revision
    deleted: bool
    body: dict[str, object] | None
    """Fields of the entity's body class; null for a tombstone."""


class EditResult(Answer):
    idempotency_key: Id
    outcome: Literal["accepted", "conflict", "rejected"]
    revision: Revision | None = None
    """With `accepted`: the revision the edit became."""
    current: ConfigurationRow | None = None
    """With `conflict`: the row the service has now; null when it has none."""
    field: str | None = None
    reason: str | None = None
    """With `rejected`: which field, and why, in a sentence for the owner."""


class PushAnswer(Answer):
    results: tuple[EditResult, ...]


class ChangesPage(Answer):
    """Configuration rows in commit order. Store `next_cursor` together with the rows."""

    rows: tuple[ConfigurationRow, ...]
    next_cursor: str
    has_more: bool
    server_time: Timestamp
