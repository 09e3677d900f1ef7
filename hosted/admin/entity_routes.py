"""Lists and single rows of the configuration, for people and scripts."""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contract.messages.base import Id, Revision
from contract.messages.configuration import ConfigurationRow, Edit, EditOfEntity, EditResult
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.edits import as_contract
from hosted.admin.filters import RowFilter
from hosted.admin.kinds import KINDS, Editing, Kind
from hosted.admin.messages import RowEdit, RowsPage
from hosted.admin.paging import RowId
from hosted.admin.preconditions import (
    TAGGED,
    Base,
    IfMatch,
    IfNoneMatch,
    base_of,
    is_known,
    tag_of,
)
from hosted.admin.problems import Refusal
from hosted.admin.reach import Reach, Scope
from hosted.admin.roles import Permission, needed_for


def router(context: Context) -> APIRouter:
    """Routes of every kind of row."""
    routes = APIRouter()
    for kind in KINDS:
        _add_list(routes, context, kind)
        _add_row(routes, context, kind)
        if kind.editing is not None:
            _add_put(routes, context, kind, kind.editing)
            _add_delete(routes, context, kind, kind.editing)
    return routes


def _add_list(routes: APIRouter, context: Context, kind: Kind) -> None:
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    async def rows(
        caller: Reader,
        wanted: Annotated[kind.filters, Query()],  # type: ignore[name-defined]
    ) -> Response:
        if kind.is_made_by_calls:
            await context.writer.catch_up()
        return json_answer(await asyncio.to_thread(_page, context, kind, wanted, caller.scope))

    routes.add_api_route(
        f"/v1/{kind.path}",
        rows,
        methods=["GET"],
        name=f"list_{kind.entity}",
        summary=f"Rows of kind {kind.entity}, by id",
        description="Filters compare exactly and are joined by *and*.",
        response_model=RowsPage,
        responses=context.guarded(410, 422),
        tags=[kind.path],
    )


def _add_row(routes: APIRouter, context: Context, kind: Kind) -> None:
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    async def row(
        caller: Reader,
        row_id: RowId,
        if_none_match: IfNoneMatch = None,
    ) -> Response:
        found = await _find(context, kind, row_id, caller.scope)
        if is_known(found, if_none_match):
            return Response(status_code=304, headers=tag_of(found))
        return json_answer(found, headers=tag_of(found))

    routes.add_api_route(
        f"/v1/{kind.path}/{{row_id}}",
        row,
        methods=["GET"],
        name=f"get_{kind.entity}",
        summary=f"Read {kind.words}",
        response_model=ConfigurationRow,
        responses={
            **TAGGED,
            304: {"description": "The row has the revision of `If-None-Match` still."},
            **context.guarded(404, 422),
        },
        tags=[kind.path],
    )


def _add_put(routes: APIRouter, context: Context, kind: Kind, editing: Editing) -> None:
    needs = context.needs(needed_for(kind.entity), Reach.ROWS)

    async def put(
        caller: Annotated[Caller, Depends(needs)],
        row_id: RowId,
        edit: Annotated[RowEdit[Any], Depends(json_body(editing.model))],
        if_match: IfMatch = None,
    ) -> Response:
        base = base_of(edit.base_revision, if_match)
        change = editing.change(entity=kind.entity, body=edit.body)
        await _edit(context, caller, base, _edit_of(row_id, edit.idempotency_key, base, change))
        found = await _find(context, kind, row_id, caller.scope)
        return json_answer(found, headers=tag_of(found))

    routes.add_api_route(
        f"/v1/{kind.path}/{{row_id}}",
        put,
        methods=["PUT"],
        name=f"put_{kind.entity}",
        summary=f"Make or change {kind.words}",
        response_model=ConfigurationRow,
        openapi_extra=described(editing.model),
        tags=[kind.path],
        responses={**TAGGED, **context.guarded(404, 409, 412, 413, 415, 422, 428)},
    )


def _add_delete(routes: APIRouter, context: Context, kind: Kind, editing: Editing) -> None:
    needs = context.needs(needed_for(kind.entity), Reach.ROWS)

    async def delete(
        caller: Annotated[Caller, Depends(needs)],
        row_id: RowId,
        idempotency_key: Id,
        base_revision: Revision | None = None,
        if_match: IfMatch = None,
    ) -> Response:
        base = base_of(base_revision, if_match)
        change = editing.change(entity=kind.entity, body=None)
        await _edit(context, caller, base, _edit_of(row_id, idempotency_key, base, change))
        return Response(status_code=204)

    routes.add_api_route(
        f"/v1/{kind.path}/{{row_id}}",
        delete,
        methods=["DELETE"],
        name=f"delete_{kind.entity}",
        summary=f"Delete {kind.words}; its tombstone stays in the changes",
        status_code=204,
        response_class=Response,
        tags=[kind.path],
        responses=context.guarded(404, 409, 412, 422, 428),
    )


def _page(context: Context, kind: Kind, wanted: RowFilter, scope: Scope) -> RowsPage:
    """One page of a list. On a worker thread."""
    fields = wanted.fields()
    feed = f"{kind.entity} {wanted.application_id or ''} {fields or ''}"
    after = (context.cursors.read(wanted.cursor, feed).row_id or "") if wanted.cursor else ""
    found = [
        row
        for application_id in scope.asked_one_by_one(wanted.application_id)
        for row in context.storage.configuration_page(
            kind.entity, application_id, after, wanted.limit + 1, fields
        )
    ]
    found.sort(key=lambda row: row.entity_id)
    page = found[: wanted.limit]
    end = Place(feed, row_id=page[-1].entity_id) if len(found) > wanted.limit else None
    return RowsPage(
        rows=tuple(as_contract(row) for row in page),
        next_cursor=None if end is None else context.cursors.write(end),
    )


async def _find(context: Context, kind: Kind, row_id: str, scope: Scope) -> ConfigurationRow:
    found = await asyncio.to_thread(context.storage.configuration, kind.entity, row_id)
    if found is None or found.body is None or not scope.holds_for(found.application_id):
        raise Refusal(404, "The service has no such row.")
    return as_contract(found)


def _edit_of(row_id: str, idempotency_key: str, base: Base, change: EditOfEntity) -> Edit:
    return Edit(
        idempotency_key=idempotency_key,
        entity_id=row_id,
        base_revision=base.revision,
        edit=change,
    )


async def _edit(context: Context, caller: Caller, base: Base, edit: Edit) -> None:
    (result,) = await context.apply((edit,), caller)
    if result.outcome == "conflict":
        raise Refusal(
            base.stale_status, "The row has another revision by now.", current=result.current
        )
    if result.outcome == "rejected":
        raise Refusal(_status_of(result), result.reason or "", field=result.field)


def _status_of(result: EditResult) -> int:
    """What an edit refers to may be missing (404), or be at odds with its own id (409)."""
    match result.field:
        case "application_id" | "entity_id":
            return 404
        case "url" | "idempotency_key" | "customer_plans":
            return 409
        case _:
            return 422
