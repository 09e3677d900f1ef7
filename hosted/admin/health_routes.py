"""How well the SDKs are connected."""

from fastapi import APIRouter
from fastapi.responses import Response

from contract.messages.health import ConnectionHealth
from hosted.admin.bodies import json_answer
from hosted.admin.context import Context


def router(context: Context) -> APIRouter:
    """Routes of the service's health report."""
    routes = APIRouter(prefix="/v1/health", tags=["health"], dependencies=context.reading)

    @routes.get("/connections", response_model=ConnectionHealth, responses=context.guarded())
    async def connections() -> Response:
        """Per application: its sockets and SDKs, when they were heard, and who was refused."""
        return json_answer(context.presence.health())

    return routes
