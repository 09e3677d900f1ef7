"""What calls would count under a policy's metering, worked out by the service's own rule."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from desktop.domain.errors import InvalidInput
from desktop.domain.money import decimal_text
from desktop.domain.policies import Metering, MeteringTrial, PolicyDraft, SampleCall, TriedCall
from desktop.domain.policy_text import checked_policy
from desktop.services.storage import kept

if TYPE_CHECKING:
    from sqlite3 import Connection

    from contract.expressions.metering import MeteredAmount

MOST_RECORDED: Final = 12
NUMBERS: Final = ("amount", "status", "duration_ms", "tokens", "response_bytes")
MICRO: Final = 1_000_000
LARGEST: Final = 10**9


def check_expressions(metering: Metering) -> None:
    """Raises: InvalidInput (field `expression` or `condition`) with the place that is wrong."""
    from contract.expressions import AmountExpression, Condition, ExpressionError

    for field, kind in (("expression", AmountExpression), ("condition", Condition)):
        text = getattr(metering, field)
        try:
            if text is not None:
                kind(text)
        except ExpressionError as error:
            raise InvalidInput(f"{error}. Nothing was changed.", field=field) from error


def try_metering(db: Connection, draft: PolicyDraft, sample: SampleCall) -> MeteringTrial:
    """The sample and the recorded calls of the endpoint, counted. Raises: InvalidInput."""
    policy = checked_policy(draft)
    check_expressions(policy.metering)
    amount = _compiled(policy.metering)
    facts = {name: _number(getattr(sample, name), name) for name in NUMBERS}
    reported = facts.pop("amount")
    known = {**facts, "method": policy.method, "url": policy.url}
    tried = _tried("", Decimal(1) if reported is None else reported, known, amount)
    route = (policy.method, policy.url)
    calls = _calls(db, policy.application_id)
    here = (call for call in calls if (call["method"], call["url"]) == route)
    recorded = tuple(_recorded(amount, call) for call in islice(here, MOST_RECORDED))
    return MeteringTrial(tried, recorded)


def _compiled(metering: Metering) -> MeteredAmount:
    from contract.expressions.metering import MeteredAmount
    from contract.messages import policies

    return MeteredAmount(
        policies.Metering(
            response_field=metering.response_field,
            expression=metering.expression,
            trigger=metering.trigger,
            condition=metering.condition,
        )
    )


def _calls(db: Connection, application_id: str) -> Iterator[dict[str, Any]]:
    """Calls in the vault: those that were opened and those of the last list, newest first."""
    opened = [json.loads(trace.body) for trace in kept.traces(db, application_id)]
    answer = kept.answer(db, kept.traces_topic(application_id))
    listed = json.loads(answer.body) if answer else []
    by_id = {call["trace_id"]: call for call in (*opened, *listed)}
    yield from sorted(by_id.values(), key=lambda call: str(call["at"]), reverse=True)


def _recorded(amount: MeteredAmount, call: dict[str, Any]) -> TriedCall:
    facts: dict[str, Decimal | str | None] = {
        "status": _known(call["status"]),
        "duration_ms": _known(call["duration_ms"]),
        "method": call["method"],
        "url": call["url"],
    }
    return _tried(str(call["at"]), Decimal(call["units"]), facts, amount)


def _tried(
    title: str,
    reported: Decimal,
    facts: Mapping[str, Decimal | str | None],
    amount: MeteredAmount,
) -> TriedCall:
    known = {**facts, "amount": reported}
    micro, odd = amount.counted(known, (int(reported * MICRO), None))
    counted = decimal_text(Decimal(micro) / MICRO)
    return TriedCall(title, decimal_text(reported), counted, odd is not None)


def _known(value: int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def _number(text: str, field: str) -> Decimal | None:
    """Raises: InvalidInput."""
    if not text.strip():
        return None
    try:
        number = Decimal(text.strip().replace(",", ""))
    except InvalidOperation as error:
        raise InvalidInput("This must be a number. Nothing was tried.", field=field) from error
    if not number.is_finite() or abs(number) > LARGEST:
        raise InvalidInput("This number is beyond all bounds. Nothing was tried.", field=field)
    return number
