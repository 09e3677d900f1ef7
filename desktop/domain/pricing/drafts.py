"""Rules as typed, and what they must fulfil to be published."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from contract.expressions import AmountExpression, ExpressionError
from contract.pricing.errors import InvalidField
from contract.pricing.writing import canonical_price
from contract.terms import Meter
from desktop.domain.errors import InvalidInput
from desktop.domain.ids import ApplicationId, CustomerId, RuleId
from desktop.domain.policy_text import MAX_NAME, checked_method, checked_url
from desktop.domain.pricing.published import Terms

RESPONSE_FIELD: Final = re.compile(r"[^\s.]+(\.[^\s.]+)*")
MAX_NOTE: Final = 500
MAX_MEASURE: Final = 500
READS: Final = frozenset({Meter.RESPONSE_FIELD, Meter.EXPRESSION})
"""Meters that need a `measure`."""


@dataclass(frozen=True, slots=True)
class RuleDraft:
    """A rule as typed, unchecked; `price` is JSON with its numbers as they were typed."""

    application_id: ApplicationId
    name: str = ""
    method: str = "*"
    url: str = "*"
    customer_id: CustomerId | None = None
    meter: Meter = Meter.UNITS
    measure: str = ""
    price: dict[str, Any] | None = field(default_factory=dict)
    """None ends the rule."""
    effective_from: date | None = None
    """None: the day it is published."""
    note: str = ""


def draft_of(terms: Terms) -> RuleDraft:
    """What would have to be typed to say the same."""
    names = [name for name in RuleDraft.__slots__ if name != "price"]
    said: dict[str, Any] = {name: getattr(terms, name) for name in names}
    return RuleDraft(**said, price=None if terms.price is None else dict(terms.price))


@dataclass(frozen=True, slots=True)
class KeptDraft:
    """What was typed for a rule, or for one that is not yet there (None)."""

    rule_id: RuleId | None
    draft: RuleDraft
    saved_at: datetime


def checked_terms(draft: RuleDraft, today: date) -> Terms:
    """What a draft says, ready to be published; its version is not yet given.

    Raises: InvalidInput with the field, such as `name` or `price.tiers[2].up_to`.
    """
    return Terms(
        application_id=draft.application_id,
        name=_checked_text(draft.name, "name", MAX_NAME, least=1),
        method=checked_method(draft.method),
        url=checked_url(draft.url),
        customer_id=draft.customer_id,
        meter=draft.meter,
        measure=checked_measure(draft.meter, draft.measure),
        price=None if draft.price is None else checked_price(draft.price),
        effective_from=draft.effective_from or today,
        note=_checked_text(draft.note, "note", MAX_NOTE),
    )


def checked_price(price: object) -> dict[str, Any]:
    """A price in its one spelling. Raises: InvalidInput with the field, from `price` on."""
    try:
        return canonical_price(price)
    except InvalidField as error:
        raise InvalidInput(
            f"{error} Nothing was changed.",
            field=f"price.{error.field}" if error.field else "price",
        ) from error


def checked_measure(meter: Meter, text: str) -> str:
    """What the meter reads, or nothing where it reads nothing. Raises: InvalidInput."""
    measure = _checked_text(text, "measure", MAX_MEASURE) if meter in READS else ""
    if meter is Meter.RESPONSE_FIELD and RESPONSE_FIELD.fullmatch(measure) is None:
        raise InvalidInput(
            "This names no value of the response. Nothing was changed. Write its path, such as "
            "usage.total_tokens.",
            field="measure",
        )
    if meter is Meter.EXPRESSION:
        try:
            AmountExpression(measure)
        except ExpressionError as error:
            raise InvalidInput(f"{error}. Nothing was changed.", field="measure") from error
    return measure


def _checked_text(typed: str, name: str, most: int, least: int = 0) -> str:
    text = typed.strip()
    if not least <= len(text) <= most:
        raise InvalidInput(
            f"This needs {least} to {most} characters. Nothing was changed.", field=name
        )
    return text
