"""The kinds of configuration rows, as the admin API names and edits them."""

from dataclasses import dataclass
from typing import Any, Final

from contract.messages.applications import ApplicationBody, CatalogBody
from contract.messages.base import Request as Message
from contract.messages.configuration import (
    ApplicationChange,
    BlockChange,
    CatalogChange,
    CustomerChange,
    CustomerPlanChange,
    FreezeChange,
    LimitOverrideChange,
    PlanChange,
    PolicyChange,
    PricingRuleChange,
    ScrubRuleChange,
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
from hosted.admin.filters import (
    ApplicationFilter,
    BlockFilter,
    CustomerPlanFilter,
    FreezeFilter,
    LimitOverrideFilter,
    PricingRuleFilter,
    RouteFilter,
    RowFilter,
    RuleVersionFilter,
)
from hosted.admin.messages import RowEdit


@dataclass(frozen=True, slots=True)
class Editing:
    """How rows of a kind are edited."""

    body: type[Message]
    change: Any
    """Class of the contract's edit, made of `entity` and `body`."""

    @property
    def model(self) -> type[RowEdit[Any]]:
        """Form of a single edit."""
        return RowEdit[self.body]  # type: ignore[name-defined]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row: its name in the contract, in addresses and in words."""

    entity: str
    path: str
    words: str
    filters: type[RowFilter] = RowFilter
    editing: Editing | None = None
    """None for what the service makes by itself."""

    @property
    def is_made_by_calls(self) -> bool:
        """Whether a call can make such a row: a list has to wait for the calls before it."""
        return self.editing is None or self.editing.body is CustomerBody


KINDS: Final = (
    Kind(
        "application", "applications", "an application", ApplicationFilter,
        Editing(ApplicationBody, ApplicationChange),
    ),
    Kind("endpoint", "endpoints", "an endpoint", RouteFilter),
    Kind("policy", "policies", "a policy", RouteFilter, Editing(PolicyBody, PolicyChange)),
    Kind(
        "pricing_rule", "pricing-rules", "a pricing rule", PricingRuleFilter,
        Editing(PricingRuleBody, PricingRuleChange),
    ),
    Kind("rule_version", "rule-versions", "a version of a rule", RuleVersionFilter),
    Kind("plan", "plans", "a plan", RowFilter, Editing(PlanBody, PlanChange)),
    Kind(
        "customer_plan", "customer-plans", "the plans of a customer", CustomerPlanFilter,
        Editing(CustomerPlanBody, CustomerPlanChange),
    ),
    Kind("customer", "customers", "a customer", RowFilter, Editing(CustomerBody, CustomerChange)),
    Kind(
        "limit_override", "limit-overrides", "a limit override", LimitOverrideFilter,
        Editing(LimitOverrideBody, LimitOverrideChange),
    ),
    Kind("block", "blocks", "a block", BlockFilter, Editing(BlockBody, BlockChange)),
    Kind("freeze", "freezes", "a freeze", FreezeFilter, Editing(FreezeBody, FreezeChange)),
    Kind(
        "scrub_rule", "scrub-rules", "a scrub rule", RouteFilter,
        Editing(ScrubRuleBody, ScrubRuleChange),
    ),
    Kind("catalog", "catalogs", "a catalog", RowFilter, Editing(CatalogBody, CatalogChange)),
    Kind("identity", "identities", "an identity"),
)  # fmt: skip
