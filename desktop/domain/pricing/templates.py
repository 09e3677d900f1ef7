"""Prices to start from."""

from enum import StrEnum
from typing import Any, Final

from contract.pricing.rule import Model


class Template(StrEnum):
    PAY_AS_YOU_GO = "pay_as_you_go"
    FREE_TIER = "free_tier"
    GRADUATED = "graduated"
    VOLUME = "volume"
    PACKAGE = "package"
    SEAT = "seat"
    FLAT = "flat"
    PERCENTAGE = "percentage"


_PRICES: Final[dict[Template, dict[str, Any]]] = {
    Template.PAY_AS_YOU_GO: {"model": Model.PER_UNIT.value, "unit_amount": "0.001"},
    Template.FREE_TIER: {
        "model": Model.PER_UNIT.value, "unit_amount": "0.001", "free_units": "10000",
    },
    Template.GRADUATED: {
        "model": Model.GRADUATED.value,
        "tiers": [
            {"up_to": "10000", "unit_amount": "0"},
            {"up_to": "1000000", "unit_amount": "0.002"},
            {"unit_amount": "0.0012"},
        ],
    },
    Template.VOLUME: {
        "model": Model.VOLUME.value,
        "tiers": [{"up_to": "100000", "unit_amount": "0.002"}, {"unit_amount": "0.001"}],
    },
    Template.PACKAGE: {
        "model": Model.PACKAGE.value, "package_size": "1000", "package_amount": "2",
    },
    Template.SEAT: {
        "model": Model.PRORATED_GRADUATED.value,
        "tiers": [{"up_to": "10", "unit_amount": "12"}, {"unit_amount": "9"}],
    },
    Template.FLAT: {"model": Model.FLAT.value, "amount": "49"},
    Template.PERCENTAGE: {
        "model": Model.PERCENTAGE.value, "rate": "2.9", "fixed_amount": "0.30",
    },
}  # fmt: skip


def price_of_template(template: Template, currency: str) -> dict[str, Any]:
    """A whole price to change to one's own."""
    price = _PRICES[template]
    tiers = {"tiers": [dict(tier) for tier in price["tiers"]]} if "tiers" in price else {}
    return {"model": price["model"], "currency": currency, **price, **tiers}
