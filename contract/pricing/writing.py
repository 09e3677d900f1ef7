"""Writes prices: one spelling for each rule, so that equal rules are equal byte by byte."""

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any, Final

from contract.pricing.currencies import MINOR_DIGITS
from contract.pricing.exact import text_of
from contract.pricing.parsing import rule_from, usual_allowances
from contract.pricing.rule import Currency, Model, Rule, Tier, UnitConversion
from contract.pricing.validation import (
    NEEDED_FIELDS,
    OWN_FIELDS,
    OWN_TIER_FIELDS,
    SHARED_FIELDS,
)

_PLAIN: Final = Rule(Model.FLAT, Currency("", 0))
"""What a rule has where nothing is written."""
_SHARED: Final = tuple(sorted(SHARED_FIELDS - {"model", "currency", "currency_digits"}))


def price_of(rule: Rule) -> dict[str, Any]:
    """A rule as JSON: numbers are decimal text, and what says nothing is left out.

    `rule_from` reads the same rule from it.
    """
    needed = NEEDED_FIELDS.get(rule.model, ())
    return {
        "model": rule.model.value,
        **_currency(rule.currency),
        **{
            name: _written(value)
            for name in (*sorted(OWN_FIELDS[rule.model]), *_SHARED)
            if (value := getattr(rule, name)) != _unsaid(rule, name) or name in needed
        },
    }


def canonical_price(value: object) -> dict[str, Any]:
    """A price as JSON in its one spelling. Raises: InvalidField."""
    return price_of(rule_from(value))


def canonical_text(value: object) -> str:
    """JSON with sorted members and no blanks, in ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _currency(currency: Currency) -> dict[str, str]:
    digits = {} if currency.code in MINOR_DIGITS else {"currency_digits": str(currency.digits)}
    return {"currency": currency.code, **digits}


def _unsaid(rule: Rule, name: str) -> object:
    """The value a member has where it is not written."""
    if name == "allowances":
        limits = (rule.per_event_min, rule.per_event_max, rule.variant)
        return usual_allowances(separate=limits != (None, None, None))
    return getattr(_PLAIN, name)


def _written(value: object) -> object:
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (Decimal, int)):
        return text_of(value)
    if isinstance(value, UnitConversion):
        return dict(_conversion(value))
    if isinstance(value, tuple):
        return [dict(_tier(tier)) for tier in value]
    if isinstance(value, Mapping):
        return {name: _written(value[name]) for name in sorted(value)}
    return str(value)


def _conversion(conversion: UnitConversion) -> Iterator[tuple[str, object]]:
    plain = UnitConversion(conversion.operation, conversion.factor)
    for name in ("operation", "factor", "rounding", "precision"):
        value = getattr(conversion, name)
        if name in {"operation", "factor"} or value != getattr(plain, name):
            yield name, _written(value)


def _tier(tier: Tier) -> Iterator[tuple[str, object]]:
    for name in _TIER_ORDER:
        value = getattr(tier, name)
        if value is not None:
            yield name, _written(value)


_TIER_ORDER: Final = tuple(
    name
    for name in Tier.__dataclass_fields__
    if any(name in names for names in OWN_TIER_FIELDS.values())
)
