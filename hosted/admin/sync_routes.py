"""The two feeds the desktop reads and the one it writes."""

import asyncio
from dataclasses import dataclass
from typing import Annotated, Final, Literal

import msgspec
import zstandard
from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contract.messages.base import Timestamp
from contract.messages.configuration import ChangesPage, PushAnswer, PushRequest
from contract.messages.rollups import MEDIA_TYPE, PageEnd, RollupRow
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.cursors import CursorUnknown, Place
from hosted.admin.edits import as_contract
from hosted.admin.paging import CURSOR, Cursor
from hosted.admin.reach import Reach, Scope
from hosted.admin.roles import Permission
from hosted.clock import rfc3339

CHANGES_LIMIT: Final = 1000
ROLLUPS_LIMIT: Final = 50_000
COMPRESSION_LEVEL: Final = 3
LINES_AT_ONCE: Final = 500
"""The encoder does not let other threads in; SDK polls must not wait for a whole page."""

_encoder = msgspec.json.Encoder()

UsageCursor = Annotated[str | None, Query(pattern=CURSOR, description="Of the usage tail.")]
Order = Annotated[Literal["tail", "backfill"], Query()]


def router(context: Context) -> APIRouter:
    """Routes of synchronisation."""
    routes = APIRouter(tags=["sync"])
    feeds = Feeds(context)
    _add_configuration(routes, context, feeds)
    _add_usage(routes, context, feeds)
    return routes


def _add_configuration(routes: APIRouter, context: Context, feeds: "Feeds") -> None:
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get(
        "/v1/changes",
        response_model=ChangesPage,
        responses=context.guarded(410, 422),
    )
    async def changes(
        caller: Reader,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=CHANGES_LIMIT)] = 500,
        usage_cursor: UsageCursor = None,
    ) -> Response:
        """Configuration rows and tombstones in commit order; without cursor from the beginning.

        Whoever sends the cursor of the usage tail along is told whether anything lies behind it,
        so that a round that brings nothing is one request.
        """
        page = await asyncio.to_thread(feeds.changes, caller.scope, cursor, limit, usage_cursor)
        return json_answer(page)

    @routes.post(
        "/v1/changes",
        response_model=PushAnswer,
        responses=context.guarded(413, 415, 422),
        openapi_extra=described(PushRequest),
    )
    async def push(
        caller: Annotated[Caller, Depends(context.needs(Permission.PEOPLE, Reach.ROWS))],
        request: Annotated[PushRequest, Depends(json_body(PushRequest))],
    ) -> Response:
        """Take edits; each has a result of its own, and the same key always gets the same.

        A token that may not make one of the edits, by its role or its applications, is refused
        whole.
        """
        return json_answer(PushAnswer(results=await context.apply(request.edits, caller)))


def _add_usage(routes: APIRouter, context: Context, feeds: "Feeds") -> None:
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get(
        "/v1/usage/rollups",
        response_class=Response,
        responses={
            200: {
                "description": "Rollup rows, one a line, under zstd; the last line ends the page",
                "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
            },
            **context.guarded(410, 422),
        },
    )
    async def rollups(
        caller: Reader,
        order: Order = "tail",
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=ROLLUPS_LIMIT)] = 20_000,
    ) -> Response:
        """Usage rollups: `tail` in commit order from now on, `backfill` from the newest day on.

        The first page of a backfill shows every call that was confirmed before; a row is in the
        tail once a second at most.
        """
        if order == "backfill" and cursor is None:
            await context.writer.catch_up()
        page = feeds.tail if order == "tail" else feeds.backfill
        content = await asyncio.to_thread(page, caller.scope, cursor, limit)
        return Response(content, media_type=MEDIA_TYPE)


@dataclass(frozen=True, slots=True)
class _Past:
    """Days of a backfill: of the page's last row, and of the oldest row there is."""

    reached_day: int | None = None
    oldest_day: int | None = None


NO_PAST: Final = _Past()


class Feeds:
    """Pages of the feeds. Runs on worker threads.

    Rows that the scope leaves out are passed over: a page may be short, even empty, and not be the
    last one.
    """

    def __init__(self, context: Context) -> None:
        self._storage = context.storage
        self._cursors = context.cursors
        self._clock = context.clock

    def changes(
        self, scope: Scope, cursor: str | None, limit: int, usage_cursor: str | None = None
    ) -> ChangesPage:
        """Rows after the cursor, and whether any usage lies behind the other cursor.

        Raises:
            CursorUnknown: a cursor is not this service's.
        """
        # Asked first: usage that is counted in between is there in the next round.
        is_current = self._is_current(scope, usage_cursor) if usage_cursor else None
        feed = scope.feed("changes")
        after = self._revision(cursor, feed) if cursor else 0
        rows = self._storage.changes(after, limit + 1)
        page = rows[:limit]
        reached = page[-1].revision if page else after
        now: Timestamp = rfc3339(self._clock())
        return ChangesPage(
            rows=tuple(as_contract(row) for row in scope.keep(page)),
            next_cursor=self._cursors.write(Place(feed, revision=reached)),
            has_more=len(rows) > limit,
            server_time=now,
            usage_is_current=is_current,
            erasures=self._storage.erasures.newest,
        )

    def _is_current(self, scope: Scope, usage_cursor: str) -> bool:
        after = self._revision(usage_cursor, scope.feed("tail"))
        return not self._storage.rollup_tail(after, 1)

    def tail(self, scope: Scope, cursor: str | None, limit: int) -> bytes:
        """Rows that changed after the cursor; without one an empty page that starts now.

        Raises:
            CursorUnknown: the cursor is not this service's.
        """
        feed = scope.feed("tail")
        if cursor is None:
            start = Place(feed, revision=self._storage.revision())
            return self._page([], start, has_more=False)
        after = self._revision(cursor, feed)
        rows = self._storage.rollup_tail(after, limit + 1)
        page = rows[:limit]
        reached = page[-1].revision if page else after
        more = len(rows) > limit
        return self._page(scope.keep(page), Place(feed, revision=reached), has_more=more)

    def backfill(self, scope: Scope, cursor: str | None, limit: int) -> bytes:
        """Rows of older days after the cursor; without one from the newest day.

        Raises:
            CursorUnknown: the cursor is not this service's.
        """
        feed = scope.feed("backfill")
        after = self._cursors.read(cursor, feed).backfill if cursor else None
        rows, reached = self._storage.rollup_backfill(after, limit)
        has_more = len(rows) == limit and bool(self._storage.rollup_backfill(reached, 1)[0])
        past = _Past(reached.day if reached else None, self._storage.oldest_usage_day())
        place = Place(feed, backfill=reached)
        return self._page(scope.keep(rows), place, has_more=has_more, past=past)

    def _revision(self, cursor: str, feed: str) -> int:
        """Revision of a cursor; one from the future means that an older file was restored."""
        revision = self._cursors.read(cursor, feed).revision
        if revision is None or revision > self._storage.revision():
            raise CursorUnknown
        return revision

    def _page(
        self, rows: list[RollupRow], reached: Place, *, has_more: bool, past: _Past = NO_PAST
    ) -> bytes:
        cursor = self._cursors.write(reached)
        end = PageEnd(cursor, has_more, len(rows), self._clock(), past.reached_day, past.oldest_day)
        lines = [*rows, end]
        text = b"".join(
            _encoder.encode_lines(lines[start : start + LINES_AT_ONCE])
            for start in range(0, len(lines), LINES_AT_ONCE)
        )
        return zstandard.ZstdCompressor(level=COMPRESSION_LEVEL).compress(text)
