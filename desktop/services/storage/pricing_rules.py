"""Pricing rules as values of the domain."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from desktop.domain.editing import EditState
from desktop.domain.ids import ApplicationId, RuleId
from desktop.domain.money import decimal_text
from desktop.domain.pricing import Meter, PricingRule

if TYPE_CHECKING:
    from sqlite3 import Connection


def of_application(db: Connection, application_id: ApplicationId) -> tuple[PricingRule, ...]:
    """By name."""
    rows = db.execute(
        """
        SELECT rule_id, application_id, name, method, url, meter, unit_price, currency, revision,
            state, problem
        FROM pricing_rules WHERE application_id = :id ORDER BY name, rule_id
        """,
        {"id": application_id},
    )
    return tuple(_rule(row) for row in rows)


def find(db: Connection, rule_id: RuleId) -> PricingRule:
    """The rule of an id that is known to exist."""
    row = db.execute(
        """
        SELECT rule_id, application_id, name, method, url, meter, unit_price, currency, revision,
            state, problem
        FROM pricing_rules WHERE rule_id = :id
        """,
        {"id": rule_id},
    ).fetchone()
    return _rule(row)


def body(rule: PricingRule) -> dict[str, Any]:
    """The fields of the contract's body."""
    return {
        "application_id": rule.application_id,
        "name": rule.name,
        "method": rule.method,
        "url": rule.url,
        "meter": rule.meter.value,
        "unit_price": decimal_text(rule.unit_price),
        "currency": rule.currency,
    }


def body_text(rule: PricingRule) -> str:
    """The body as the outbox keeps it: JSON."""
    return json.dumps(body(rule))


def _rule(row: tuple[Any, ...]) -> PricingRule:
    rule_id, application_id, name, method, url, meter, price, currency, *rest = row
    revision, state, problem = rest
    return PricingRule(
        rule_id=RuleId(rule_id),
        application_id=ApplicationId(application_id),
        name=name,
        method=method,
        url=url,
        meter=Meter(meter),
        unit_price=Decimal(price),
        currency=currency,
        revision=revision,
        state=EditState(state),
        problem=problem,
    )
