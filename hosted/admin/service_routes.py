"""What needs no token: is the service there, does it work, which service is it."""

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response

from contract.messages.service import Health, ServiceDescription
from contract.version import CONTRACT_VERSION, PRODUCT
from hosted.admin.context import Context
from hosted.admin.problems import Refusal
from hosted.clock import rfc3339


def router(context: Context) -> APIRouter:
    """Routes of the service's own state."""
    routes = APIRouter(tags=["service"])

    @routes.get("/healthz", response_model=Health)
    async def alive() -> Response:
        """The process runs."""
        return JSONResponse(Health(status="ok").model_dump())

    @routes.get("/readyz", response_model=Health, responses=context.problems(503))
    async def ready() -> Response:
        """Usage can be recorded: the last write succeeded, and the queue is short."""
        if not context.writer.is_healthy or context.writer.is_overloaded:
            raise Refusal(
                503,
                "The service cannot write its data file. What was confirmed is safe. "
                "Free disk space or check the data directory; it goes on by itself.",
            )
        return JSONResponse(Health(status="ready").model_dump())

    @routes.get("/v1/service", response_model=ServiceDescription)
    async def describe() -> Response:
        """Which service this is, and which contract it speaks."""
        description = ServiceDescription(
            product=PRODUCT,
            contract_version=CONTRACT_VERSION,
            service_id=context.storage.service_id,
            version=context.version,
            server_time=rfc3339(context.clock()),
            ws_path="/ws",
        )
        return JSONResponse(description.model_dump())

    return routes
