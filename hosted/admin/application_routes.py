"""The pseudonym of an identity, and an application's catalog against what was called."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.catalog import compare
from contract.identifiers import catalog_id
from contract.messages.applications import CatalogBody, CatalogComparison, EndpointBody, Route
from contract.messages.service import CustomerFound, CustomerLookup
from contract.messages.traces import ExplainRequest, Explanation
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.paging import RowId
from hosted.admin.problems import Refusal
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission
from hosted.storage.base import Storage

NO_SUCH: Final = "The service has no such application."
MOST_ENDPOINTS: Final = 10_000
"""More than an application can have."""


def router(context: Context) -> APIRouter:
    """Routes under one application."""
    routes = APIRouter(prefix="/v1/applications/{row_id}", tags=["applications"])
    _add_lookup(routes, context)
    _add_catalog(routes, context)
    _add_explaining(routes, context)
    return routes


def _add_lookup(routes: APIRouter, context: Context) -> None:
    @routes.post(
        "/customers/lookup",
        response_model=CustomerFound,
        dependencies=[Depends(context.needs(Permission.PEOPLE, Reach.APPLICATION))],
        responses=context.guarded(404, 413, 415, 422),
        openapi_extra=described(CustomerLookup),
    )
    async def lookup(
        row_id: RowId, request: Annotated[CustomerLookup, Depends(json_body(CustomerLookup))]
    ) -> Response:
        """Say which pseudonym an identity has in this application; nothing is stored."""
        if context.directory.application(row_id) is None:
            raise Refusal(404, NO_SUCH)
        pseudonyms = context.secrets.pseudonyms
        found = CustomerFound(
            customer_id=pseudonyms.of(row_id, request.identity),
            earlier_ids=pseudonyms.earlier(row_id, request.identity),
        )
        return json_answer(found)


def _add_catalog(routes: APIRouter, context: Context) -> None:
    @routes.get(
        "/catalog",
        response_model=CatalogComparison,
        dependencies=context.reading_application,
        responses=context.guarded(404, 422),
    )
    async def catalog(row_id: RowId) -> Response:
        """Which operations of the imported OpenAPI file were never called, and which are not in it.

        The file's operations are a row of kind `catalog`; routes are compared by their logical
        form, whatever framework reported them.
        """
        await context.writer.catch_up()  # calls make endpoints
        found = await asyncio.to_thread(_comparison, context.storage, row_id)
        if found is None:
            raise Refusal(404, "The application has no catalog.")
        return json_answer(found)


def _add_explaining(routes: APIRouter, context: Context) -> None:
    @routes.post(
        "/explain",
        response_model=Explanation,
        responses=context.guarded(404, 413, 415, 422),
        openapi_extra=described(ExplainRequest),
    )
    async def explain(
        caller: Annotated[Caller, Depends(context.needs(Permission.READ, Reach.APPLICATION))],
        row_id: RowId,
        request: Annotated[ExplainRequest, Depends(json_body(ExplainRequest))],
    ) -> Response:
        """Say what the service would answer a call now, rule by rule; nothing is counted.

        To ask by `identity` is to look its pseudonym up, and takes a role that may.
        """
        if request.identity is not None:
            caller.require(Permission.PEOPLE)
        application = context.directory.application(row_id)
        if application is None:
            raise Refusal(404, NO_SUCH)
        return json_answer(context.explainer.explain(application, request))


def _comparison(storage: Storage, application_id: str) -> CatalogComparison | None:
    catalog = storage.configuration("catalog", catalog_id(application_id))
    if catalog is None or catalog.body is None:
        return None
    rows = storage.configuration_page("endpoint", application_id, "", MOST_ENDPOINTS)
    seen = [EndpointBody.model_validate(row.body) for row in rows]
    seen.sort(key=lambda endpoint: (endpoint.url, endpoint.method))
    routes = [Route(method=endpoint.method, url=endpoint.url) for endpoint in seen]
    return compare(CatalogBody.model_validate(catalog.body, strict=False), routes)
