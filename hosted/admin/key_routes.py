"""SDK keys of an application: made, rotated, revoked, and when they were last used."""

import asyncio
import uuid
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.access import RotateRequest, SdkKeyInfo, SdkKeysPage
from contract.messages.service import SdkKeyIssued, SdkKeyRequest
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.key_commands import IssueKey, RevokeKey, RotateKey
from hosted.admin.lifetimes import instant, timestamp
from hosted.admin.paging import Cursor, Limit, RowId, page_of
from hosted.admin.problems import Refusal
from hosted.admin.roles import Permission
from hosted.clock import SECOND_US, rfc3339
from hosted.secrets import new_sdk_key
from hosted.storage.base import SdkKey

NO_SUCH = "The application has no such key."


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
        dependencies=context.reading,
        responses=context.guarded(404, 410, 422),
    )
    async def listed(row_id: RowId, cursor: Cursor = None, limit: Limit = 100) -> Response:
        """Every key of the application by id, ended ones too; never the key itself."""
        if context.directory.application(row_id) is None:
            raise Refusal(404, "The service has no such application.")
        keys = await asyncio.to_thread(context.storage.sdk_keys)
        own = sorted((k for k in keys if k.application_id == row_id), key=lambda key: key.key_id)
        page, end = page_of(
            context.cursors, own, lambda key: key.key_id, f"keys {row_id}", cursor, limit
        )
        rows = tuple(_info(context, key) for key in page)
        return json_answer(SdkKeysPage(rows=rows, next_cursor=end))


def _add_making(routes: APIRouter, context: Context) -> None:
    Editor = Annotated[Caller, Depends(context.needs(Permission.EDIT))]  # noqa: N806 - a type

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
        if not await context.writer.run(IssueKey(key, caller.token_id)):
            raise Refusal(404, "The service has no such application.")
        context.directory.apply_key(key)
        return json_answer(_issued(key, secret), 201)


def _add_ending(routes: APIRouter, context: Context) -> None:
    Editor = Annotated[Caller, Depends(context.needs(Permission.EDIT))]  # noqa: N806 - a type

    @routes.post(
        "/{key_id}/rotate",
        response_model=SdkKeyIssued,
        status_code=201,
        responses=context.guarded(404, 409, 413, 415, 422),
        openapi_extra=described(RotateRequest),
    )
    async def rotate(
        caller: Editor,
        row_id: RowId,
        key_id: RowId,
        request: Annotated[RotateRequest, Depends(json_body(RotateRequest))],
    ) -> Response:
        """Make a key in the place of another, which goes on for the overlap."""
        secret = new_sdk_key()
        successor = _key(context, row_id, secret, "", None)
        ends_us = successor.created_us + request.overlap_s * SECOND_US
        command = RotateKey(key_id, successor, ends_us, caller.token_id)
        result = await context.writer.run(command)
        if isinstance(result, Refusal):
            raise result
        if result is None:
            raise Refusal(404, NO_SUCH)
        for key in result:
            context.directory.apply_key(key)
        context.sockets_changed()
        return json_answer(_issued(result[1], secret), 201)

    @routes.delete(
        "/{key_id}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(404, 422),
    )
    async def revoke(caller: Editor, row_id: RowId, key_id: RowId) -> Response:
        """Revoke an SDK key. Its sockets are closed, and new connections refused."""
        command = RevokeKey(row_id, key_id, context.clock(), caller.token_id)
        key = await context.writer.run(command)
        if key is None:
            raise Refusal(404, NO_SUCH)
        context.directory.apply_key(key)
        context.sockets_changed()
        return Response(status_code=204)


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
        name=key.name,
        created_at=rfc3339(key.created_us),
        last_used_at=timestamp(context.last_used.of(key.key_id, key.last_used_us)),
        expires_at=timestamp(key.expires_us),
        revoked_at=timestamp(key.revoked_us),
    )
