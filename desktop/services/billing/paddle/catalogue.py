"""A pricing rule as Paddle can have it: a product, and a price where Paddle has one like it.

Paddle has amounts by a quantity, and no tiers, meters or fractions of a minor unit. A rule that is
more than that is published as its product; its usage is billed by the amount of the invoice.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from contract.pricing.rule import Currency, Model, Rule
from desktop.domain.billing.publication import FieldDifference, PlanAction, PlanStep
from desktop.domain.money import minor_digits
from desktop.services.billing.gateway import PricedRule

CURRENCIES: Final = (
    "USD", "EUR", "GBP", "JPY", "AUD", "CAD", "CHF", "HKD", "SGD", "SEK", "ARS",
    "BRL", "CLP", "CNY", "COP", "CZK", "DKK", "HUF", "ILS", "INR", "KRW", "MXN",
    "NOK", "NZD", "PEN", "PLN", "RUB", "THB", "TRY", "TWD", "UAH", "VND", "ZAR",
)  # fmt: skip
"""Source: Paddle's reference, "Supported currencies"."""
TAX_CATEGORY: Final = "standard"
RULE: Final = "usageflow_rule"
APPLICATION: Final = "usageflow_application"
LONGEST_NAME: Final = 150
LONGEST_DESCRIPTION: Final = 500
MOST_UNITS: Final = 999_999
MONTH: Final = {"interval": "month", "frequency": 1}
PLAIN: Final = Rule(Model.PER_UNIT, Currency("USD", 2))
TERMS: Final = (
    "free_units", "discount_percent", "discount_units", "conversion_rate", "unit_conversion",
    "min", "max",
)  # fmt: skip
"""What makes an amount more than a quantity by a price."""

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What Paddle should have of a rule."""

    product: dict[str, Any]
    price: dict[str, Any] | None
    """None where Paddle knows no such price."""


@dataclass(frozen=True, slots=True)
class Found:
    """What Paddle has of it now; prices are the active ones that carry the rule's mark."""

    product: Json | None
    prices: tuple[Json, ...]


def wanted(priced: PricedRule) -> Wanted:
    """The product and the price of a rule."""
    rule, mark = priced.rule, mark_of(priced)
    name = (priced.published.name or priced.published.url)[:LONGEST_NAME]
    description = f"{priced.published.method} {priced.published.url}"[:LONGEST_DESCRIPTION]
    product = {
        "name": name,
        "description": description,
        "tax_category": TAX_CATEGORY,
        "custom_data": mark,
    }
    amount = _minor(rule)
    if amount is None:
        return Wanted(product, None)
    price = {
        "name": name,
        "description": description,
        "unit_price": {"amount": str(amount), "currency_code": rule.currency.code},
        "billing_cycle": dict(MONTH) if rule.model is Model.FLAT else None,
        "quantity": {"minimum": 1, "maximum": 1 if rule.model is Model.FLAT else MOST_UNITS},
        "custom_data": mark,
    }
    return Wanted(product, price)


def mark_of(priced: PricedRule) -> dict[str, str]:
    """What tells at Paddle which rule an object is of."""
    return {
        APPLICATION: priced.question.application_id,
        RULE: priced.question.rule_id,
    }


def is_marked(body: Json, mark: Mapping[str, str]) -> bool:
    """Whether an object carries the mark of a rule."""
    data = body.get("custom_data")
    return isinstance(data, dict) and all(data.get(key) == value for key, value in mark.items())


def refusals(rule: Rule) -> tuple[str, ...]:
    """Why Paddle cannot have a rule at all."""
    if rule.currency.code in CURRENCIES:
        return ()
    return (f"Paddle does not take payments in {rule.currency.code}. Price the rule in another.",)


def notes(priced: PricedRule, asked: Wanted) -> tuple[str, ...]:
    """What Paddle does in another way."""
    said = ["Paddle adds the taxes of the customer's country to each amount."]
    if asked.price is None:
        said.append(
            "Paddle has no price like this one. The product is published; usage is billed by the "
            "amount of each month's invoice."
        )
    if priced.question.fraction_digits:
        said.append("Paddle counts whole units; the invoice's amounts are exact all the same.")
    return tuple(said)


def steps(asked: Wanted, found: Found) -> tuple[PlanStep, ...]:
    """What has to be done, in its order. A price is never changed: a new one, the old archived."""
    title = str(asked.product["name"])
    taken: list[PlanStep] = []
    if found.product is None:
        taken.append(PlanStep(PlanAction.CREATE_PRODUCT, "", title, _all(asked.product)))
    elif changed := differences(asked.product, found.product):
        step = PlanStep(PlanAction.UPDATE_PRODUCT, str(found.product["id"]), title, changed)
        taken.append(step)
    kept = kept_price(asked, found)
    if asked.price is not None and kept is None:
        taken.append(PlanStep(PlanAction.CREATE_PRICE, "", title, _all(asked.price)))
    taken += [
        PlanStep(PlanAction.ARCHIVE_PRICE, str(one["id"]), title, _archived(one))
        for one in found.prices
        if one is not kept
    ]
    return tuple(taken)


def kept_price(asked: Wanted, found: Found) -> Json | None:
    """The active price that is already as it should be."""
    if asked.price is None:
        return None
    same = (one for one in found.prices if not differences(asked.price, one))
    return next(same, None)


def differences(asked: Json, have: Json) -> tuple[FieldDifference, ...]:
    """Fields that differ, and whether it is archived; other fields are the owner's own business."""
    changed = [
        FieldDifference(field, told(value), told(have.get(field)))
        for field, value in asked.items()
        if not _agree(field, value, have.get(field))
    ]
    if have.get("status", "active") != "active":
        changed.append(FieldDifference("status", "active", str(have["status"])))
    return tuple(changed)


def told(value: object) -> str:
    """A value of Paddle's JSON in few words; empty for nothing."""
    match value:
        case None:
            return ""
        case {"amount": amount, "currency_code": currency}:
            return f"{amount} {currency} in minor units"
        case {"interval": interval, "frequency": frequency}:
            return f"every {frequency} {interval}"
        case dict():
            return ", ".join(f"{key} {one}" for key, one in sorted(value.items()))
        case _:
            return str(value)


def _minor(rule: Rule) -> int | None:
    """The whole minor units of a price that Paddle has too."""
    plain = all(getattr(rule, field) == getattr(PLAIN, field) for field in TERMS)
    if rule.model not in {Model.FLAT, Model.PER_UNIT} or not plain:
        return None
    amount = rule.amount if rule.model is Model.FLAT else rule.unit_amount
    minor = amount.scaleb(minor_digits(rule.currency.code))
    is_whole = minor == minor.to_integral_value() and minor >= Decimal(0)
    return int(minor) if is_whole else None


def _agree(field: str, asked: object, have: object) -> bool:
    if field == "custom_data" and isinstance(asked, dict):
        return is_marked({"custom_data": have}, asked)
    return asked == have


def _all(asked: Json) -> tuple[FieldDifference, ...]:
    shown: Iterable[tuple[str, Any]] = asked.items()
    return tuple(FieldDifference(field, told(value), "") for field, value in shown if value)


def _archived(price: Json) -> tuple[FieldDifference, ...]:
    return (FieldDifference("status", "archived", str(price.get("status", "active"))),)
