"""Single calls, scrubbed: what was asked, what was decided, and why."""

from typing import Annotated, Any

from pydantic import Field

from contract.messages.base import Answer, Id, Method, Name, Request, RoutePattern, Timestamp
from contract.terms import TraceState, Verdict


class FunctionCall(Answer):
    """A function that ran inside a call; values are kept only where the owner asked for them."""

    name: str
    path: str = ""
    duration_ms: int | None = None
    detail: dict[str, Any] = Field(default_factory=dict)


class Trace(Answer):
    """One call, from its first message to its settlement."""

    trace_id: Id
    application_id: Id
    endpoint_id: Id
    customer_id: Id
    method: str
    url: str
    at: Timestamp
    state: TraceState
    units: str
    """Decimal text."""
    status: int | None = None
    duration_ms: int | None = None
    late: bool = False
    odd_amount: bool = False
    refused_by: str | None = None
    """Id of the policy, override, block or cap that refused the call."""
    detail: dict[str, Any] = Field(default_factory=dict)
    """What the scrubber let through: address, agent, headers, shapes, bodies."""
    functions: tuple[FunctionCall, ...] = ()


class TracesPage(Answer):
    """Answer of `GET /v1/traces`, newest first."""

    rows: tuple[Trace, ...]
    next_cursor: str | None = None


class ExplainRequest(Request):
    """Asks what the service would say to a call now; nothing is counted or stored."""

    method: Method
    url: RoutePattern
    identity: Name | None = None
    customer_id: Id | None = None
    """One of both, or none for an anonymous caller."""
    at: Timestamp | None = None
    """Another instant than now, for schedules and resets."""


class ExplainStep(Answer):
    """One rule that was looked at, in order."""

    rule: str
    """`archived`, `whitelist`, `routes`, `block`, `cap`, `policy`, `limit`, `override`."""
    rule_id: str | None = None
    verdict: Verdict
    text: str
    """In a sentence."""
    used: str | None = None
    allowed: str | None = None
    """Counter and limit, decimal text."""
    resets_at: Timestamp | None = None


class SdkEffect(Answer):
    """What an SDK of this kind really does with the rule."""

    kind: str
    text: str
    enforced: bool


class Explanation(Answer):
    """The rules that were looked at, and what came of them."""

    verdict: Verdict
    customer_id: Id
    policy_id: Id | None = None
    steps: tuple[ExplainStep, ...]
    sdk_effects: tuple[SdkEffect, ...] = ()


class LedgerRow(Answer):
    """Account of one customer on one endpoint, in units; decimal texts."""

    application_id: Id
    customer_id: Id
    endpoint_id: Id
    held: str
    holds: Annotated[int, Field(ge=0)]
    settled: str
    released: str
    """Reserved and not used."""
    corrected: str
    events: Annotated[int, Field(ge=0)]
    unsettled: Annotated[int, Field(ge=0)]


class LedgerPage(Answer):
    """Answer of `GET /v1/ledgers`, by customer and endpoint."""

    rows: tuple[LedgerRow, ...]
    next_cursor: str | None = None


SignedDecimalText = Annotated[str, Field(pattern=r"^-?\d{1,12}(\.\d{1,6})?$")]


class CorrectionRequest(Request):
    """Adds units to a customer's account, or takes some away; never changed afterwards."""

    idempotency_key: Id
    customer_id: Id
    endpoint_id: Id
    units: SignedDecimalText
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class Correction(Answer):
    """An entry of the owner in an account."""

    correction_id: Id
    application_id: Id
    customer_id: Id
    endpoint_id: Id
    units: str
    reason: str
    at: Timestamp
    actor: str
    """Name of the token that made it."""


class CorrectionsPage(Answer):
    """Answer of `GET /v1/corrections`, newest first."""

    rows: tuple[Correction, ...]
    next_cursor: str | None = None
