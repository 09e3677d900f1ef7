"""Policies, blocks and limits of single customers, as the screens show and edit them."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from contract.terms import (
    IdentityLocation,
    LimitCounts,
    LimitEffect,
    LimitInterval,
    LimitKind,
    LimitScope,
    MeteringTrigger,
    PolicyKind,
    Severity,
)
from desktop.domain.editing import Standing
from desktop.domain.ids import ApplicationId, BlockId, CustomerId, OverrideId, PolicyId


@dataclass(frozen=True, slots=True)
class Span:
    """Part of a week in the application's time zone; an end at or before the start is tomorrow."""

    weekdays: tuple[int, ...]
    """ISO: Monday is 1."""
    start: str = "00:00"
    end: str = "00:00"


@dataclass(frozen=True, slots=True)
class Limit:
    allowed: int
    interval: LimitInterval
    kind: LimitKind = LimitKind.FIXED_WINDOW
    counts: LimitCounts = LimitCounts.CALLS
    scope: LimitScope = LimitScope.IDENTITY
    burst: int | None = None
    effect: LimitEffect = LimitEffect.REFUSE
    schedule: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitDraft:
    """A limit as typed. A draft without a number is an empty line of the editor, not a limit."""

    allowed: str = ""
    interval: LimitInterval = LimitInterval.MINUTE
    kind: LimitKind = LimitKind.FIXED_WINDOW
    counts: LimitCounts = LimitCounts.CALLS
    scope: LimitScope = LimitScope.IDENTITY
    burst: str = ""
    effect: LimitEffect = LimitEffect.REFUSE
    schedule: str = ""
    """Such as `Mon-Fri 09:00-17:00, Sat`; empty is always."""


@dataclass(frozen=True, slots=True)
class Metering:
    response_field: str | None = None
    expression: str | None = None
    trigger: MeteringTrigger = MeteringTrigger.REQUEST
    condition: str | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """How callers of one endpoint or function are recognised, limited and metered."""

    policy_id: PolicyId
    application_id: ApplicationId
    method: str
    url: str
    kind: PolicyKind = PolicyKind.API
    function_name: str | None = None
    function_path: str | None = None
    identity_location: IdentityLocation | None = None
    identity_name: str | None = None
    limits: tuple[Limit, ...] = ()
    metering: Metering = field(default_factory=Metering)
    note: str = ""
    standing: Standing = field(default_factory=Standing)

    @property
    def function(self) -> str:
        """Path and name of the function it is about; empty for a policy of an endpoint."""
        if self.kind is PolicyKind.API:
            return ""
        return f"{self.function_path or ''}:{self.function_name}"


@dataclass(frozen=True, slots=True)
class PolicyDraft:
    """A policy as typed."""

    application_id: ApplicationId
    method: str
    url: str
    kind: PolicyKind = PolicyKind.API
    function_name: str = ""
    function_path: str = ""
    identity_location: IdentityLocation | None = None
    identity_name: str = ""
    limits: tuple[LimitDraft, ...] = ()
    response_field: str = ""
    expression: str = ""
    trigger: MeteringTrigger = MeteringTrigger.REQUEST
    condition: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """An endpoint that is closed, for everybody or for one customer."""

    block_id: BlockId
    application_id: ApplicationId
    method: str
    url: str
    customer_id: CustomerId | None = None
    reason: str = ""
    expires_at: datetime | None = None
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class BlockDraft:
    """A block as asked for; `hours` is how long it holds, None until it is taken away."""

    application_id: ApplicationId
    method: str
    url: str
    customer_id: CustomerId | None = None
    reason: str = ""
    hours: int | None = None


@dataclass(frozen=True, slots=True)
class LimitOverride:
    """Limits of one customer instead of the policy's; none at all when empty."""

    override_id: OverrideId
    application_id: ApplicationId
    policy_id: PolicyId
    customer_id: CustomerId
    limits: tuple[Limit, ...] = ()
    reason: str = ""
    expires_at: datetime | None = None
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class Customer:
    """A caller to choose: the owner's name, else a short pseudonym."""

    customer_id: CustomerId
    label: str


class Passage(StrEnum):
    """What the application's route lists say of an endpoint."""

    METERED = "metered"
    WHITELISTED = "whitelisted"
    UNMETERED = "unmetered"


@dataclass(frozen=True, slots=True)
class Route:
    method: str
    url: str


@dataclass(frozen=True, slots=True)
class RuledBlock:
    """A block and the name of whom it stops; an empty name is everybody."""

    block: Block
    customer: str


@dataclass(frozen=True, slots=True)
class RuledOverride:
    override: LimitOverride
    customer: str


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One line of the Policies page: an endpoint or function with everything that rules it."""

    application_id: ApplicationId
    method: str
    url: str
    logical: str
    """The route without the names of its parameters: alike for all frameworks."""
    endpoint_id: str = ""
    """Empty for a route that no SDK has reported yet."""
    sdk: str = ""
    """Kind of client that reported it first."""
    policy: Policy | None = None
    passage: Passage = Passage.METERED
    blocks: tuple[RuledBlock, ...] = ()
    overrides: tuple[RuledOverride, ...] = ()
    spellings: tuple[str, ...] = ()
    """The same route as other frameworks write it."""

    @property
    def key(self) -> str:
        """The same after a reload."""
        function = self.policy.function if self.policy is not None else ""
        return f"{self.method} {self.url} {function}"


@dataclass(frozen=True, slots=True)
class SampleCall:
    """What is known of a call to try a metering with; an empty text is not known."""

    amount: str = "1"
    status: str = "200"
    duration_ms: str = ""
    tokens: str = ""
    response_bytes: str = ""


@dataclass(frozen=True, slots=True)
class TriedCall:
    """What a call would count."""

    title: str
    reported: str
    counted: str
    odd: bool
    """The amount could not be worked out, or is finer than a millionth."""


@dataclass(frozen=True, slots=True)
class MeteringTrial:
    sample: TriedCall
    recorded: tuple[TriedCall, ...]
    """Calls of this endpoint that lie in the vault, newest first."""


@dataclass(frozen=True, slots=True)
class Advice:
    """What one kind of SDK really does with a part of a rule."""

    sdk: str
    """Its name, ready to show."""
    severity: Severity
    field: str
    text: str
