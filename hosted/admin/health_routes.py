"""How well the SDKs are connected, and how clean what they report is."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.health import ConnectionHealth, EventHealth, EventHealthPage
from hosted.admin.access import Caller
from hosted.admin.bodies import json_answer
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.filters import OfApplication
from hosted.admin.paging import Cursor, Limit
from hosted.admin.reach import Reach, Scope
from hosted.admin.roles import Permission
from hosted.storage.base import Storage


def router(context: Context) -> APIRouter:
    """Routes of the service's health report."""
    routes = APIRouter(prefix="/v1/health", tags=["health"])
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get("/connections", response_model=ConnectionHealth, responses=context.guarded())
    async def connections(caller: Reader) -> Response:
        """Per application: its sockets and SDKs, when they were heard, and who was refused.

        Keys that nobody knows belong to no application: only a token for all of them hears of them.
        """
        return json_answer(_within(caller.scope, context.presence.health()))

    @routes.get("/events", response_model=EventHealthPage, responses=context.guarded(410, 422))
    async def events(
        caller: Reader,
        application_id: OfApplication = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> Response:
        """Duplicates, late and unsettled calls, odd amounts, wrong clocks: by day, newest first."""
        if cursor is None:
            await context.writer.catch_up()
        feed = f"event health {application_id or ''}"
        before = _day_and_application(context, cursor, feed) if cursor else None
        asked = caller.scope.asked_one_by_one(application_id)
        found = await asyncio.to_thread(_oddities, context.storage, asked, before, limit + 1)
        page = found[:limit]
        end = None
        if len(found) > limit:
            place = Place(feed, row_id=f"{page[-1].day} {page[-1].application_id}")
            end = context.cursors.write(place)
        return json_answer(EventHealthPage(rows=tuple(page), next_cursor=end))

    return routes


def _within(scope: Scope, health: ConnectionHealth) -> ConnectionHealth:
    if scope.applications is None:
        return health
    return ConnectionHealth(
        applications=tuple(scope.keep(health.applications)), server_time=health.server_time
    )


def _oddities(
    storage: Storage,
    application_ids: Sequence[str | None],
    before: tuple[int, str] | None,
    limit: int,
) -> list[EventHealth]:
    """Rows of these applications in the order of the report. On a worker thread."""
    found = [
        row
        for application_id in application_ids
        for row in storage.event_health(application_id, before, limit)
    ]
    return sorted(found, key=lambda row: (-row.day, row.application_id))[:limit]


def _day_and_application(context: Context, cursor: str, feed: str) -> tuple[int, str]:
    day, _, application_id = (context.cursors.read(cursor, feed).row_id or "0 ").partition(" ")
    return int(day), application_id
