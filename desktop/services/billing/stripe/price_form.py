"""A pricing rule as a price of Stripe's: exact, or refused in words. Nothing is approximated.

Source: Stripe's documentation of prices: whole-number meters and bounds, twelve decimals of the
minor unit, tiers rounded one by one, `transform_quantity` for packages only.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from contract.pricing.currencies import MINOR_DIGITS
from contract.pricing.rounding import Rounding
from contract.pricing.rule import ZERO, Model, PaymentTerm, Rule, Tier
from contract.terms import Meter
from desktop.domain.money import EXACT, decimal_text, minor_digits
from desktop.services.billing.stripe.currencies import minor_amount

DECIMALS: Final = 12
MODELS: Final = frozenset(
    {Model.FLAT, Model.PER_UNIT, Model.GRADUATED, Model.VOLUME, Model.PACKAGE}
)
COUNTED: Final = frozenset({Meter.UNITS, Meter.REQUESTS})
IN_TENS: Final = 3
"""Digits of currencies whose last digit is always zero when Stripe charges."""


@dataclass(frozen=True, slots=True)
class PriceForm:
    """What tells one price of Stripe's from another. Amounts are text, in its minor unit."""

    currency: str
    usage_type: str
    unit_amount: str = ""
    tiers_mode: str = ""
    tiers: tuple[tuple[str, str, str], ...] = ()
    """Bound (`inf` for none), amount of a unit, flat amount."""
    divide_by: int = 0
    """Size of a package; 0 for single units."""

    def params(self) -> dict[str, Any]:
        """As a price is created; the product, the meter and names are not in it."""
        recurring = {"interval": "month", "usage_type": self.usage_type}
        fields: dict[str, Any] = {"currency": self.currency.lower(), "recurring": recurring}
        if self.tiers:
            tiers = [_tier_params(*tier) for tier in self.tiers]
            return fields | {
                "billing_scheme": "tiered",
                "tiers_mode": self.tiers_mode,
                "tiers": tiers,
            }
        fields |= {"billing_scheme": "per_unit", "unit_amount_decimal": Decimal(self.unit_amount)}
        if self.divide_by:
            fields["transform_quantity"] = {"divide_by": self.divide_by, "round": "up"}
        return fields

    def fields(self) -> dict[str, str]:
        """Every field by its name, to be compared and shown."""
        found = {
            "currency": self.currency,
            "usage_type": self.usage_type,
            "unit_amount": self.unit_amount,
            "tiers_mode": self.tiers_mode,
            "package_size": str(self.divide_by or ""),
        }
        for number, (up_to, unit, flat) in enumerate(self.tiers, 1):
            found |= {
                f"tier {number} up_to": up_to,
                f"tier {number} unit_amount": unit,
                f"tier {number} flat_amount": flat,
            }
        return found


def form_of(rule: Rule, fraction_digits: int) -> PriceForm:
    """The price of a rule that has no `refusals`."""
    currency, scale = rule.currency.code, Decimal(10) ** fraction_digits

    def amount(value: Decimal | None, per: Decimal = Decimal(1)) -> str:
        return decimal_text(minor_amount(EXACT.divide(value or ZERO, per), currency))

    match rule.model:
        case Model.FLAT:
            return PriceForm(currency, "licensed", amount(rule.amount))
        case Model.PACKAGE:
            size = int(rule.package_size * scale)
            return PriceForm(currency, "metered", amount(rule.package_amount), divide_by=size)
        case Model.PER_UNIT if not rule.free_units:
            return PriceForm(currency, "metered", amount(rule.unit_amount, scale))
        case _:
            tiers = tuple(
                (
                    "inf" if tier.up_to is None else str(int(tier.up_to * scale)),
                    amount(tier.unit_amount, scale),
                    amount(tier.flat_amount),
                )
                for tier in _tiers(rule)
            )
            mode = "volume" if rule.model is Model.VOLUME else "graduated"
            return PriceForm(currency, "metered", tiers_mode=mode, tiers=tiers)


def form_in(price: dict[str, Any]) -> PriceForm:
    """The form of a price that Stripe has, its tiers expanded."""
    recurring = price.get("recurring") or {}
    tiers = tuple(
        (
            "inf" if tier.get("up_to") is None else str(tier["up_to"]),
            _decimal(tier, "unit_amount"),
            _decimal(tier, "flat_amount"),
        )
        for tier in price.get("tiers") or ()
    )
    return PriceForm(
        currency=str(price.get("currency", "")).upper(),
        usage_type=str(recurring.get("usage_type", "")),
        unit_amount="" if tiers else _decimal(price, "unit_amount"),
        tiers_mode=str(price.get("tiers_mode") or ""),
        tiers=tiers,
        divide_by=int((price.get("transform_quantity") or {}).get("divide_by", 0)),
    )


def refusals(rule: Rule, meter: Meter, fraction_digits: int) -> tuple[str, ...]:
    """Why Stripe cannot have the rule as it is, in words; none when it can."""
    if rule.model not in MODELS:
        return (f"Stripe has no prices of the model {rule.model.value}. Bill it by invoice items.",)
    return tuple(_refusals(rule, meter, fraction_digits))


def notes(rule: Rule) -> tuple[str, ...]:
    """What is the same price and is yet done in another way, in words."""
    found = []
    if rule.model is Model.FLAT:
        found.append("Stripe bills a part of a month by the second, this program by days.")
    if any(tier.flat_amount for tier in rule.tiers):
        found.append("A first tier's flat amount is due here without usage too; look at the first "
                     "invoice without usage at Stripe.")  # fmt: skip
    if minor_digits(rule.currency.code) == IN_TENS:
        found.append(f"Stripe charges {rule.currency.code} in steps of ten of its smallest unit.")
    return tuple(found)


def _refusals(rule: Rule, meter: Meter, fraction_digits: int) -> Iterator[str]:
    if rule.currency.code not in MINOR_DIGITS:
        yield f"Stripe has no currency {rule.currency.code}."
    if rule.model is not Model.FLAT and meter not in COUNTED:
        yield (
            "Only units and requests are known for every day; this rule counts something else, "
            "which cannot be reported in full."
        )
    if rule.model is Model.FLAT and rule.payment_term is PaymentTerm.IN_ARREARS:
        yield "Stripe bills a flat amount in advance; this rule bills it in arrears."
    yield from _modifiers(rule)
    if rule.tiers and rule.rounding is not Rounding.CURRENCY:
        yield (
            "Stripe rounds each tier; this rule rounds the sum once. Have the rule round each part."
        )
    yield from _fractions(rule, fraction_digits)


def _modifiers(rule: Rule) -> Iterator[str]:
    has = {
        "a minimum": rule.min is not None,
        "a maximum": rule.max is not None,
        "a discount": bool(rule.discount_percent or rule.discount_units),
        "a unit conversion": rule.unit_conversion is not None,
        "a conversion rate": rule.conversion_rate != 1,
        "free units": bool(rule.free_units) and rule.model is not Model.PER_UNIT,
        "a least number of packages": bool(rule.minimum_packages),
    }
    for what, is_there in has.items():
        if is_there:
            yield f"A price of Stripe's cannot have {what}."


def _fractions(rule: Rule, fraction_digits: int) -> Iterator[str]:
    """Bounds that are no whole numbers, amounts that are too fine, at these digits of a unit."""
    scale = Decimal(10) ** fraction_digits
    sizes = [tier.up_to for tier in _tiers(rule) if tier.up_to is not None]
    if rule.model is Model.PACKAGE:
        sizes.append(rule.package_size)
    if any((size * scale) % 1 for size in sizes):
        yield "Bounds and package sizes are whole numbers at Stripe. Report more digits of a unit."
    units = [rule.unit_amount, *(tier.unit_amount or ZERO for tier in rule.tiers)]
    flats = [rule.amount, rule.package_amount, *(tier.flat_amount or ZERO for tier in rule.tiers)]
    exact = [*(EXACT.divide(unit, scale) for unit in units), *flats]
    if any(_places(minor_amount(amount, rule.currency.code)) > DECIMALS for amount in exact):
        yield f"An amount has more than {DECIMALS} decimals of the smallest unit of its currency."


def _tiers(rule: Rule) -> tuple[Tier, ...]:
    """The rule's tiers; free units are a tier that costs nothing."""
    if rule.model is Model.PER_UNIT and rule.free_units:
        return (Tier(rule.free_units, ZERO), Tier(None, rule.unit_amount))
    return rule.tiers


def _tier_params(up_to: str, unit: str, flat: str) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "up_to": "inf" if up_to == "inf" else int(up_to),
        "unit_amount_decimal": Decimal(unit),
    }
    return fields | ({"flat_amount_decimal": Decimal(flat)} if Decimal(flat) else {})


def _decimal(body: dict[str, Any], field: str) -> str:
    """An amount by its decimal field, or by the whole one."""
    value = body.get(f"{field}_decimal")
    if value is None:
        value = body.get(field)
    return decimal_text(Decimal(str(value or 0)))


def _places(amount: Decimal) -> int:
    exponent = amount.normalize(EXACT).as_tuple().exponent
    return max(-exponent, 0) if isinstance(exponent, int) else 0
