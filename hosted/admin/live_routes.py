"""The channel that tells desktops of news, so that they need not ask every second."""

from collections.abc import AsyncIterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response, StreamingResponse

from contract import live
from hosted.admin.access import Caller
from hosted.admin.context import Context
from hosted.admin.cursors import CursorUnknown, Place
from hosted.admin.problems import Refusal
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission

FEED: Final = "live"
RETRY_AFTER_S: Final = 60
HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back until its buffer is full
}
LastEvent = Annotated[
    str | None,
    Header(alias=live.LAST_EVENT_HEADER, description="Id of the last event that was heard."),
]


def router(context: Context) -> APIRouter:
    """The one route of the channel."""
    routes = APIRouter(tags=["sync"])
    Listener = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get(
        live.PATH,
        response_class=Response,
        responses={
            200: {
                "description": "Events without an end; one says that a feed has news, not which",
                "content": {live.MEDIA_TYPE: {"schema": {"type": "string"}}},
            },
            **context.guarded(422),
        },
    )
    async def listen(
        caller: Listener,
        last_event_id: LastEvent = None,
    ) -> Response:
        """Server-sent events: `ready` at the start, `changed` within a second of each commit.

        A comment comes every 15 seconds. With `Last-Event-ID` what was missed is told at once.
        An event says that something changed on the service, not what and for which application.
        The number of listeners is bounded.
        """
        if not context.live.has_room(caller.token_id):
            raise Refusal(
                429,
                "Too many listen already. Nothing is lost: ask the feeds.",
                retry_after_s=RETRY_AFTER_S,
            )
        stream = _stream(context, caller, last_event_id)
        return StreamingResponse(stream, media_type=live.MEDIA_TYPE, headers=HEADERS)

    return routes


async def _stream(
    context: Context, caller: Caller, last_event_id: str | None
) -> AsyncIterator[bytes]:
    current = await context.live.revision()
    heard = current if last_event_id is None else _heard(context, last_event_id, current)
    events = context.live.events(
        caller.token_id,
        heard,
        lambda revision: context.cursors.write(Place(FEED, revision=revision)),
        lambda: context.access.still_lets_in(caller),
    )
    async for event in events:
        yield event


def _heard(context: Context, event_id: str, current: int) -> int:
    """The revision of an event id; 0 for one that this service did not make, or has lost."""
    try:
        revision = context.cursors.read(event_id, FEED).revision or 0
    except CursorUnknown:
        return 0
    return revision if revision <= current else 0
