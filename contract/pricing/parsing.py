"""Reads rules from their JSON form, which is also the form that files and git hold."""

from decimal import Decimal
from typing import Final

from contract.pricing.currencies import MINOR_DIGITS
from contract.pricing.errors import InvalidField
from contract.pricing.fields import Fields, shortened
from contract.pricing.rounding import Rounding, UnitRounding
from contract.pricing.rule import (
    ZERO,
    Allowances,
    Currency,
    Model,
    Operation,
    PaymentTerm,
    Rule,
    Tier,
    UnitConversion,
    Variant,
)
from contract.pricing.validation import (
    RULE_FIELDS,
    TIER_FIELDS,
    check_rule,
    checked_tier_count,
    own_fields,
)

HUNDRED: Final = Decimal(100)
MAX_CODE: Final = 32
MAX_CURRENCY_DIGITS: Final = 30
MAX_COUNT: Final = 10**18
CONVERSION_FIELDS: Final = frozenset({"operation", "factor", "rounding", "precision"})


def rule_from(value: object) -> Rule:
    """The rule that a JSON object describes.

    Numbers are decimal text, or JSON numbers without a point. Raises: InvalidField with the field.
    """
    fields = Fields(value, known=RULE_FIELDS)
    model = fields.choice("model", Model)
    if model is None:
        raise fields.missing("model")
    fields = own_fields(fields, model)
    rule = Rule(
        model=model,
        currency=currency_from(fields),
        rounding=fields.choice("rounding", Rounding) or Rounding.CURRENCY,
        payment_term=fields.choice("payment_term", PaymentTerm) or PaymentTerm.IN_ADVANCE,
        tiers=_tiers(fields, model),
        package_size=fields.positive("package_size") or Decimal(1),
        minimum_packages=fields.whole("minimum_packages", MAX_COUNT) or 0,
        free_events=fields.whole("free_events", MAX_COUNT) or 0,
        rate=_percent(fields, "rate"),
        discount_percent=_percent(fields, "discount_percent"),
        conversion_rate=fields.positive("conversion_rate") or Decimal(1),
        multiplier=_or(fields.price("multiplier"), Decimal(1)),
        per_event_min=fields.price("per_event_min"),
        per_event_max=fields.price("per_event_max"),
        min=fields.price("min"),
        max=fields.price("max"),
        unit_conversion=_conversion(fields),
        bill_only_at_end=fields.flag("bill_only_at_end"),
        variant=fields.choice("variant", Variant),
        allowances=fields.choice("allowances", Allowances) or _allowances(fields),
        **_amounts(fields),
    )
    check_rule(rule)
    return rule


def usual_allowances(*, separate: bool) -> Allowances:
    """Lago's: events that are priced each by itself are free until both allowances are used up."""
    return Allowances.BOTH if separate else Allowances.FIRST


def _allowances(fields: Fields) -> Allowances:
    limits = map(fields.has, ("per_event_min", "per_event_max", "variant"))
    return usual_allowances(separate=any(limits))


def currency_from(fields: Fields) -> Currency:
    """A currency of ISO 4217, or an owner's own code with its `currency_digits`."""
    code = fields.text("currency")
    digits = fields.whole("currency_digits", MAX_CURRENCY_DIGITS)
    if code is None:
        raise fields.missing("currency")
    if not 1 <= len(code) <= MAX_CODE or not code.isprintable():
        raise InvalidField(
            f"A currency code has 1 to {MAX_CODE} printable characters.",
            field=fields.path("currency"),
        )
    known = MINOR_DIGITS.get(code, digits)
    if known is None:
        raise InvalidField(
            f'"{shortened(code)}" is not a currency of ISO 4217. Write its three capital letters, '
            "such as USD; a code of your own also needs currency_digits.",
            field=fields.path("currency"),
        )
    if digits not in {None, known}:
        raise InvalidField(
            f"{code} has {known} digits after the point. Leave currency_digits out, or choose "
            "another code for a currency of your own.",
            field=fields.path("currency_digits"),
        )
    return Currency(code, known)


def _amounts(fields: Fields) -> dict[str, Decimal]:
    """Amounts and units that are zero when they are missing."""
    names = (
        "unit_amount", "amount", "package_amount", "free_units", "fixed_amount", "free_amount",
        "discount_units",
    )  # fmt: skip
    return {name: fields.price(name) or ZERO for name in names}


def _percent(fields: Fields, name: str) -> Decimal:
    return fields.decimal(name, least=ZERO, most=HUNDRED) or ZERO


def _or(value: Decimal | None, otherwise: Decimal) -> Decimal:
    return otherwise if value is None else value


def _conversion(fields: Fields) -> UnitConversion | None:
    if not fields.has("unit_conversion"):
        return None
    inner = Fields(fields.raw("unit_conversion"), "unit_conversion", CONVERSION_FIELDS)
    operation = inner.choice("operation", Operation)
    if operation is None:
        raise inner.missing("operation")
    return UnitConversion(
        operation,
        inner.needed("factor", inner.positive("factor")),
        inner.choice("rounding", UnitRounding) or UnitRounding.NONE,
        inner.whole("precision", MAX_CURRENCY_DIGITS) or 0,
    )


def _tiers(fields: Fields, model: Model) -> tuple[Tier, ...]:
    found = checked_tier_count(fields.items("tiers") or [])
    return tuple(_tier(value, f"tiers[{index}]", model) for index, value in enumerate(found))


def _tier(value: object, path: str, model: Model) -> Tier:
    fields = own_fields(Fields(value, path, TIER_FIELDS), model, of_tier=True)
    rates = fields.numbers_by_name("rates", least=ZERO)
    return Tier(
        up_to=fields.positive("up_to"),
        unit_amount=fields.price("unit_amount"),
        flat_amount=fields.price("flat_amount"),
        rate=fields.decimal("rate", least=ZERO, most=HUNDRED),
        rates=None if rates is None else {name: _or(rate, ZERO) for name, rate in rates.items()},
        package_size=fields.positive("package_size"),
        package_amount=fields.price("package_amount"),
        limits=fields.numbers_by_name("limits", least=ZERO),
        price=fields.price("price"),
    )
