"""What a Prometheus scrapes."""

from fastapi import APIRouter
from fastapi.responses import Response

from hosted.admin.context import Context
from hosted.admin.metrics import MEDIA_TYPE


def router(context: Context) -> APIRouter:
    """Route of the metrics."""
    routes = APIRouter(tags=["service"], dependencies=context.reading)

    @routes.get(
        "/metrics",
        response_class=Response,
        responses={
            200: {
                "description": "Metrics in Prometheus' text format.",
                "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
            },
            **context.guarded(),
        },
    )
    async def metrics() -> Response:
        """Requests, sockets, memory, and whether calls can be stored; nothing about persons."""
        return Response(context.metrics.text(), headers={"content-type": MEDIA_TYPE})

    return routes
