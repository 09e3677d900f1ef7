"""Access tokens: who may use the admin API, and how."""

import asyncio
import uuid
from collections.abc import Iterable
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.access import RotateRequest, TokenInfo, TokenIssued, TokenRequest, TokensPage
from contract.terms import Role
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.credentials import done, ends_us, lifetime, rotating
from hosted.admin.lifetimes import instant, timestamp
from hosted.admin.paging import Cursor, Limit, RowId, page_of
from hosted.admin.problems import Refusal
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission
from hosted.admin.token_commands import IssueToken, RestoreToken, RevokeToken, RotateToken
from hosted.clock import rfc3339
from hosted.secrets import new_token
from hosted.storage.access_records import Token

FEED: Final = "tokens"
NO_SUCH: Final = "The service has no such token."


def router(context: Context) -> APIRouter:
    """Routes of the tokens."""
    routes = APIRouter(tags=["access"])
    _add_reading(routes, context)
    _add_making(routes, context)
    _add_ending(routes, context)
    return routes


def _add_reading(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type
    Anybody = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get("/v1/tokens", response_model=TokensPage, responses=context.guarded(410, 422))
    async def listed(caller: Owner, cursor: Cursor = None, limit: Limit = 100) -> Response:
        """Every token by id, ended ones too; never the token itself, and none of a device."""
        tokens = await asyncio.to_thread(context.storage.tokens)
        own = (token for token in tokens if not context.people.book.is_device(token.token_id))
        rows = sorted(own, key=lambda token: token.token_id)
        page, end = page_of(context.cursors, rows, lambda row: row.token_id, FEED, cursor, limit)
        infos = tuple(_info(context, token, caller) for token in page)
        return json_answer(TokensPage(rows=infos, next_cursor=end))

    @routes.get("/v1/token", response_model=TokenInfo, responses=context.guarded())
    async def current(caller: Anybody) -> Response:
        """The token this request was made with: what it may do, and when it ends."""
        own = context.access.tokens.of(caller.token_id)
        if own is None:
            member = context.people.book.find(caller.token_id)
            since_us = context.clock() if member is None else member.invited_us
            return json_answer(_of_member(caller, since_us))
        return json_answer(_info(context, own, caller))


def _add_making(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type

    @routes.post(
        "/v1/tokens",
        response_model=TokenIssued,
        status_code=201,
        responses=context.guarded(404, 413, 415, 422),
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
            application_ids=_restriction(context, request),
        )
        await context.writer.run(IssueToken(token, caller.token_id))
        context.access.tokens.apply(token)
        return json_answer(_issued(token, secret), 201)

    @routes.post("/v1/tokens/{row_id}/rotate", **rotating(context, TokenIssued))
    async def rotate(
        caller: Owner,
        row_id: RowId,
        request: Annotated[RotateRequest, Depends(json_body(RotateRequest))],
    ) -> Response:
        """Make a token in the place of another, which goes on for the overlap."""
        known = await asyncio.to_thread(context.storage.tokens)
        roles = [token.role for token in known if token.token_id == row_id]
        if not roles:
            raise Refusal(404, NO_SUCH)
        secret = new_token(roles[0])
        successor = _token(context, secret, name="", role=roles[0])
        command = RotateToken(row_id, successor, ends_us(successor, request), caller.token_id)
        pair = await done(context, command, NO_SUCH)
        _take_over(context, pair)
        return json_answer(_issued(pair[1], secret), 201)


def _add_ending(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type
    NOTHING: dict[str, Any] = {  # noqa: N806 - options of both routes
        "status_code": 204,
        "response_class": Response,
        "responses": context.guarded(404, 409, 422),
    }

    @routes.delete("/v1/tokens/{row_id}", **NOTHING)
    async def revoke(caller: Owner, row_id: RowId) -> Response:
        """Revoke a token. It stops to work at once; the last lasting owner token stays."""
        command = RevokeToken(row_id, context.clock(), caller.token_id)
        _take_over(context, [await done(context, command, NO_SUCH)])
        return Response(status_code=204)

    @routes.post("/v1/tokens/{row_id}/restore", **NOTHING)
    async def restore(caller: Owner, row_id: RowId) -> Response:
        """Take a revocation back, within an hour of it. A token that works stays as it is."""
        command = RestoreToken(row_id, context.clock(), caller.token_id)
        _take_over(context, [await done(context, command, NO_SUCH)])
        return Response(status_code=204)


def _restriction(context: Context, request: TokenRequest) -> tuple[str, ...] | None:
    """The applications a new token is to hold for, in order.

    Raises:
        Refusal: 422, an owner's token holds for all; 404, there is no such application.
    """
    if request.application_ids is None:
        return None
    if request.role is Role.OWNER:
        raise Refusal(
            422,
            "An owner's token holds for every application. Nothing was made. Choose another role.",
            field="application_ids",
        )
    for application_id in request.application_ids:
        if context.directory.application(application_id) is None:
            raise Refusal(404, "The service has no such application.", field="application_ids")
    return tuple(sorted(set(request.application_ids)))


def _take_over(context: Context, tokens: Iterable[Token]) -> None:
    for token in tokens:
        context.access.tokens.apply(token)


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
        application_ids=token.application_ids,
    )


def _of_member(caller: Caller, since_us: int) -> TokenInfo:
    """What somebody may do who shows the sign-in itself."""
    return TokenInfo(
        token_id=caller.token_id,
        name=caller.name,
        role=caller.role,
        created_at=rfc3339(since_us),
        is_current=True,
    )


def _info(context: Context, token: Token, caller: Caller) -> TokenInfo:
    return TokenInfo(
        token_id=token.token_id,
        role=caller.role if token.token_id == caller.token_id else token.role,
        is_current=token.token_id == caller.token_id,
        application_ids=token.application_ids,
        **lifetime(context, token.token_id, token),
    )
