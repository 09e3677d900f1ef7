"""Devices that members sign in on: begun with a token of the provider, listed, signed out."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response

from contract.messages.members import DeviceInfo, DevicesPage, SessionRequest, SessionStarted
from hosted.admin.access import Caller, Credentials
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.credentials import done
from hosted.admin.paging import RowId
from hosted.admin.problems import Refusal, SignedOut
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission
from hosted.clock import DAY_US, rfc3339
from hosted.people.commands import EndSession, StartSession
from hosted.secrets import new_device_token
from hosted.storage.access_records import Token
from hosted.storage.member_records import Device, Member

SESSION_US: Final = 7 * DAY_US
"""How long a device may be away before somebody has to sign in again; renewed each day."""
MOST_DEVICES: Final = 50
NO_SUCH: Final = "The service has no such device of yours."


def router(context: Context) -> APIRouter:
    """Routes of sessions and devices."""
    routes = APIRouter(tags=["access"])
    _add_beginning(routes, context)
    _add_listing(routes, context)
    _add_ending(routes, context)
    return routes


def _add_beginning(routes: APIRouter, context: Context) -> None:
    @routes.post(
        "/v1/session",
        response_model=SessionStarted,
        status_code=201,
        responses=context.guarded(404, 413, 415, 422),
        openapi_extra=described(SessionRequest),
    )
    async def begin(
        request: Request,
        credentials: Credentials,
        wanted: Annotated[SessionRequest, Depends(json_body(SessionRequest))],
    ) -> Response:
        """Sign a device in. The bearer token is one of the provider: the id token of a sign-in."""
        presented = credentials.credentials if credentials else ""
        address = request.client.host if request.client else ""
        identity = await context.access.checked(presented, address)
        member = context.people.member(identity)
        if not member.is_active:
            _require_adult(wanted)
            subject_hash = context.people.book.subject_hash(identity.issuer, identity.subject)
            member = replace(member, subject_hash=subject_hash, joined_us=context.clock())
        return json_answer(await _begun(context, member, wanted), 201)


def _add_listing(routes: APIRouter, context: Context) -> None:
    Anybody = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get("/v1/devices", response_model=DevicesPage, responses=context.guarded())
    async def devices(caller: Anybody) -> Response:
        """Devices that are signed in: everybody's for an owner, else the caller's own."""
        rows = tuple(
            _info(context, device, token, caller) for device, token in _within(context, caller)
        )
        return json_answer(DevicesPage(rows=rows))


def _add_ending(routes: APIRouter, context: Context) -> None:
    Anybody = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.delete(
        "/v1/devices/{row_id}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(404, 422),
    )
    async def sign_out(caller: Anybody, row_id: RowId) -> Response:
        """Sign a device out: one's own, or as an owner anybody's. It is told so in words."""
        if row_id not in {device.token_id for device, _ in _within(context, caller)}:
            raise Refusal(404, NO_SUCH)
        command = EndSession(row_id, context.clock(), caller.token_id)
        context.access.tokens.apply(await done(context, command, NO_SUCH))
        return Response(status_code=204)


async def _begun(context: Context, member: Member, wanted: SessionRequest) -> SessionStarted:
    book, now_us = context.people.book, context.clock()
    _require_going_on(context, member, wanted.replaces)
    own = [token for device, token in _valid(context) if device.member_id == member.member_id]
    if len(own) >= MOST_DEVICES:
        raise Refusal(
            422, f"You are signed in on {MOST_DEVICES} devices. Sign one of them out first."
        )
    secret = new_device_token()
    token = Token(
        token_id=f"dev_{uuid.uuid4().hex}",
        name=wanted.device_name,
        role=member.role,
        token_hash=context.secrets.hash_of(secret),
        created_us=now_us,
        expires_us=now_us + SESSION_US,
    )
    ended = await context.writer.run(StartSession(member, token, wanted.replaces or ""))
    if ended is not None:
        context.access.tokens.apply(ended)
    context.access.tokens.apply(token)
    book.apply(member)
    book.add_device(Device(token.token_id, member.member_id))
    return SessionStarted(
        token=secret,
        device_id=token.token_id,
        member_id=member.member_id,
        name=member.name,
        role=member.role,
        expires_at=rfc3339(now_us + SESSION_US),
    )


def _require_adult(wanted: SessionRequest) -> None:
    if not wanted.declares_adult:
        raise Refusal(
            422,
            "An account is for people of 18 years or more. Nobody was signed in. Say that you are.",
            field="declares_adult",
        )


def _require_going_on(context: Context, member: Member, device_id: str | None) -> None:
    """A device that was signed out does not come back by itself. Raises: SignedOut."""
    if device_id is None:
        return
    token = context.access.tokens.of(device_id)
    owner = context.people.book.owner_of(device_id)
    if token is None or token.revoked_us is not None or owner is None:
        raise SignedOut
    if owner.member_id != member.member_id:
        raise Refusal(404, NO_SUCH)


def _valid(context: Context) -> Iterator[tuple[Device, Token]]:
    now_us = context.clock()
    for device in context.people.book.devices():
        token = context.access.tokens.of(device.token_id)
        if token is not None and token.is_valid(now_us):
            yield device, token


def _within(context: Context, caller: Caller) -> Iterator[tuple[Device, Token]]:
    """The devices a caller may see and sign out."""
    own = context.people.book.owner_of(caller.token_id)
    own_id = caller.token_id if own is None else own.member_id
    is_everybodys = caller.may(Permission.ACCESS) and caller.scope.applications is None
    for device, token in _valid(context):
        if is_everybodys or device.member_id == own_id:
            yield device, token


def _info(context: Context, device: Device, token: Token, caller: Caller) -> DeviceInfo:
    seen_us = context.last_used.of(token.token_id, token.last_used_us)
    return DeviceInfo(
        device_id=device.token_id,
        member_id=device.member_id,
        name=token.name,
        signed_in_at=rfc3339(token.created_us),
        last_seen_on=None if seen_us is None else rfc3339(seen_us)[: len("2026-01-01")],
        expires_at=rfc3339(token.expires_us or token.created_us),
        is_current=token.token_id == caller.token_id,
    )
