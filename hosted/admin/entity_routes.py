"""Lists and single rows of the configuration, for people and scripts."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from contract.messages.applications import ApplicationBody, CatalogBody
from contract.messages.base import Id, Revision
from contract.messages.base import Request as Message
from contract.messages.configuration import (
    ApplicationChange,
    BlockChange,
    CatalogChange,
    ConfigurationRow,
    CustomerChange,
    Edit,
    EditOfEntity,
    EditResult,
    LimitOverrideChange,
    PolicyChange,
    PricingRuleBody,
    PricingRuleChange,
    ScrubRuleChange,
)
from contract.messages.customers import CustomerBody
from contract.messages.policies import BlockBody, LimitOverrideBody, PolicyBody, ScrubRuleBody
from hosted.admin.bodies import described, json_body
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.edits import as_contract
from hosted.admin.messages import RowEdit, RowsPage
from hosted.admin.problems import Refusal
from hosted.admin.sync_routes import Cursor

PAGE_LIMIT: Final = 500

RowId = Annotated[Id, Path(description="Id of the row.")]
ApplicationFilter = Annotated[Id | None, Query(description="Only rows of this application.")]


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of row: its name in the contract and in addresses, and how it is edited."""

    entity: str
    path: str
    body: type[Message] | None = None
    change: Any = None


KINDS: Final = (
    Kind("application", "applications", ApplicationBody, ApplicationChange),
    Kind("endpoint", "endpoints"),
    Kind("policy", "policies", PolicyBody, PolicyChange),
    Kind("pricing_rule", "pricing-rules", PricingRuleBody, PricingRuleChange),
    Kind("customer", "customers", CustomerBody, CustomerChange),
    Kind("limit_override", "limit-overrides", LimitOverrideBody, LimitOverrideChange),
    Kind("block", "blocks", BlockBody, BlockChange),
    Kind("scrub_rule", "scrub-rules", ScrubRuleBody, ScrubRuleChange),
    Kind("catalog", "catalogs", CatalogBody, CatalogChange),
    Kind("identity", "identities"),
)


def router(context: Context) -> APIRouter:
    """Routes of every kind of row."""
    routes = APIRouter()
    for kind in KINDS:
        _add_reading(routes, context, kind)
        if kind.body is not None:
            _add_editing(routes, context, kind, RowEdit[kind.body])  # type: ignore[name-defined]
    return routes


def _add_reading(routes: APIRouter, context: Context, kind: Kind) -> None:
    async def rows(
        application_id: ApplicationFilter = None,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_LIMIT)] = 100,
    ) -> Response:
        feed = f"{kind.entity} {application_id or ''}"
        after = (context.cursors.read(cursor, feed).row_id or "") if cursor else ""
        if kind.body is None or kind.body is CustomerBody:
            await context.writer.catch_up()  # calls make such rows
        found = await asyncio.to_thread(
            context.storage.configuration_page, kind.entity, application_id, after, limit + 1
        )
        page = found[:limit]
        end = Place(feed, row_id=page[-1].entity_id) if len(found) > limit else None
        answer = RowsPage(
            rows=tuple(as_contract(row) for row in page),
            next_cursor=None if end is None else context.cursors.write(end),
        )
        return Response(answer.model_dump_json(), media_type="application/json")

    async def row(row_id: RowId) -> Response:
        return _answer(await _find(context, kind, row_id))

    routes.add_api_route(
        f"/v1/{kind.path}",
        rows,
        methods=["GET"],
        name=f"list_{kind.entity}",
        summary=f"Rows of kind {kind.entity}, by id",
        response_model=RowsPage,
        responses=context.problems(401, 410, 422, 503),
        tags=[kind.path],
    )
    routes.add_api_route(
        f"/v1/{kind.path}/{{row_id}}",
        row,
        methods=["GET"],
        name=f"get_{kind.entity}",
        summary=f"One row of kind {kind.entity}",
        response_model=ConfigurationRow,
        responses=context.problems(401, 404, 422, 503),
        tags=[kind.path],
    )


def _add_editing(
    routes: APIRouter, context: Context, kind: Kind, edit_model: type[RowEdit[Any]]
) -> None:
    async def put(
        row_id: RowId, edit: Annotated[RowEdit[Any], Depends(json_body(edit_model))]
    ) -> Response:
        change = kind.change(entity=kind.entity, body=edit.body)
        await _edit(context, row_id, edit.idempotency_key, edit.base_revision, change)
        return _answer(await _find(context, kind, row_id))

    async def delete(row_id: RowId, idempotency_key: Id, base_revision: Revision) -> Response:
        change = kind.change(entity=kind.entity, body=None)
        await _edit(context, row_id, idempotency_key, base_revision, change)
        return Response(status_code=204)

    common = {"tags": [kind.path], "responses": context.problems(401, 404, 409, 415, 422, 503)}
    routes.add_api_route(
        f"/v1/{kind.path}/{{row_id}}",
        put,
        methods=["PUT"],
        name=f"put_{kind.entity}",
        summary=f"Make or change a row of kind {kind.entity}",
        response_model=ConfigurationRow,
        openapi_extra=described(edit_model),
        **common,  # type: ignore[arg-type]
    )
    routes.add_api_route(
        f"/v1/{kind.path}/{{row_id}}",
        delete,
        methods=["DELETE"],
        name=f"delete_{kind.entity}",
        summary=f"Delete a row of kind {kind.entity}; its tombstone stays in the changes",
        status_code=204,
        response_class=Response,
        **common,  # type: ignore[arg-type]
    )


async def _find(context: Context, kind: Kind, row_id: str) -> ConfigurationRow:
    found = await asyncio.to_thread(context.storage.configuration, kind.entity, row_id)
    if found is None or found.body is None:
        raise Refusal(404, "The service has no such row.")
    return as_contract(found)


async def _edit(
    context: Context, row_id: str, idempotency_key: str, base_revision: int, change: EditOfEntity
) -> None:
    edit = Edit(
        idempotency_key=idempotency_key,
        entity_id=row_id,
        base_revision=base_revision,
        edit=change,
    )
    (result,) = await context.apply((edit,))
    if result.outcome == "conflict":
        raise Refusal(409, "The row has another revision by now.", current=result.current)
    if result.outcome == "rejected":
        raise Refusal(_status_of(result), result.reason or "", field=result.field)


def _status_of(result: EditResult) -> int:
    """What an edit refers to may be missing (404), or be at odds with its own id (409)."""
    match result.field:
        case "application_id" | "entity_id":
            return 404
        case "url" | "idempotency_key":
            return 409
        case _:
            return 422


def _answer(row: ConfigurationRow) -> Response:
    return Response(row.model_dump_json(), media_type="application/json")
