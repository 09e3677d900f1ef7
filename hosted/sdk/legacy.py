"""The HTTP interface of the oldest SDKs (Python 0.1.x, early Go). Source: SDK protocol, section 9.

Refusals carry a `status_code` in the body: that is what the end user of the API is answered.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Header, Request
from fastapi.responses import JSONResponse

from contract.messages.health import SdkKind
from contract.messages.policies import PolicyBody
from hosted.clock import rfc3339
from hosted.metering.directory import Application, Directory
from hosted.metering.meter import Admitted, Denied, Meter, Told, Verdict
from hosted.metering.policies import Policy
from hosted.scrub.events import ScrubbedCall, scrubbed
from hosted.sdk import frames
from hosted.sdk.gate import Gate
from hosted.sdk.presence import Presence
from hosted.sdk.socket import address_of

ACCOUNT: Final = "owner"
NEVER: Final = rfc3339(0)
"""The old clients demand times they do nothing with."""


class UnknownKey(Exception):  # an answer, not a fault
    """The SDK key opens no application. `status` is what the client is answered."""

    def __init__(self, status: HTTPStatus) -> None:
        self.status = status


def install(
    app: FastAPI, directory: Directory, meter: Meter, gate: Gate, presence: Presence
) -> None:
    """Add the old interface to the service's HTTP side; it is no part of the documented API."""

    async def caller(request: Request, x_usage_key: Annotated[str, Header()] = "") -> Application:
        key_hash = gate.hash_of(x_usage_key)
        application = gate.application(key_hash)
        if application is None:
            raise UnknownKey(gate.refuse(key_hash, address_of(request.scope)))
        presence.called(application, address_of(request.scope), request.scope["route"].name)
        return application

    @app.exception_handler(UnknownKey)
    async def unknown_key(_request: Request, error: UnknownKey) -> JSONResponse:
        # The owner's mistake, not the end user's, who is told of a fault of the API.
        return _refusal(error.status, "SDK key not accepted", told=500)

    app.include_router(_polls(directory, caller))
    app.include_router(_ledger(meter, caller))


def _polls(directory: Directory, caller: Callable[..., Awaitable[Application]]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    Caller = Annotated[Application, Depends(caller)]  # noqa: N806 - a type

    @routes.get("/api/v1/strategies/application")
    async def strategies(application: Caller) -> JSONResponse:
        return JSONResponse(_strategy(application))

    @routes.get("/api/v1/iam/account/api/verify")
    async def verify(application: Caller) -> JSONResponse:
        return JSONResponse({"accountId": ACCOUNT, "applicationId": application.application_id})

    @routes.get("/api/v1/policies")
    async def policies(application: Caller) -> JSONResponse:
        items = [
            _policy(policy)
            for policy in directory.policies.endpoint_policies(application.application_id)
        ]
        return JSONResponse({"data": {"items": items, "total": len(items)}})

    return routes


def _ledger(meter: Meter, caller: Callable[..., Awaitable[Application]]) -> APIRouter:
    routes = APIRouter(include_in_schema=False)
    Caller = Annotated[Application, Depends(caller)]  # noqa: N806 - a type

    @routes.post("/api/v1/ledgers/measure/allocate", name="request_for_allocation")
    async def allocate(application: Caller, request: Request) -> JSONResponse:
        return _answered(await _verdict(meter.request, application, await _call(request)))

    @routes.post("/api/v1/ledgers/measure/allocate/use", name="use_allocation")
    async def settle(application: Caller, request: Request) -> JSONResponse:
        return _answered(await _verdict(meter.use, application, await _call(request)))

    @routes.post("/api/v1/ledgers/measure/use")
    async def use_at_once(application: Caller, request: Request) -> JSONResponse:
        call = await _call(request, allocation_id=str(uuid.uuid4()))
        meter.request(application, call, None)
        return _answered(await _verdict(meter.use, application, call))

    @routes.post("/api/v1/strategies/log")
    async def log_response(_application: Caller) -> JSONResponse:
        return JSONResponse({})

    return routes


async def _call(request: Request, allocation_id: str | None = None) -> ScrubbedCall:
    message = frames.allocation(await request.body()) or frames.AllocationMessage()
    if allocation_id is not None:
        message.allocation_id = allocation_id
    return scrubbed(message, SdkKind.LEGACY)


async def _verdict(
    take: Callable[[Application, ScrubbedCall, Told | None], None],
    application: Application,
    call: ScrubbedCall,
) -> Verdict:
    heard: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()

    def hear(verdict: Verdict) -> None:
        if not heard.done():  # the client may have hung up
            heard.set_result(verdict)

    take(application, call, hear)
    return await heard


def _answered(verdict: Verdict) -> JSONResponse:
    match verdict:
        case Admitted(allocation_id):
            return JSONResponse({"eventId": allocation_id})
        case Denied():
            return _refusal(429, frames.DENIED_MESSAGE)
        case _:
            return _refusal(503, frames.NOT_RECORDED_MESSAGE)


def _refusal(status: int, message: str, *, told: int | None = None) -> JSONResponse:
    return JSONResponse({"message": message, "status_code": told or status}, status)


def _strategy(application: Application) -> dict[str, Any]:
    return {
        "_id": application.application_id,
        "name": application.application_id,
        "accountId": ACCOUNT,
        "applicationId": application.application_id,
        "identityFieldName": "",
        "identityFieldLocation": "",
        "configData": {},
        "createdAt": NEVER,
        "updatedAt": NEVER,
        "deletedAt": None,
    }


def _policy(policy: Policy) -> dict[str, Any]:
    """All fifteen fields: the old client reads each of them without asking."""
    body: PolicyBody = policy.body
    return {
        "policyId": policy.policy_id,
        "accountId": ACCOUNT,
        "applicationId": body.application_id,
        "endpointPattern": body.url,
        "endpointMethod": body.method,
        "identityField": body.identity_name or "",
        "identityLocation": body.identity_location or "",
        "rateLimit": body.limits[0].allowed if body.limits else 0,
        "rateLimitInterval": body.limits[0].interval if body.limits else "",
        "meteringExpression": "",
        "meteringTrigger": "",
        "stripePriceId": "",
        "stripeCustomerId": "",
        "createdAt": NEVER,
        "updatedAt": NEVER,
    }
