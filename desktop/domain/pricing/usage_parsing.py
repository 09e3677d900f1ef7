"""Reads usage from its JSON form, and checks that it has what a rule's model needs."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

from contract.pricing.errors import InvalidField
from contract.pricing.exact import total
from contract.pricing.fields import Fields, number_of
from contract.pricing.rule import ZERO, Model, Rule
from desktop.domain.pricing.quantity_charge import MODELS
from desktop.domain.pricing.usage import Event, Position, Usage

EVENT_FIELDS: Final = frozenset({"units", "dimension", "prorated_units"})
GROUP_FIELDS: Final = frozenset({"events", "quantity", "dimension"})
USAGE_FIELDS: Final = frozenset(Usage._fields)
OWNERS: Final = {
    "groups": frozenset({Model.EVENT_PRICED, *MODELS}),
    "units": frozenset({Model.CAPACITY}),
    "tier_quantity": frozenset({Model.VOLUME, Model.VOLUME_PACKAGE}),
}
"""Fields that say nothing to other models."""


def usage_from(value: object, rule: Rule) -> Usage:
    """The usage that a JSON object describes, with what the rule's model needs.

    Raises: InvalidField with the field.
    """
    fields = Fields(value, known=USAGE_FIELDS)
    units = fields.numbers_by_name("units")
    for name, models in OWNERS.items():
        if fields.has(name) and rule.model not in models:
            raise InvalidField(f"The model {rule.model} does not use {name}.", field=name)
    usage = Usage(
        quantity=fields.decimal("quantity"),
        events=_events(fields),
        groups=_groups(fields),
        units=None if units is None else {name: peak or ZERO for name, peak in units.items()},
        previous_quantity=fields.decimal("previous_quantity"),
        previous_billed=fields.decimal("previous_billed"),
        position=fields.choice("position", Position) or Position.ONLY,
        tier_quantity=fields.decimal("tier_quantity"),
        credits=_credits(fields),
    )
    return _completed(usage, fields, rule)


def _completed(usage: Usage, fields: Fields, rule: Rule) -> Usage:
    """The usage, unless something is missing or contradicts itself."""
    match rule.model:
        case Model.FLAT:
            return usage
        case Model.CAPACITY:
            if usage.units is None:
                raise fields.missing("units")
        case Model.GRADUATED_BY_DIMENSION:
            _check_dimensions(usage, fields, rule)
        case Model.PRORATED_GRADUATED if usage.events is None and usage.quantity is not None:
            return usage._replace(events=(Event(usage.quantity),))
        case _:
            _check_quantity(usage, fields)
    return usage


def _check_quantity(usage: Usage, fields: Fields) -> None:
    """One quantity is known, given or the sum of the events; or there is one for each group."""
    if usage.groups is not None:
        _check_alone(fields)
    elif usage.events is None:
        fields.needed("quantity", usage.quantity)
    elif usage.quantity is not None and usage.quantity != total(e.units for e in usage.events):
        raise InvalidField(
            "quantity is not the sum of the events. Give one of the two.", field="quantity"
        )


def _check_alone(fields: Fields) -> None:
    """Groups say all there is to say of the usage."""
    for name in ("quantity", "events", "tier_quantity"):
        if fields.has(name):
            raise InvalidField(f"{name} and groups contradict each other. Give one.", field=name)


def _check_dimensions(usage: Usage, fields: Fields, rule: Rule) -> None:
    """Every event has a dimension that some tier prices."""
    if usage.events is None:
        if usage.quantity != ZERO:
            raise fields.missing("events")
        return
    priced = {name for tier in rule.tiers for name in tier.rates or ()}
    for index, event in enumerate(usage.events):
        if event.dimension not in priced:
            raise InvalidField(
                f'No tier has a rate for the dimension "{event.dimension}". Add it to the rates '
                "of a tier; 0 is free.",
                field=f"events[{index}].dimension",
            )


def _events(fields: Fields) -> tuple[Event, ...] | None:
    found = fields.items("events")
    if found is None:
        return None
    return tuple(_event(value, f"events[{index}]") for index, value in enumerate(found))


def _event(value: object, path: str) -> Event:
    if not isinstance(value, dict):
        return Event(number_of(value, path))
    fields = Fields(value, path, EVENT_FIELDS)
    return Event(
        fields.needed("units", fields.decimal("units")),
        fields.text("dimension") or "",
        fields.decimal("prorated_units"),
    )


def _groups(fields: Fields) -> tuple[tuple[str, Decimal], ...] | None:
    """Amounts by group: a list, or an object by name, of an amount or of a list of amounts."""
    value = fields.raw("groups")
    if value is None:
        return None
    if isinstance(value, dict):
        return tuple((name, _group(each, f"groups.{name}")) for name, each in value.items())
    found = fields.items("groups") or []
    return tuple((str(i + 1), _group(each, f"groups[{i}]")) for i, each in enumerate(found))


def _group(value: object, path: str) -> Decimal:
    """A number, a list of events, an event, or an object with its quantity or its events."""
    if isinstance(value, list):
        return total(_event(each, f"{path}[{index}]").units for index, each in enumerate(value))
    if not isinstance(value, dict) or "units" in value:
        return _event(value, path).units
    fields = Fields(value, path, GROUP_FIELDS)
    if fields.has("events"):
        return _group(fields.items("events") or [], fields.path("events"))
    return fields.needed("quantity", fields.decimal("quantity"))


def _credits(fields: Fields) -> tuple[Decimal, ...]:
    return numbers_in(fields.items("credits") or [], "credits")


def numbers_in(values: Sequence[object], path: str) -> tuple[Decimal, ...]:
    """Numbers of a list, none below zero."""
    numbers = tuple(number_of(value, f"{path}[{i}]") for i, value in enumerate(values))
    for index, amount in enumerate(numbers):
        if amount < ZERO:
            raise InvalidField(
                f"{amount} is too small: this must not be below zero.", field=f"{path}[{index}]"
            )
    return numbers
