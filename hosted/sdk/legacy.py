"""The HTTP interface of the oldest SDKs (Python 0.1.x, early Go). Source: SDK protocol, section 9.

Refusals carry a `status_code` in the body: that is what the end user of the API is answered.
"""

import asyncio
import uuid
from collections.abc import Callable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Header, Request
from fastapi.responses import JSONResponse

from contract.messages.configuration import PolicyBody
from hosted.clock import rfc3339
from hosted.metering.directory import Application, Directory, Policy
from hosted.metering.meter import Admitted, Denied, Meter, Told, Verdict
from hosted.scrub.events import ScrubbedCall, scrubbed
from hosted.sdk import frames
from hosted.secrets import Secrets

ACCOUNT: Final = "owner"
NEVER: Final = rfc3339(0)
"""The old clients demand times they do nothing with."""


def router(directory: Directory, meter: Meter, secrets: Secrets) -> APIRouter:
    """Routes of the old interface; they are no part of the documented API."""
    routes = APIRouter(include_in_schema=False)

    def application_of(x_usage_key: Annotated[str, Header()] = "") -> Application | None:
        return directory.application_of_key(secrets.hash_of(x_usage_key))

    Caller = Annotated[Application | None, Depends(application_of)]  # noqa: N806 - a type

    @routes.get("/api/v1/strategies/application")
    async def strategy(caller: Caller) -> JSONResponse:
        return _unknown_key() if caller is None else JSONResponse(_strategy(caller))

    @routes.get("/api/v1/iam/account/api/verify")
    async def verify(caller: Caller) -> JSONResponse:
        if caller is None:
            return _unknown_key()
        return JSONResponse({"accountId": ACCOUNT, "applicationId": caller.application_id})

    @routes.get("/api/v1/policies")
    async def policies(caller: Caller) -> JSONResponse:
        if caller is None:
            return _unknown_key()
        items = [_policy(policy) for policy in directory.policies(caller.application_id)]
        return JSONResponse({"data": {"items": items, "total": len(items)}})

    @routes.post("/api/v1/ledgers/measure/allocate")
    async def allocate(caller: Caller, request: Request) -> JSONResponse:
        call = await _call(request)
        if caller is None:
            return _unknown_key()
        return _answered(await _verdict(meter.request, caller, call))

    @routes.post("/api/v1/ledgers/measure/allocate/use")
    async def settle(caller: Caller, request: Request) -> JSONResponse:
        call = await _call(request)
        if caller is None:
            return _unknown_key()
        return _answered(await _verdict(meter.use, caller, call))

    @routes.post("/api/v1/ledgers/measure/use")
    async def use_at_once(caller: Caller, request: Request) -> JSONResponse:
        call = await _call(request, allocation_id=str(uuid.uuid4()))
        if caller is None:
            return _unknown_key()
        return _answered(await _verdict(meter.use, caller, call))

    @routes.post("/api/v1/strategies/log")
    async def log_response(caller: Caller) -> JSONResponse:
        return _unknown_key() if caller is None else JSONResponse({})

    return routes


async def _call(request: Request, allocation_id: str | None = None) -> ScrubbedCall:
    message = frames.allocation(await request.body()) or frames.AllocationMessage()
    if allocation_id is not None:
        message.allocation_id = allocation_id
    return scrubbed(message)


async def _verdict(
    take: Callable[[Application, ScrubbedCall, Told | None], None],
    application: Application,
    call: ScrubbedCall,
) -> Verdict:
    heard: asyncio.Future[Verdict] = asyncio.get_running_loop().create_future()
    take(application, call, heard.set_result)
    return await heard


def _answered(verdict: Verdict) -> JSONResponse:
    match verdict:
        case Admitted(allocation_id):
            return JSONResponse({"eventId": allocation_id})
        case Denied():
            return _refusal(429, frames.DENIED_MESSAGE)
        case _:
            return _refusal(503, frames.NOT_RECORDED_MESSAGE)


def _unknown_key() -> JSONResponse:
    """The owner's mistake, not the end user's: they are told of a fault of the API."""
    return _refusal(401, "SDK key not accepted", told=500)


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
        "rateLimit": body.limit or 0,
        "rateLimitInterval": body.limit_interval or "",
        "meteringExpression": "",
        "meteringTrigger": "",
        "stripePriceId": "",
        "stripeCustomerId": "",
        "createdAt": NEVER,
        "updatedAt": NEVER,
    }
