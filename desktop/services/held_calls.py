"""Single calls that the vault holds, as events that are priced one by one."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from contract.expressions import AmountExpression
from contract.expressions.values import Facts
from contract.pricing.exact import number, total
from contract.pricing.rule import Model, Rule
from contract.terms import Meter
from desktop.domain import calendar
from desktop.domain.ids import CustomerId
from desktop.domain.pricing.published import RuleVersion
from desktop.domain.pricing.usage import Event, Usage
from desktop.services.storage import applications, customer_merges, kept

if TYPE_CHECKING:
    from sqlite3 import Connection

    from desktop.domain.ids import ApplicationId
    from desktop.domain.usage import DateRange

COUNTED: Final = frozenset({"settled", "expired"})
"""States of calls that used something."""
RESPONSES: Final = ("returnValue", "output", "responseBody")
TOKENS: Final = {
    "tokens": ("totalTokens", "total_tokens"),
    "prompt_tokens": ("promptTokens", "prompt_tokens"),
    "completion_tokens": ("completionTokens", "completion_tokens"),
    "model": ("model", "aiModel"),
}


@dataclass(frozen=True, slots=True)
class HeldCall:
    """One call; `facts` by the names of the metering language, `response` where it was kept."""

    customer_id: CustomerId
    endpoint_id: str
    day: date
    at: datetime
    facts: Facts
    response: object


class HeldCalls:
    """All calls of an application that the vault holds and that used something, oldest first."""

    def __init__(self, db: Connection, application_id: ApplicationId) -> None:
        zone = applications.zones(db)(application_id)
        stored = [json.loads(trace.body) for trace in kept.traces(db, application_id)]
        calls = (_call(trace, zone) for trace in stored if trace["state"] in COUNTED)
        self._calls = sorted(calls, key=lambda call: call.at)
        self._merges = customer_merges.merges_of(db, application_id)

    def in_days(self, days: DateRange) -> Iterator[HeldCall]:
        """The calls of days of one month, each as one of the customer who pays for it."""
        payers = self._merges.billed_on(days.start)
        for call in self._calls:
            if days.start <= call.day < days.end:
                payer = payers.get(call.customer_id)
                yield call if payer is None else replace(call, customer_id=payer)


@dataclass(frozen=True, slots=True)
class PricedCalls:
    """What a version has to price of one customer, and which days it is from."""

    usage: Usage
    days: tuple[date, ...]
    """Day of each call, in order."""

    @property
    def micro(self) -> int:
        """The units of all calls, in millionths and cut off there."""
        return int(total(event.units for event in self.usage.events or ()).scaleb(6))


def usages(
    version: RuleVersion, rule: Rule, calls: Iterable[HeldCall], month_days: int
) -> Mapping[CustomerId, PricedCalls]:
    """The usage of each customer that calls make; calls that say too little are left out."""
    measure = _Reader(version)
    found: dict[CustomerId, list[tuple[date, Event]]] = defaultdict(list)
    for call in calls:
        event = _event(rule, call, measure(call), month_days)
        if event is not None:
            found[call.customer_id].append((call.day, event))
    return {
        customer: PricedCalls(
            Usage(events=tuple(event for _, event in events)), tuple(day for day, _ in events)
        )
        for customer, events in found.items()
    }


def _event(rule: Rule, call: HeldCall, units: Decimal | None, month_days: int) -> Event | None:
    if units is None:
        return None
    if rule.model is Model.GRADUATED_BY_DIMENSION:
        dimension = _dimension(rule, call)
        return None if dimension is None else Event(units, dimension)
    if rule.model is Model.PRORATED_GRADUATED:
        left = month_days - call.day.day + 1
        return Event(units, prorated_units=_share(units, left, month_days))
    return Event(units)


def _share(units: Decimal, left: int, month_days: int) -> Decimal:
    """The part of the month that is left pays for this part of the units, to twelve digits."""
    exact = Fraction(units) * left / month_days
    return Decimal(round(exact * 10**12)).scaleb(-12)


def _dimension(rule: Rule, call: HeldCall) -> str | None:
    """The model, endpoint, url or method of the call, whichever a tier has a price for."""
    priced = {name for tier in rule.tiers for name in tier.rates or ()}
    method, url = call.facts["method"], call.facts["url"]
    names = (call.facts["model"], f"{method} {url}", url, method)
    return next((str(name) for name in names if name in priced), None)


class _Reader:
    """What a version counts of a call; None where the call does not say."""

    def __init__(self, version: RuleVersion) -> None:
        self._meter = version.meter
        self._path = version.measure.split(".")
        is_worked_out = version.meter is Meter.EXPRESSION
        self._expression = AmountExpression(version.measure) if is_worked_out else None

    def __call__(self, call: HeldCall) -> Decimal | None:
        if self._expression is not None:
            return self._expression(call.facts)
        match self._meter:
            case Meter.REQUESTS:
                return Decimal(1)
            case Meter.BYTES:
                return _decimal(call.facts["response_bytes"])
            case Meter.RESPONSE_FIELD:
                return _at(call.response, self._path)
        return _decimal(call.facts["amount"])


def _decimal(value: object) -> Decimal | None:
    return value if isinstance(value, Decimal) else None


def _at(response: object, path: Iterable[str]) -> Decimal | None:
    """The number at a dotted path."""
    for name in path:
        response = response.get(name) if isinstance(response, dict) else None
    return _number(response)


def _number(value: object) -> Decimal | None:
    is_number = isinstance(value, int | float | str) and not isinstance(value, bool)
    return number(str(value)) if is_number else None


def _call(trace: dict[str, Any], zone: Any) -> HeldCall:  # noqa: ANN401 (a `tzinfo`)
    at = datetime.fromisoformat(trace["at"])
    event = trace["detail"].get("event") or {}
    metadata = event.get("metadata") or event
    response = next((metadata[name] for name in RESPONSES if name in metadata), None)
    return HeldCall(
        CustomerId(trace["customer_id"]),
        trace["endpoint_id"],
        at.astimezone(zone).date(),
        at,
        _facts(trace, metadata),
        response,
    )


def _facts(trace: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
    detail = trace["detail"]
    sizes = detail.get("sizes", {})
    told = next((sizes[name] for name in ("return_value", "output") if name in sizes), None)
    length = detail.get("response_headers", {}).get("content-length", told)
    reported = {
        name: next((metadata[key] for key in keys if key in metadata), None)
        for name, keys in TOKENS.items()
    }
    model = reported.pop("model")
    return {
        "amount": number(trace["units"]),
        "status": _number(trace["status"]),
        "duration_ms": _number(trace["duration_ms"]),
        "request_bytes": _number(detail.get("headers", {}).get("content-length")),
        "response_bytes": _number(length),
        "model": model if isinstance(model, str) else None,
        "method": trace["method"],
        "url": trace["url"],
        **{name: _number(value) for name, value in reported.items()},
    }


def days_in_month(day: date) -> int:
    """How many days the month of a day has."""
    period = calendar.month_period(calendar.month_number(day))
    return (period.end - period.start).days
