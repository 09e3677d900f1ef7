"""A call as the service tells it, as values the screens can show."""

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from contract.terms import TraceState
from desktop.domain.ids import ApplicationId, CustomerId, TraceId
from desktop.domain.traces import Field, FunctionCall, TraceLine

LONGEST_VALUE: Final = 2000
DEEPEST: Final = 12
MOST_FIELDS: Final = 500
"""Of one call; a body with more of them is cut, and says so."""


def line_of(trace: dict[str, Any]) -> TraceLine:
    """The line of a call, its customer still without a name."""
    return TraceLine(
        trace_id=TraceId(trace["trace_id"]),
        application_id=ApplicationId(trace["application_id"]),
        endpoint_id=trace["endpoint_id"],
        customer_id=CustomerId(trace["customer_id"]),
        customer="",
        method=trace["method"],
        url=trace["url"],
        at=datetime.fromisoformat(trace["at"]),
        state=TraceState(trace["state"]),
        units=trace["units"],
        status=trace["status"],
        duration_ms=trace["duration_ms"],
        late=trace["late"],
        odd_amount=trace["odd_amount"],
    )


def functions_of(functions: list[dict[str, Any]]) -> tuple[FunctionCall, ...]:
    """The functions of a call in the order they ran."""
    return tuple(
        FunctionCall(one["name"], one["path"], one["duration_ms"], fields_of(one["detail"]))
        for one in functions
    )


def response_fields_of(details: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Paths of values that responses had, by what was kept of their calls; numbers first."""
    kinds: dict[str, str] = {}
    for detail in details:
        found = detail.get("response_fields")
        kinds |= found if isinstance(found, dict) else {}
    return tuple(sorted(kinds, key=lambda path: (kinds[path] != "number", path)))


def fields_of(detail: dict[str, Any]) -> tuple[Field, ...]:
    """Every value that was kept, in reading order, on its level."""
    fields: list[Field] = []
    for field in _walk(detail, 0):
        if len(fields) == MOST_FIELDS:
            fields.append(Field("…", "The rest is not shown; an export has it.", 0))
            break
        fields.append(field)
    return tuple(fields)


def _walk(value: dict[str, Any] | list[Any], depth: int) -> Iterator[Field]:
    pairs = value.items() if isinstance(value, dict) else enumerate(value, start=1)
    for name, part in pairs:
        if isinstance(part, dict | list) and part and depth < DEEPEST:
            yield Field(str(name), "", depth)
            yield from _walk(part, depth + 1)
        else:
            yield Field(str(name), _text(part), depth)


def _text(part: object) -> str:
    text = part if isinstance(part, str) else json.dumps(part, ensure_ascii=False)
    return text if len(text) <= LONGEST_VALUE else f"{text[:LONGEST_VALUE]}…"
