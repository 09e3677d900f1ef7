"""Pricing rules for tests: as typed, as they travel, and as they are stored."""

from datetime import date
from decimal import Decimal

from desktop.domain.pricing.drafts import RuleDraft
from tests.fakes import APPLICATION

SINCE = date(2020, 1, 1)
"""Before everything that the tests count."""


def per_unit(price, currency="USD"):
    return {"model": "per_unit", "currency": currency, "unit_amount": price}


def rule_draft(name="Images", price="0.02", application_id=APPLICATION, **fields):
    """A rule as typed; the price of one unit, in `currency`."""
    currency = fields.pop("currency", "USD")
    whole = price if isinstance(price, dict) else per_unit(price, currency)
    fields = {"effective_from": SINCE, "price": whole} | fields
    return RuleDraft(application_id, name, **fields)


def rule_body(application_id, price="0.01", name="Calls", **fields):
    """A rule as it travels."""
    fixed = {"application_id": application_id, "name": name, "effective_from": SINCE.isoformat()}
    return {
        **fixed,
        "price": per_unit(price) if isinstance(price, (str, float)) else price,
        **fields,
    }


def amount_of(rule):
    """The price of one unit of a stored rule."""
    return Decimal(rule.price["unit_amount"])


def amount_in(text):
    """The price of one unit in the text that a difference shows of a price."""
    return text.rpartition("unit_amount: ")[2]
