"""Query parameters of the lists of rows: page, and the fields a kind can be filtered by."""

from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BaseModel, Field

from contract.messages.base import Id, Method, RoutePattern
from contract.terms import Meter
from hosted.admin.paging import CURSOR, PAGE_LIMIT

OfApplication = Annotated[Id | None, Query(description="Only of this application.")]
PAGING: Final = frozenset({"application_id", "cursor", "limit"})


class RowFilter(BaseModel):
    """What every list can be asked for."""

    application_id: Annotated[Id | None, Field(description="Only rows of this application.")] = None
    cursor: Annotated[str | None, Field(pattern=CURSOR, description="From the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT, description="Rows at most.")] = 100

    def fields(self) -> dict[str, Any]:
        """Values that a row's body has to have."""
        return self.model_dump(mode="json", exclude=set(PAGING), exclude_none=True)


class RouteFilter(RowFilter):
    """Of kinds that are about a method and a route."""

    method: Annotated[Method | None, Field(description="Only this method.")] = None
    url: Annotated[RoutePattern | None, Field(description="Only exactly this route.")] = None


class PricingRuleFilter(RouteFilter):
    meter: Annotated[Meter | None, Field(description="Only rules of this meter.")] = None
    customer_id: Annotated[Id | None, Field(description="Only rules of this customer.")] = None


class RuleVersionFilter(PricingRuleFilter):
    rule_id: Annotated[Id | None, Field(description="Only versions of this rule.")] = None


class CustomerPlanFilter(RowFilter):
    customer_id: Annotated[Id | None, Field(description="Only of this customer.")] = None


class BlockFilter(RouteFilter):
    customer_id: Annotated[Id | None, Field(description="Only blocks of this customer.")] = None


class FreezeFilter(RowFilter):
    customer_id: Annotated[Id | None, Field(description="Only freezes of this customer.")] = None


class LimitOverrideFilter(RowFilter):
    policy_id: Annotated[Id | None, Field(description="Only of this policy.")] = None
    customer_id: Annotated[Id | None, Field(description="Only of this customer.")] = None


class ApplicationFilter(RowFilter):
    archived: Annotated[bool | None, Field(description="Only archived ones, or only others.")] = (
        None
    )
