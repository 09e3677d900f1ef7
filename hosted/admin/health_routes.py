"""How well the SDKs are connected, and how clean what they report is."""

import asyncio

from fastapi import APIRouter
from fastapi.responses import Response

from contract.messages.health import ConnectionHealth, EventHealthPage
from hosted.admin.bodies import json_answer
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.filters import OfApplication
from hosted.admin.paging import Cursor, Limit


def router(context: Context) -> APIRouter:
    """Routes of the service's health report."""
    routes = APIRouter(prefix="/v1/health", tags=["health"], dependencies=context.reading)

    @routes.get("/connections", response_model=ConnectionHealth, responses=context.guarded())
    async def connections() -> Response:
        """Per application: its sockets and SDKs, when they were heard, and who was refused."""
        return json_answer(context.presence.health())

    @routes.get("/events", response_model=EventHealthPage, responses=context.guarded(410, 422))
    async def events(
        application_id: OfApplication = None, cursor: Cursor = None, limit: Limit = 100
    ) -> Response:
        """Duplicates, late and unsettled calls, odd amounts, wrong clocks: by day, newest first."""
        if cursor is None:
            await context.writer.catch_up()
        feed = f"event health {application_id or ''}"
        before = _day_and_application(context, cursor, feed) if cursor else None
        found = await asyncio.to_thread(
            context.storage.event_health, application_id, before, limit + 1
        )
        page = found[:limit]
        end = None
        if len(found) > limit:
            place = Place(feed, row_id=f"{page[-1].day} {page[-1].application_id}")
            end = context.cursors.write(place)
        return json_answer(EventHealthPage(rows=tuple(page), next_cursor=end))

    return routes


def _day_and_application(context: Context, cursor: str, feed: str) -> tuple[int, str]:
    day, _, application_id = (context.cursors.read(cursor, feed).row_id or "0 ").partition(" ")
    return int(day), application_id
