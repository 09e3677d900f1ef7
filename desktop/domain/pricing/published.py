"""Rules, plans and customers' plans as they are stored: what a price holds for, and from when."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from contract.terms import Meter
from desktop.domain.editing import Standing
from desktop.domain.ids import ApplicationId, CustomerId, PlanId, RuleId


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a version of a rule says. `*` matches every method, or every url."""

    application_id: ApplicationId
    name: str
    method: str = "*"
    url: str = "*"
    customer_id: CustomerId | None = None
    """The only customer it is for; None is everybody."""
    meter: Meter = Meter.UNITS
    measure: str = ""
    """Path of the response value, or the expression."""
    price: dict[str, Any] | None
    """The price as JSON, in the spelling of `contract.pricing.writing`; None ends the rule."""
    effective_from: date
    """First day that it holds, in the application's time zone."""
    note: str = ""
    version: int = 0
    """Counts from 1; the service's number, or the one it will have while it waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PricingRule(Terms):
    """The newest version of a rule, and where it stands."""

    rule_id: RuleId
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion(Terms):
    """One published version of a rule. `standing` waits while the service has not seen it."""

    version_id: str
    rule_id: RuleId
    published_at: datetime | None
    """None while it waits."""
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class Plan:
    """Rules that customers subscribe to together; they price nobody else."""

    plan_id: PlanId
    application_id: ApplicationId
    name: str
    description: str = ""
    rule_ids: tuple[RuleId, ...] = ()
    standing: Standing = field(default_factory=Standing)


@dataclass(frozen=True, slots=True)
class PlanTerm:
    """A stretch of days on a plan, or with rules of the customer's own, or both."""

    starts_on: date
    ends_before: date | None = None
    """First day that it no longer holds; None is open."""
    plan_id: PlanId | None = None
    override_ids: tuple[RuleId, ...] = ()

    def holds_on(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_before is None or day < self.ends_before)


@dataclass(frozen=True, slots=True)
class CustomerPlan:
    """The plans of one customer, in order and without overlaps."""

    customer_plan_id: str
    application_id: ApplicationId
    customer_id: CustomerId
    terms: tuple[PlanTerm, ...] = ()
    standing: Standing = field(default_factory=Standing)
