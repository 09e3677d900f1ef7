"""Access tokens: who may use the admin API, and how."""

import asyncio
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.access import (
    RotateRequest,
    TokenInfo,
    TokenIssued,
    TokenRequest,
    TokensPage,
)
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.lifetimes import instant, timestamp
from hosted.admin.paging import Cursor, Limit, RowId, page_of
from hosted.admin.problems import Refusal
from hosted.admin.roles import Permission
from hosted.admin.token_commands import IssueToken, RevokeToken, RotateToken
from hosted.clock import SECOND_US, rfc3339
from hosted.secrets import new_token
from hosted.storage.base import Token

FEED = "tokens"
NO_SUCH = "The service has no such token."


def router(context: Context) -> APIRouter:
    """Routes of the tokens."""
    routes = APIRouter(tags=["access"])
    _add_reading(routes, context)
    _add_making(routes, context)
    _add_ending(routes, context)
    return routes


def _add_reading(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type
    Anybody = Annotated[Caller, Depends(context.needs(Permission.READ))]  # noqa: N806 - a type

    @routes.get("/v1/tokens", response_model=TokensPage, responses=context.guarded(410, 422))
    async def listed(caller: Owner, cursor: Cursor = None, limit: Limit = 100) -> Response:
        """Every token by id, ended ones too; never the token itself."""
        tokens = await asyncio.to_thread(context.storage.tokens)
        rows = sorted(tokens, key=lambda token: token.token_id)
        page, end = page_of(context.cursors, rows, lambda row: row.token_id, FEED, cursor, limit)
        infos = tuple(_info(context, token, caller) for token in page)
        return json_answer(TokensPage(rows=infos, next_cursor=end))

    @routes.get("/v1/token", response_model=TokenInfo, responses=context.guarded())
    async def current(caller: Anybody) -> Response:
        """The token this request was made with: its role, and when it ends."""
        tokens = await asyncio.to_thread(context.storage.tokens)
        (own,) = (token for token in tokens if token.token_id == caller.token_id)
        return json_answer(_info(context, own, caller))


def _add_making(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type

    @routes.post(
        "/v1/tokens",
        response_model=TokenIssued,
        status_code=201,
        responses=context.guarded(413, 415, 422),
        openapi_extra=described(TokenRequest),
    )
    async def issue(
        caller: Owner, request: Annotated[TokenRequest, Depends(json_body(TokenRequest))]
    ) -> Response:
        """Make a token. It is shown once: the service keeps a keyed hash only."""
        secret = new_token(request.role)
        token = _token(
            context,
            secret,
            name=request.name,
            role=request.role,
            expires_us=instant(request.expires_at),
        )
        await context.writer.run(IssueToken(token, caller.token_id))
        context.access.tokens.apply(token)
        return json_answer(_issued(token, secret), 201)


def _add_ending(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type

    @routes.post(
        "/v1/tokens/{row_id}/rotate",
        response_model=TokenIssued,
        status_code=201,
        responses=context.guarded(404, 409, 413, 415, 422),
        openapi_extra=described(RotateRequest),
    )
    async def rotate(
        caller: Owner,
        row_id: RowId,
        request: Annotated[RotateRequest, Depends(json_body(RotateRequest))],
    ) -> Response:
        """Make a token in the place of another, which goes on for the overlap."""
        return json_answer(await _rotate(context, caller, row_id, request.overlap_s), 201)

    @routes.delete(
        "/v1/tokens/{row_id}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(404, 409, 422),
    )
    async def revoke(caller: Owner, row_id: RowId) -> Response:
        """Revoke a token. It stops to work at once; the last lasting owner token stays."""
        command = RevokeToken(row_id, context.clock(), caller.token_id)
        ended = await _done(context, command)
        context.access.tokens.apply(ended)
        return Response(status_code=204)


async def _rotate(context: Context, caller: Caller, row_id: str, overlap_s: int) -> TokenIssued:
    known = await asyncio.to_thread(context.storage.tokens)
    roles = [token.role for token in known if token.token_id == row_id]
    if not roles:
        raise Refusal(404, NO_SUCH)
    secret = new_token(roles[0])
    successor = _token(context, secret, name="", role=roles[0])
    ends_us = successor.created_us + overlap_s * SECOND_US
    ended, new = await _done(context, RotateToken(row_id, successor, ends_us, caller.token_id))
    context.access.tokens.apply(ended)
    context.access.tokens.apply(new)
    return _issued(new, secret)


async def _done(context: Context, command: RotateToken | RevokeToken) -> Any:  # noqa: ANN401
    """What the command returns.

    Raises:
        Refusal: 404 or 409; nothing was changed.
    """
    result = await context.writer.run(command)
    if isinstance(result, Refusal):
        raise result
    if result is None:
        raise Refusal(404, NO_SUCH)
    return result


def _token(context: Context, secret: str, **fields: Any) -> Token:  # noqa: ANN401 - of a token
    return Token(
        token_id=f"tok_{uuid.uuid4().hex}",
        token_hash=context.secrets.hash_of(secret),
        created_us=context.clock(),
        **fields,
    )


def _issued(token: Token, secret: str) -> TokenIssued:
    return TokenIssued(
        token_id=token.token_id,
        token=secret,
        role=token.role,
        created_at=rfc3339(token.created_us),
        expires_at=timestamp(token.expires_us),
    )


def _info(context: Context, token: Token, caller: Caller) -> TokenInfo:
    return TokenInfo(
        token_id=token.token_id,
        name=token.name,
        role=token.role,
        created_at=rfc3339(token.created_us),
        last_used_at=timestamp(context.last_used.of(token.token_id, token.last_used_us)),
        expires_at=timestamp(token.expires_us),
        revoked_at=timestamp(token.revoked_us),
        is_current=token.token_id == caller.token_id,
    )
