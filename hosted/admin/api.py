"""The admin API: routes, problems, and the OpenAPI document."""

from collections.abc import Iterator
from typing import Any, Final
from zoneinfo import available_timezones

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from contract.messages.access import RotateRequest, TokenRequest
from contract.messages.account import AccountDeletionRequest
from contract.messages.applications import ApplicationBody
from contract.messages.billing import ClaimsRequest, OutcomesRequest
from contract.messages.configuration import PushRequest
from contract.messages.erasure import ErasurePreview, ErasureRequest
from contract.messages.members import MemberChange, MemberRequest, SessionRequest
from contract.messages.privacy import LinksRequest, OwnedRequest, PolicyText, TakeSubmission
from contract.messages.service import CustomerLookup, SdkKeyRequest, SealingKey
from contract.messages.traces import CorrectionRequest, ExplainRequest
from contract.messages.webhooks import WebhookSetting
from contract.problems import Problem
from hosted.admin import (
    account_routes,
    application_routes,
    audit_routes,
    billing_routes,
    entity_routes,
    erasure_routes,
    health_routes,
    key_routes,
    ledger_routes,
    live_routes,
    member_routes,
    metric_routes,
    privacy_routes,
    problems,
    sealing_routes,
    service_routes,
    session_routes,
    sync_routes,
    token_routes,
    trace_routes,
    webhook_calls,
    webhook_routes,
)
from hosted.admin.access import Needs
from hosted.admin.bodies import schema_name
from hosted.admin.context import Context
from hosted.admin.descriptions import add_descriptions
from hosted.admin.examples import add_examples
from hosted.admin.kinds import KINDS
from hosted.admin.messages import RowEdit
from hosted.admin.reach import DESCRIBED
from hosted.admin.roles import roles_with

REFERENCE: Final = "#/components/schemas/{model}"
MODULES: Final = (
    service_routes,
    metric_routes,
    sync_routes,
    live_routes,
    application_routes,
    key_routes,
    entity_routes,
    trace_routes,
    ledger_routes,
    billing_routes,
    health_routes,
    token_routes,
    audit_routes,
    sealing_routes,
    webhook_routes,
    webhook_calls,
    member_routes,
    session_routes,
    erasure_routes,
    account_routes,
    privacy_routes,
)


def build(context: Context) -> FastAPI:
    """The admin API as an ASGI application."""
    api = FastAPI(
        title="UsageFlow service",
        version=context.version,
        summary="Configuration, usage rollups and keys of a metering service.",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(api)
    for module in MODULES:
        routes = module.router(context)
        _say_who_may(routes)
        api.include_router(routes)
    api.openapi = lambda: _openapi(api)  # type: ignore[method-assign]
    return api


def _openapi(api: FastAPI) -> dict[str, Any]:
    """The document, with the bodies that are read by the contract's own rules."""
    if api.openapi_schema is None:
        document = get_openapi(
            title=api.title, version=api.version, summary=api.summary, routes=api.routes
        )
        for operation in _operations(document):
            _take_null_away(operation)
        schemas = document["components"]["schemas"]
        schemas.update(_body_schemas())
        edit = schemas[schema_name(RowEdit[ApplicationBody])]
        edit["properties"]["body"] = {"allOf": [edit["properties"]["body"], _known_time_zones()]}
        add_descriptions(schemas)
        add_examples(document)
        api.openapi_schema = document
    return api.openapi_schema


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in document["paths"].values():
        yield from methods.values()


def _take_null_away(operation: dict[str, Any]) -> None:
    """A parameter is there or not; the framework describes one that may be left out as null."""
    for parameter in operation.get("parameters", ()):
        schema = parameter["schema"]
        kinds = [kind for kind in schema.pop("anyOf", ()) if kind != {"type": "null"}]
        schema |= kinds[0] if kinds else {}


def _say_who_may(routes: APIRouter) -> None:
    """Add to the description of every route that asks for a token who may use it."""
    for route in routes.routes:
        if isinstance(route, APIRoute):
            for needs in _needs_of(route):
                roles = roles_with(needs.permission)
                words = ", ".join(role.replace("_", " ") for role in roles)
                said = f"Roles: {words}. {DESCRIBED[needs.reach]}"
                route.description = f"{route.description}\n\n{said}".strip()
                told = {"x-roles": list(roles), "x-reach": needs.reach.value}
                route.openapi_extra = {**(route.openapi_extra or {}), **told}


def _needs_of(route: APIRoute) -> Iterator[Needs]:
    for dependency in route.dependant.dependencies:
        if isinstance(dependency.call, Needs):
            yield dependency.call


def _known_time_zones() -> dict[str, Any]:
    """What a single edit is checked for; a push tells it in the edit's result."""
    return {"properties": {"time_zone": {"enum": sorted(available_timezones())}}}


def _body_schemas() -> dict[str, Any]:
    edits = [kind.editing.model for kind in KINDS if kind.editing is not None]
    models: list[type[BaseModel]] = [
        PushRequest,
        SdkKeyRequest,
        SealingKey,
        CustomerLookup,
        ErasurePreview,
        ErasureRequest,
        AccountDeletionRequest,
        TokenRequest,
        RotateRequest,
        MemberRequest,
        MemberChange,
        SessionRequest,
        CorrectionRequest,
        ExplainRequest,
        WebhookSetting,
        ClaimsRequest,
        OutcomesRequest,
        TakeSubmission,
        OwnedRequest,
        LinksRequest,
        PolicyText,
        Problem,
        *edits,
    ]
    _, definitions = models_json_schema(
        [(model, "validation") for model in models], ref_template=REFERENCE
    )
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas
