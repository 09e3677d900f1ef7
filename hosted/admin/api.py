"""The admin API: routes, problems, and the OpenAPI document."""

from typing import Any
from zoneinfo import available_timezones

from fastapi import APIRouter, Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contract.messages.applications import ApplicationBody
from contract.messages.configuration import PushRequest
from contract.messages.service import CustomerLookup, SdkKeyRequest
from contract.problems import Problem
from hosted.admin import (
    application_routes,
    entity_routes,
    health_routes,
    problems,
    service_routes,
    sync_routes,
)
from hosted.admin.auth import owner_only
from hosted.admin.bodies import schema_name
from hosted.admin.context import Context
from hosted.admin.messages import RowEdit

REFERENCE = "#/components/schemas/{model}"


def build(context: Context, token_hashes: list[bytes]) -> FastAPI:
    """The admin API as an ASGI application."""
    api = FastAPI(
        title="UsageFlow service",
        version=context.version,
        summary="Configuration, usage rollups and keys of a metering service.",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(api)
    api.include_router(service_routes.router(context))
    guarded = APIRouter(dependencies=[Depends(owner_only(context.secrets, token_hashes))])
    for module in (sync_routes, application_routes, entity_routes, health_routes):
        guarded.include_router(module.router(context))
    api.include_router(guarded)
    api.openapi = lambda: _openapi(api)  # type: ignore[method-assign]
    return api


def _openapi(api: FastAPI) -> dict[str, Any]:
    """The document, with the bodies that are read by the contract's own rules."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title, version=api.version, summary=api.summary, routes=api.routes
        )
        schemas = document["components"]["schemas"]
        schemas.update(_body_schemas())
        edit = schemas[schema_name(RowEdit[ApplicationBody])]
        edit["properties"]["body"] = {"allOf": [edit["properties"]["body"], _known_time_zones()]}
        api.openapi_schema = document
    return api.openapi_schema


def _known_time_zones() -> dict[str, Any]:
    """What a single edit is checked for; a push tells it in the edit's result."""
    return {"properties": {"time_zone": {"enum": sorted(available_timezones())}}}


def _body_schemas() -> dict[str, Any]:
    edits: list[type[BaseModel]] = [RowEdit[kind.body] for kind in entity_routes.KINDS if kind.body]  # type: ignore[name-defined]
    models: list[type[BaseModel]] = [PushRequest, SdkKeyRequest, CustomerLookup, Problem, *edits]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=REFERENCE
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
