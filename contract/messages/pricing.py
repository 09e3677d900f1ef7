"""Prices, plans, and who is on which plan.

A rule says what it prices and how; publishing one makes a numbered version that never changes. The
version that holds on a day is the highest-numbered one whose `effective_from` has come, so that a
later version replaces every earlier one from its own date on. Days are those of the application's
time zone.
"""

from typing import Annotated

from pydantic import ConfigDict, Field, JsonValue

from contract.messages.base import Day, Id, Method, Name, Request, Revision, RoutePattern, Timestamp
from contract.terms import Meter

Price = Annotated[dict[str, JsonValue], Field(max_length=64)]
"""A price as `docs/pricing.md` describes it, every number as decimal text."""


class PricingRuleBody(Request):
    """The newest version of a rule: what it prices, how, and from when on."""

    application_id: Id
    name: Name
    method: Method = "*"
    url: RoutePattern = "*"
    customer_id: Id | None = None
    """The only customer it is for; null is everybody."""
    meter: Meter = Meter.UNITS
    measure: Annotated[str, Field(max_length=500)] = ""
    """What the meters `response_field` and `expression` read; empty for the others."""
    price: Price | None
    """Null ends the rule on the day `effective_from`."""
    effective_from: Day
    note: Annotated[str, Field(max_length=500)] = ""
    """Why, for whoever reads the history."""
    version: Revision = 0
    """Number of this version, counted by the service; what a client sends is not looked at."""


class RuleVersionBody(PricingRuleBody):
    """A published version, made by the service and never changed.

    The last one of a deleted rule has no price.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="ignore")

    rule_id: Id
    published_at: Timestamp


class PlanBody(Request):
    """Rules that customers subscribe to together.

    A rule of a plan prices nobody else. Dates are those of the rules.
    """

    application_id: Id
    name: Name
    description: Annotated[str, Field(max_length=2000)] = ""
    rule_ids: Annotated[tuple[Id, ...], Field(max_length=200)] = ()


class PlanTerm(Request):
    """A stretch of days on a plan, or with own prices, or both."""

    starts_on: Day
    ends_before: Day | None = None
    """First day that it no longer holds; null is open."""
    plan_id: Id | None = None
    override_ids: Annotated[tuple[Id, ...], Field(max_length=50)] = ()
    """Rules that come before those of the plan."""


class CustomerPlanBody(Request):
    """The plans of one customer (`customer_plan_id`), in order and without overlaps."""

    application_id: Id
    customer_id: Id
    terms: Annotated[tuple[PlanTerm, ...], Field(max_length=100)] = ()
