"""Prices of the invented application: tiers, packages, calls, a plan, and a scenario to try."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

from contract.identifiers import customer_plan_id, version_id
from desktop.domain.calendar import month_number, month_start
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.pricing.drafts import RuleDraft
from desktop.domain.usage import DateRange
from desktop.domain.what_if import DraftedRule, PriceDraft, SavedScenario, WhatIfQuestion

Body = dict[str, Any]
ENDLESS: Final = None
YEAR_MONTHS: Final = 12
IMAGE_TIERS: Final = (("1000", "0.02"), ("3000", "0.015"), (ENDLESS, "0.01"))
IMAGES: Final = "rule_sample_1"
PLAN: Final = "plan_sample_1"
PLAN_RULES: Final = ("rule_sample_4", "rule_sample_5")
PLACE: Final = {"method": "POST", "url": "/v1/images"}


def _graduated(tiers: tuple[tuple[str | None, str], ...]) -> Body:
    listed = [{"up_to": bound, "unit_amount": price} for bound, price in tiers]
    return {"model": "graduated", "currency": "USD", "tiers": listed}


def _per_unit(price: str) -> Body:
    return {"model": "per_unit", "currency": "USD", "unit_amount": price}


RULES: Final[tuple[tuple[str, Body], ...]] = (
    (IMAGES, {"name": "Images", **PLACE, "meter": "units", "price": _graduated(IMAGE_TIERS)}),
    (
        "rule_sample_2",
        {
            "name": "Reports",
            "method": "POST",
            "url": "/v1/reports",
            "meter": "units",
            "price": {
                "model": "package", "currency": "USD", "package_size": "500",
                "package_amount": "5",
            },
        },
    ),
    ("rule_sample_3", {"name": "Everything else", "meter": "requests",
                       "price": _per_unit("0.0009")}),
    (PLAN_RULES[0], {"name": "Team: base fee", "meter": "units",
                     "price": {"model": "flat", "currency": "USD", "amount": "19"}}),
    (PLAN_RULES[1], {"name": "Team: images", **PLACE, "meter": "units",
                     "price": _per_unit("0.012")}),
)  # fmt: skip


def price_rows(
    application_id: ApplicationId, first: date, members: tuple[str, ...]
) -> Iterator[tuple[str, str, Body]]:
    """Entity, id and body of every row; the plan's members are on it from half a year on."""
    owned = {"application_id": application_id}
    since = {"effective_from": first.isoformat(), "version": 1}
    for rule_id, body in RULES:
        yield "pricing_rule", rule_id, owned | body | since
        stamp = {"rule_id": rule_id, "published_at": f"{first.isoformat()}T00:00:00Z"}
        yield "rule_version", version_id(rule_id, 1), owned | body | since | stamp
    about = {"name": "Team", "description": "A fee, and images for less."}
    yield "plan", PLAN, owned | about | {"rule_ids": list(PLAN_RULES)}
    start = month_start(month_number(first) + YEAR_MONTHS // 2)
    term = {"starts_on": start.isoformat(), "plan_id": PLAN}
    for customer in members:
        plan_id = customer_plan_id(application_id, customer)
        yield "customer_plan", plan_id, owned | {"customer_id": customer, "terms": [term]}


def scenario(application_id: ApplicationId, today: date, now: datetime) -> SavedScenario:
    """Two ways to price images, tried on the last whole months."""
    this = month_number(today)
    period = DateRange(month_start(this - YEAR_MONTHS), month_start(this))
    dearer = tuple(
        (bound, price) for (bound, _), price in zip(IMAGE_TIERS, ("0.022", "0.018", "0.014"),
                                                   strict=True)
    )  # fmt: skip
    drafts = (
        _draft(application_id, "One price for images", _per_unit("0.018")),
        _draft(application_id, "Smaller discounts for many images", _graduated(dearer)),
    )
    question = WhatIfQuestion(application_id, period, drafts)
    return SavedScenario("scn_sample_1", "Images for one price", question, now)


def _draft(application_id: ApplicationId, name: str, price: Body) -> PriceDraft:
    rule = RuleDraft(application_id, "Images", PLACE["method"], PLACE["url"], price=price)
    return PriceDraft(name, (DraftedRule(rule, RuleId(IMAGES)),))
