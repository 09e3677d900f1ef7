"""How well the SDKs are connected."""

from fastapi import APIRouter
from fastapi.responses import Response

from contract.messages.health import ConnectionHealth
from hosted.admin.context import Context


def router(context: Context) -> APIRouter:
    """Routes of the service's health report."""
    routes = APIRouter(prefix="/v1/health", tags=["health"])

    @routes.get("/connections", response_model=ConnectionHealth, responses=context.problems(401))
    async def connections() -> Response:
        """Per application: its sockets and SDKs, when they were heard, and who was refused."""
        health = context.presence.health()
        return Response(health.model_dump_json(), media_type="application/json")

    return routes
