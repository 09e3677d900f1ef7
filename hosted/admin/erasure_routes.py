"""Erasing people: noted first, then carried out, and told again to whoever restored old data."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from fastapi.responses import Response

from contract.messages.base import Id
from contract.messages.erasure import (
    ErasureEntry,
    ErasureOutcome,
    ErasurePreview,
    ErasureRequest,
    ErasuresPage,
)
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.problems import Refusal
from hosted.admin.reach import EVERYTHING, Reach, Scope
from hosted.admin.roles import Permission
from hosted.storage.usage_records import NotedErasure

PATH = "/v1/erasures"
LARGEST_PAGE = 100
After = Annotated[int, Query(ge=0, le=2**53, description="Sequence of the newest one known.")]
ErasureId = Annotated[Id, Path(description="Made by whoever erases; the same one is the same.")]


def router(context: Context) -> APIRouter:
    """Routes of erasures."""
    routes = APIRouter(tags=["privacy"])
    _add_reading(routes, context)
    _add_noting(routes, context)
    _add_carrying_out(routes, context)
    return routes


def _add_reading(routes: APIRouter, context: Context) -> None:
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get(PATH, response_model=ErasuresPage, responses=context.guarded(422))
    async def erasures(
        caller: Reader,
        after: After = 0,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = LARGEST_PAGE,
    ) -> Response:
        """Noted erasures, oldest first. Desktops carry out what they have not carried out yet.

        Customers stand in it by keyed hashes only.
        """
        found = await asyncio.to_thread(context.storage.erasures.page, after, limit + 1)
        done = await asyncio.to_thread(context.storage.applied_erasures)
        page = found[:limit]
        rows = tuple(_entry(noted, caller.scope, noted.erasure_id in done) for noted in page)
        end = page[-1].sequence if len(found) > limit else None
        return json_answer(ErasuresPage(rows=rows, next_after=end))

    @routes.post(
        "/v1/erasure-preview",
        response_model=ErasureOutcome,
        dependencies=[Depends(context.needs(Permission.ERASE))],
        responses=context.guarded(413, 415, 422),
        openapi_extra=described(ErasurePreview),
    )
    async def preview(
        request: Annotated[ErasurePreview, Depends(json_body(ErasurePreview))],
    ) -> Response:
        """Say what an erasure of these customers would do now. Nothing is changed."""
        outcome = await context.eraser.preview(
            request.application_id, request.customer_ids, request.keep
        )
        return json_answer(outcome)


def _add_noting(routes: APIRouter, context: Context) -> None:
    @routes.put(
        f"{PATH}/{{erasure_id}}",
        response_model=ErasureEntry,
        dependencies=[Depends(context.needs(Permission.ERASE))],
        responses=context.guarded(409, 413, 415, 422),
        openapi_extra=described(ErasureRequest),
    )
    async def note(
        erasure_id: ErasureId,
        request: Annotated[ErasureRequest, Depends(json_body(ErasureRequest))],
    ) -> Response:
        """Note an erasure for good, outside all archives. Nothing is destroyed yet.

        The same id with the same content may be sent again; `record`, which is sealed anew each
        time, stays the first one.
        """
        noted = await context.eraser.note(erasure_id, request)
        if _asked(ErasureRequest.model_validate_json(noted.content)) != _asked(request):
            raise Refusal(409, "This id belongs to another erasure. Nothing was noted.")
        done = await asyncio.to_thread(context.storage.applied_erasures)
        return json_answer(_entry(noted, EVERYTHING, erasure_id in done))


def _add_carrying_out(routes: APIRouter, context: Context) -> None:
    Officer = Annotated[Caller, Depends(context.needs(Permission.ERASE))]  # noqa: N806 - a type

    @routes.post(
        f"{PATH}/{{erasure_id}}/apply",
        response_model=ErasureOutcome,
        responses=context.guarded(404, 422),
    )
    async def carry_out(caller: Officer, erasure_id: ErasureId) -> Response:
        """Carry out a noted erasure, or what is left of it; once done it changes nothing more.

        Figures stay under a random id, so that sums are what they were; names, identities, limits
        and the contents of single calls go. It goes on by itself after a crash.
        """
        noted = await asyncio.to_thread(context.storage.erasures.find, erasure_id)
        if noted is None:
            raise Refusal(404, "No such erasure was noted. Nothing was changed.")
        return json_answer(await context.eraser.apply(noted, caller.token_id))


def _asked(request: ErasureRequest) -> ErasureRequest:
    """What is to be erased, without what only the vault can read."""
    return request.model_copy(update={"record": ""})


def _entry(noted: NotedErasure, scope: Scope, applied: bool) -> ErasureEntry:  # noqa: FBT001 - a field
    request = ErasureRequest.model_validate_json(noted.content)
    return ErasureEntry(
        sequence=noted.sequence,
        erasure_id=noted.erasure_id,
        at=request.at,
        key=request.key,
        subjects=tuple(scope.keep(request.subjects)),
        keep=request.keep,
        record=request.record,
        applied=applied,
    )
