"""SDK keys of an application: made, rotated, revoked, and when they were last used."""

import asyncio
import uuid
from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.access import RotateRequest, SdkKeyInfo, SdkKeysPage
from contract.messages.service import SdkKeyIssued, SdkKeyRequest
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.credentials import done, ends_us, lifetime, rotating
from hosted.admin.key_commands import IssueKey, RevokeKey, RotateKey
from hosted.admin.lifetimes import instant
from hosted.admin.paging import Cursor, Limit, RowId, page_of
from hosted.admin.problems import Refusal
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission
from hosted.clock import rfc3339
from hosted.secrets import new_sdk_key
from hosted.storage.access_records import SdkKey

NO_SUCH: Final = "The application has no such key."
NO_APPLICATION: Final = "The service has no such application."


def router(context: Context) -> APIRouter:
    """Routes of the keys."""
    routes = APIRouter(prefix="/v1/applications/{row_id}/keys", tags=["applications"])
    _add_list(routes, context)
    _add_making(routes, context)
    _add_ending(routes, context)
    return routes


def _add_list(routes: APIRouter, context: Context) -> None:
    @routes.get(
        "",
        response_model=SdkKeysPage,
        dependencies=context.reading_application,
        responses=context.guarded(404, 410, 422),
    )
    async def listed(row_id: RowId, cursor: Cursor = None, limit: Limit = 100) -> Response:
        """Every key of the application by id, ended ones too; never the key itself."""
        if context.directory.application(row_id) is None:
            raise Refusal(404, NO_APPLICATION)
        keys = await asyncio.to_thread(context.storage.sdk_keys)
        own = sorted((k for k in keys if k.application_id == row_id), key=lambda key: key.key_id)
        page, end = page_of(
            context.cursors, own, lambda key: key.key_id, f"keys {row_id}", cursor, limit
        )
        rows = tuple(_info(context, key) for key in page)
        return json_answer(SdkKeysPage(rows=rows, next_cursor=end))


def _add_making(routes: APIRouter, context: Context) -> None:
    Editor = Annotated[Caller, Depends(context.needs(Permission.EDIT, Reach.APPLICATION))]  # noqa: N806 - a type

    @routes.post(
        "",
        response_model=SdkKeyIssued,
        status_code=201,
        responses=context.guarded(404, 413, 415, 422),
        openapi_extra=described(SdkKeyRequest),
    )
    async def issue(
        caller: Editor,
        row_id: RowId,
        request: Annotated[SdkKeyRequest, Depends(json_body(SdkKeyRequest))],
    ) -> Response:
        """Make an SDK key. It is shown once: the service keeps a keyed hash only."""
        secret = new_sdk_key()
        key = _key(context, row_id, secret, request.name, instant(request.expires_at))
        await done(context, IssueKey(key, caller.token_id), NO_APPLICATION)
        context.directory.apply_key(key)
        return json_answer(_issued(key, secret), 201)


def _add_ending(routes: APIRouter, context: Context) -> None:
    Editor = Annotated[Caller, Depends(context.needs(Permission.EDIT, Reach.APPLICATION))]  # noqa: N806 - a type

    @routes.post("/{key_id}/rotate", **rotating(context, SdkKeyIssued))
    async def rotate(
        caller: Editor,
        row_id: RowId,
        key_id: RowId,
        request: Annotated[RotateRequest, Depends(json_body(RotateRequest))],
    ) -> Response:
        """Make a key in the place of another, which goes on for the overlap."""
        secret = new_sdk_key()
        successor = _key(context, row_id, secret, "", None)
        command = RotateKey(key_id, successor, ends_us(successor, request), caller.token_id)
        pair = await done(context, command, NO_SUCH)
        _take_over(context, pair)
        return json_answer(_issued(pair[1], secret), 201)

    @routes.delete(
        "/{key_id}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(404, 422),
    )
    async def revoke(caller: Editor, row_id: RowId, key_id: RowId) -> Response:
        """Revoke an SDK key. Its sockets are closed, and new connections refused."""
        command = RevokeKey(row_id, key_id, context.clock(), caller.token_id)
        _take_over(context, [await done(context, command, NO_SUCH)])
        return Response(status_code=204)


def _take_over(context: Context, keys: Iterable[SdkKey]) -> None:
    for key in keys:
        context.directory.apply_key(key)
    context.sockets_changed()


def _key(
    context: Context, application_id: str, secret: str, name: str, expires_us: int | None
) -> SdkKey:
    return SdkKey(
        key_id=f"key_{uuid.uuid4().hex}",
        application_id=application_id,
        name=name,
        key_hash=context.secrets.hash_of(secret),
        created_us=context.clock(),
        expires_us=expires_us,
    )


def _issued(key: SdkKey, secret: str) -> SdkKeyIssued:
    created = rfc3339(key.created_us)
    return SdkKeyIssued(key_id=key.key_id, sdk_key=secret, created_at=created)


def _info(context: Context, key: SdkKey) -> SdkKeyInfo:
    return SdkKeyInfo(
        key_id=key.key_id,
        application_id=key.application_id,
        **lifetime(context, key.key_id, key),
    )
