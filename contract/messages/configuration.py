"""Configuration rows: what the owner edits, and what the service finds out by itself."""

from typing import Annotated, Literal

from pydantic import Field

from contract.messages.applications import ApplicationBody, CatalogBody
from contract.messages.base import (
    Answer,
    Id,
    Request,
    Revision,
    Timestamp,
)
from contract.messages.customers import CustomerBody
from contract.messages.policies import (
    BlockBody,
    FreezeBody,
    LimitOverrideBody,
    PolicyBody,
    ScrubRuleBody,
)
from contract.messages.pricing import CustomerPlanBody, PlanBody, PricingRuleBody


class ApplicationChange(Request):
    """An application to be stored, or deleted with all that belongs to it."""

    entity: Literal["application"]
    body: ApplicationBody | None


class PolicyChange(Request):
    """A policy to be stored or deleted."""

    entity: Literal["policy"]
    body: PolicyBody | None


class PricingRuleChange(Request):
    """A version of a pricing rule to be published; null ends the rule today."""

    entity: Literal["pricing_rule"]
    body: PricingRuleBody | None


class PlanChange(Request):
    """A plan to be stored or deleted."""

    entity: Literal["plan"]
    body: PlanBody | None


class CustomerPlanChange(Request):
    """A customer's plans to be stored or deleted."""

    entity: Literal["customer_plan"]
    body: CustomerPlanBody | None


class CustomerChange(Request):
    """What the owner says about a customer, to be stored or deleted."""

    entity: Literal["customer"]
    body: CustomerBody | None


class LimitOverrideChange(Request):
    """A customer's own limits to be stored or deleted."""

    entity: Literal["limit_override"]
    body: LimitOverrideBody | None


class BlockChange(Request):
    """A block to be stored or lifted."""

    entity: Literal["block"]
    body: BlockBody | None


class FreezeChange(Request):
    """A customer to be frozen, or let go again."""

    entity: Literal["freeze"]
    body: FreezeBody | None


class ScrubRuleChange(Request):
    """A scrub rule to be stored or ended."""

    entity: Literal["scrub_rule"]
    body: ScrubRuleBody | None


class CatalogChange(Request):
    """An application's catalog to be stored or deleted."""

    entity: Literal["catalog"]
    body: CatalogBody | None


EditOfEntity = Annotated[
    ApplicationChange
    | PolicyChange
    | PricingRuleChange
    | PlanChange
    | CustomerPlanChange
    | CustomerChange
    | LimitOverrideChange
    | BlockChange
    | FreezeChange
    | ScrubRuleChange
    | CatalogChange,
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
    """Edits, each judged by itself, in this order."""

    edits: Annotated[tuple[Edit, ...], Field(max_length=500)]


Entity = Literal[
    "application",
    "endpoint",
    "policy",
    "pricing_rule",
    "rule_version",
    "plan",
    "customer_plan",
    "customer",
    "limit_override",
    "block",
    "freeze",
    "scrub_rule",
    "catalog",
    "identity",
]
"""Kinds of rows; `endpoint`, `rule_version` and `identity` are made by the service only."""


class ConfigurationRow(Answer):
    """A row as the service has it: the newest revision, or a tombstone."""

    entity: Entity
    entity_id: Id
    revision: Revision
    deleted: bool
    body: dict[str, object] | None
    """Fields of the entity's body class; null for a tombstone."""


class EditResult(Answer):
    """What became of one edit."""

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
    """Results in the order of the edits."""

    results: tuple[EditResult, ...]


class ChangesPage(Answer):
    """Configuration rows in commit order. Store `next_cursor` together with the rows."""

    rows: tuple[ConfigurationRow, ...]
    next_cursor: str
    has_more: bool
    server_time: Timestamp
    usage_is_current: bool | None = None
    """Whether nothing lies behind the usage cursor that was sent along; null when none was."""
    erasures: int = 0
    """Sequence of the newest erasure that was noted. Who knows fewer reads them before the rows."""
