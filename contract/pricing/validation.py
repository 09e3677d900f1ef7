"""What a rule must fulfil, beyond the kind of each field."""

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Final

from contract.pricing.errors import InvalidField
from contract.pricing.exact import number
from contract.pricing.fields import Fields
from contract.pricing.rule import ZERO, Model, Rule, Tier

MAX_TIERS: Final = 1_000
"""A price list that needs more tiers is a formula; a table of 10,000 is refused in words."""

SHARED_FIELDS: Final = frozenset(
    {"model", "currency", "currency_digits", "rounding", "payment_term", "min", "max"}
    | {"discount_percent", "conversion_rate", "bill_only_at_end"}
)
UNIT_FIELDS: Final = frozenset({"unit_conversion", "free_units", "discount_units"})
"""Only where one quantity is priced."""
OWN_FIELDS: Final = {
    Model.FLAT: frozenset({"amount"}),
    Model.PER_UNIT: UNIT_FIELDS | {"unit_amount"},
    Model.GRADUATED: UNIT_FIELDS | {"tiers"},
    Model.VOLUME: UNIT_FIELDS | {"tiers"},
    Model.PACKAGE: UNIT_FIELDS | {"package_size", "package_amount", "minimum_packages"},
    Model.PERCENTAGE: frozenset(
        {"rate", "fixed_amount", "free_events", "free_amount", "per_event_min", "per_event_max"}
        | {"variant", "allowances"}
    ),
    Model.GRADUATED_PERCENTAGE: UNIT_FIELDS | {"tiers"},
    Model.GRADUATED_PACKAGE: UNIT_FIELDS | {"tiers"},
    Model.VOLUME_PACKAGE: UNIT_FIELDS | {"tiers"},
    Model.DYNAMIC: UNIT_FIELDS | {"multiplier"},
    Model.EVENT_PRICED: frozenset[str](),
    Model.GRADUATED_BY_DIMENSION: frozenset({"tiers"}),
    Model.CAPACITY: frozenset({"tiers"}),
    Model.PRORATED_GRADUATED: frozenset({"tiers"}),
}
NEEDED_FIELDS: Final = {
    Model.FLAT: ("amount",),
    Model.PER_UNIT: ("unit_amount",),
    Model.PACKAGE: ("package_size", "package_amount"),
    Model.PERCENTAGE: ("rate",),
}
OWN_TIER_FIELDS: Final = {
    Model.GRADUATED: frozenset({"up_to", "unit_amount", "flat_amount"}),
    Model.VOLUME: frozenset({"up_to", "unit_amount", "flat_amount"}),
    Model.GRADUATED_PERCENTAGE: frozenset({"up_to", "rate", "flat_amount"}),
    Model.GRADUATED_PACKAGE: frozenset({"up_to", "package_size", "package_amount", "flat_amount"}),
    Model.VOLUME_PACKAGE: frozenset({"up_to", "package_size", "package_amount", "flat_amount"}),
    Model.GRADUATED_BY_DIMENSION: frozenset({"up_to", "rates", "flat_amount"}),
    Model.CAPACITY: frozenset({"limits", "price"}),
    Model.PRORATED_GRADUATED: frozenset({"up_to", "unit_amount", "flat_amount"}),
}
NEEDED_TIER_FIELDS: Final = {
    Model.GRADUATED_PERCENTAGE: ("rate",),
    Model.GRADUATED_PACKAGE: ("package_size", "package_amount"),
    Model.VOLUME_PACKAGE: ("package_size", "package_amount"),
    Model.GRADUATED_BY_DIMENSION: ("rates",),
    Model.CAPACITY: ("price",),
}
GOES_ON: Final = frozenset({Model.GRADUATED_PACKAGE, Model.VOLUME_PACKAGE, Model.CAPACITY})
"""Models whose last tier may have an end."""

RULE_FIELDS: Final = SHARED_FIELDS.union(*OWN_FIELDS.values())
TIER_FIELDS: Final = frozenset[str]().union(*OWN_TIER_FIELDS.values())


def checked_tier_count(tiers: Sequence[object]) -> Sequence[object]:
    """The tiers, unless there are too many to be looked at one by one."""
    if len(tiers) > MAX_TIERS:
        raise InvalidField(
            f"There are {len(tiers):,} tiers. A rule can have up to {MAX_TIERS:,}.", field="tiers"
        )
    return tiers


def own_fields(fields: Fields, model: Model, *, of_tier: bool = False) -> Fields:
    """The fields that the model uses; none that it needs is missing.

    A field of another model may stand there with a zero, so that a form can send all it has; any
    other value is refused, because it would silently bill nothing.
    """
    own = OWN_TIER_FIELDS.get(model, frozenset()) if of_tier else SHARED_FIELDS | OWN_FIELDS[model]
    for name in fields.names():
        if name not in own and not _is_neutral(fields.raw(name)):
            raise InvalidField(
                f"The model {model} does not use {name}. Leave it out, or choose another model.",
                field=fields.path(name),
            )
    needed = (NEEDED_TIER_FIELDS if of_tier else NEEDED_FIELDS).get(model, ())
    for name in needed:
        if not fields.has(name):
            raise fields.missing(name)
    return fields.only(own)


def _is_neutral(value: object) -> bool:
    """Whether a value changes nothing: empty, false or zero."""
    if isinstance(value, str):
        return number(value or "0") == ZERO
    return not value


def check_rule(rule: Rule) -> None:
    """Raise the first InvalidField that concerns several fields of a rule."""
    _check_range(rule.min, rule.max, "min", "max")
    _check_range(rule.per_event_min, rule.per_event_max, "per_event_min", "per_event_max")
    if rule.model in OWN_TIER_FIELDS:
        _check_tiers(rule)


def _check_range(least: Decimal | None, most: Decimal | None, name: str, other: str) -> None:
    if least is not None and most is not None and least > most:
        raise InvalidField(f"{name} {least} is above {other} {most}.", field=name)


def _check_tiers(rule: Rule) -> None:
    if not rule.tiers:
        raise InvalidField(f"The model {rule.model} needs at least one tier.", field="tiers")
    if rule.model is Model.CAPACITY:
        return
    for index, tier in enumerate(rule.tiers):
        _check_price(rule.model, tier, index)
    _check_bounds(rule.tiers)
    if rule.tiers[-1].up_to is not None and rule.model not in GOES_ON:
        raise InvalidField(
            "The last tier ends here, and nothing prices what is above. Leave its up_to out.",
            field=f"tiers[{len(rule.tiers) - 1}].up_to",
        )


def _check_price(model: Model, tier: Tier, index: int) -> None:
    has_unit_price = "unit_amount" in OWN_TIER_FIELDS[model]
    if has_unit_price and tier.unit_amount is None and tier.flat_amount is None:
        raise InvalidField(
            "This tier has no price. Give unit_amount or flat_amount; a free tier has 0.",
            field=f"tiers[{index}].unit_amount",
        )


def _check_bounds(tiers: Collection[Tier]) -> None:
    """Bounds ascend, and only the last may be without one."""
    lower = ZERO
    for index, tier in enumerate(tiers):
        if tier.up_to is None:
            if index < len(tiers) - 1:
                raise InvalidField(
                    "Only the last tier can be without up_to; the tiers after this one would "
                    "never be reached.",
                    field=f"tiers[{index}].up_to",
                )
            return
        if tier.up_to <= lower:
            what = "overlaps the tier before it" if tier.up_to == lower else "descends"
            raise InvalidField(
                f"The bound {tier.up_to} {what}, which ends at {lower}. Bounds have to ascend.",
                field=f"tiers[{index}].up_to",
            )
        lower = tier.up_to
