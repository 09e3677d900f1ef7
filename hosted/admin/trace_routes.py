"""Traces: single calls as the scrubber left them, newest first."""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final

import msgspec
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from contract.messages.base import Id, Timestamp
from contract.messages.traces import Explanation, FunctionCall, Trace, TracesPage
from contract.terms import TraceState
from hosted.admin.access import Caller
from hosted.admin.bodies import json_answer
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.lifetimes import instant
from hosted.admin.paging import CURSOR, PAGE_LIMIT, RowId
from hosted.admin.problems import Refusal
from hosted.admin.quantities import decimal_text
from hosted.admin.reach import Reach, Scope
from hosted.admin.roles import Permission
from hosted.clock import rfc3339
from hosted.metering.events import EventState, UsageEvent
from hosted.storage.base import Storage
from hosted.storage.usage_records import ReportKind, TraceFilter

NO_SUCH: Final = "The service has no such call any more, or never had it."
FROZEN: Final = (
    "The caller is frozen: somebody reported that data of a child is held. Nothing is told until "
    "that is decided."
)


class TraceQuery(BaseModel):
    """What traces can be filtered by; all conditions have to hold."""

    application_id: Annotated[Id | None, Field(description="Only calls of this application.")] = (
        None
    )
    endpoint_id: Annotated[Id | None, Field(description="Only calls of this endpoint.")] = None
    customer_id: Annotated[Id | None, Field(description="Only calls of this customer.")] = None
    state: Annotated[TraceState | None, Field(description="Only calls in this state.")] = None
    status_min: Annotated[int | None, Field(ge=100, le=599, description="Least status.")] = None
    status_max: Annotated[int | None, Field(ge=100, le=599, description="Greatest status.")] = None
    since: Annotated[Timestamp | None, Field(description="Earliest instant.")] = None
    until: Annotated[Timestamp | None, Field(description="End, exclusive.")] = None
    cursor: Annotated[str | None, Field(pattern=CURSOR, description="From the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT, description="Rows at most.")] = 100

    def as_filter(self) -> TraceFilter:
        """The query as the storage takes it."""
        return TraceFilter(
            application_id=self.application_id,
            endpoint_id=self.endpoint_id,
            customer_id=self.customer_id,
            states=frozenset() if self.state is None else frozenset({EventState(self.state)}),
            least_status=self.status_min,
            most_status=self.status_max,
            since_us=instant(self.since),
            until_us=instant(self.until),
        )

    def feed(self) -> str:
        """Name of the list that the query's cursors belong to."""
        return f"traces {self.model_dump_json(exclude={'cursor', 'limit'}, exclude_none=True)}"


def router(context: Context) -> APIRouter:
    """Routes of the traces."""
    routes = APIRouter(prefix="/v1/traces", tags=["traces"])
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get("", response_model=TracesPage, responses=context.guarded(410, 422))
    async def listed(caller: Reader, wanted: Annotated[TraceQuery, Query()]) -> Response:
        """Calls, newest first. A page may be short, even empty, and not be the last one.

        Events are kept as long as their application says (`raw_event_days`); rare ones are looked
        for in a bounded number of events a page. The last page has no `next_cursor`.
        """
        if wanted.application_id is not None:
            caller.scope.require(wanted.application_id)
        if wanted.cursor is None:
            await context.writer.catch_up()
        return json_answer(await asyncio.to_thread(_page, context, wanted, caller.scope))

    @routes.get("/{row_id}", response_model=Trace, responses=context.guarded(404, 422))
    async def one(caller: Reader, row_id: RowId) -> Response:
        """One call."""
        return json_answer(await asyncio.to_thread(_trace, context.storage, row_id, caller.scope))

    @routes.get(
        "/{row_id}/explanation",
        response_model=Explanation,
        responses=context.guarded(404, 422),
    )
    async def explanation(caller: Reader, row_id: RowId) -> Response:
        """Why the call was let through or refused when it came: the rule, its counter, its reset.

        The recorded decision, not what would be decided now.
        """
        event = await asyncio.to_thread(event_of, context.storage, row_id, caller.scope)
        return json_answer(context.explainer.recorded(event))

    return routes


def event_of(storage: Storage, trace_id: str, scope: Scope) -> UsageEvent:
    """The event of a trace of the scope.

    Raises:
        Refusal: 404.
    """
    number, _, allocation_id = trace_id.partition("-")
    names = {str(known): name for name, known in storage.application_numbers().items()}
    application_id = names.get(number)
    if application_id is None or not scope.holds_for(application_id):
        raise Refusal(404, NO_SUCH)
    event = storage.trace(application_id, allocation_id)
    if event is None or event.state is EventState.PARKED:
        raise Refusal(404, NO_SUCH)
    if event.customer_id in storage.frozen_customers():
        raise Refusal(404, FROZEN)
    return event


def _page(context: Context, wanted: TraceQuery, scope: Scope) -> TracesPage:
    before = None
    if wanted.cursor is not None:
        before = context.cursors.read(wanted.cursor, wanted.feed()).revision
    found = context.storage.traces(wanted.as_filter(), before, wanted.limit)
    end = None
    if found.position is not None:
        end = context.cursors.write(Place(wanted.feed(), revision=found.position))
    frozen = context.storage.frozen_customers()
    shown = [event for event in scope.keep(found.events) if event.customer_id not in frozen]
    rows = _traces(context.storage, shown)
    return TracesPage(rows=tuple(rows), next_cursor=end)


def _trace(storage: Storage, trace_id: str, scope: Scope) -> Trace:
    (trace,) = _traces(storage, [event_of(storage, trace_id, scope)])
    return trace


def _traces(storage: Storage, events: Iterable[UsageEvent]) -> list[Trace]:
    kept = list(events)
    numbers = storage.application_numbers()
    endpoints = storage.configurations("endpoint", {event.endpoint_id for event in kept})
    routes = {row.entity_id: row.body or {} for row in endpoints}
    details = [msgspec.json.decode(event.detail) for event in kept]
    told = _told(storage, kept, details)
    return [
        _traced(
            event,
            numbers[event.application_id],
            routes.get(event.endpoint_id, {}),
            detail,
            told.get((event.application_id, detail.get("request_id", "").lower()), {}),
        )
        for event, detail in zip(kept, details, strict=True)
    ]


def _told(
    storage: Storage, events: Iterable[UsageEvent], details: Iterable[Mapping[str, Any]]
) -> dict[tuple[str, str], dict[ReportKind, Any]]:
    """What was reported of calls beside them, by application and request id."""
    calls = [
        (event.application_id, detail["request_id"].lower())
        for event, detail in zip(events, details, strict=True)
        if "request_id" in detail
    ]
    found: dict[tuple[str, str], dict[ReportKind, Any]] = {}
    for report in storage.reports(calls) if calls else ():
        key = (report.application_id, report.request_id)
        found.setdefault(key, {})[report.kind] = msgspec.json.decode(report.body)
    return found


def _traced(
    event: UsageEvent,
    number: int,
    endpoint: Mapping[str, Any],
    detail: Mapping[str, Any],
    told: Mapping[ReportKind, Any],
) -> Trace:
    logged = {"logged": told[ReportKind.RESPONSE]} if ReportKind.RESPONSE in told else {}
    functions = told.get(ReportKind.CHAIN, ())
    return Trace(
        trace_id=f"{number}-{event.allocation_id}",
        application_id=event.application_id,
        endpoint_id=event.endpoint_id,
        customer_id=event.customer_id,
        method=str(endpoint.get("method", "")),
        url=str(endpoint.get("url", "")),
        at=rfc3339(event.opened_us),
        state=TraceState(event.state),
        units=decimal_text(event.units_micro),
        status=event.status,
        duration_ms=event.duration_ms,
        late=event.late,
        odd_amount=event.odd_amount,
        refused_by=event.refused_by,
        detail={**detail, **logged},
        functions=tuple(FunctionCall.model_validate(one) for one in functions),
    )
