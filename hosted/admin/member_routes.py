"""Members of the service, as an owner sees and changes them."""

import uuid
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.members import (
    MemberChange,
    MemberInfo,
    MemberRequest,
    MembersPage,
    MemberState,
)
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.credentials import done
from hosted.admin.lifetimes import timestamp
from hosted.admin.paging import RowId
from hosted.admin.problems import Refusal
from hosted.admin.roles import Permission
from hosted.clock import rfc3339
from hosted.people.commands import ChangeMember, InviteMember, RemoveMember
from hosted.storage.member_records import Member

PATH: Final = "/v1/members"
MOST_MEMBERS: Final = 1_000
NO_SUCH: Final = "The service has no such member."


def router(context: Context) -> APIRouter:
    """Routes of the members."""
    routes = APIRouter(tags=["access"])
    _add_inviting(routes, context)
    _add_changing(routes, context)
    return routes


def _add_inviting(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type

    @routes.get(PATH, response_model=MembersPage, responses=context.guarded())
    async def members(caller: Owner) -> Response:
        """Everybody who may sign in, by id."""
        rows = tuple(_info(context, member, caller) for member in context.people.book.all())
        return json_answer(MembersPage(rows=rows))

    @routes.post(
        PATH,
        response_model=MemberInfo,
        status_code=201,
        responses=context.guarded(409, 413, 415, 422),
        openapi_extra=described(MemberRequest),
    )
    async def invite(
        caller: Owner, request: Annotated[MemberRequest, Depends(json_body(MemberRequest))]
    ) -> Response:
        """Invite somebody by the address they sign in with, or by their subject."""
        member = _invited(context, request)
        await context.writer.run(InviteMember(member, caller.token_id))
        context.people.book.apply(member)
        return json_answer(_info(context, member, caller), 201)


def _add_changing(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type

    @routes.put(
        PATH + "/{row_id}",
        response_model=MemberInfo,
        responses=context.guarded(404, 409, 413, 415, 422),
        openapi_extra=described(MemberChange),
    )
    async def change(
        caller: Owner,
        row_id: RowId,
        request: Annotated[MemberChange, Depends(json_body(MemberChange))],
    ) -> Response:
        """Give a member another name or role. It holds from their next request on."""
        command = ChangeMember(row_id, request.name, request.role, context.clock(), caller.token_id)
        member = await done(context, command, NO_SUCH)
        context.people.book.apply(member)
        return json_answer(_info(context, member, caller))

    @routes.delete(
        PATH + "/{row_id}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(404, 409, 422),
    )
    async def remove(caller: Owner, row_id: RowId) -> Response:
        """Remove a member, and sign every device of theirs out at once."""
        devices = tuple(
            device.token_id
            for device in context.people.book.devices()
            if device.member_id == row_id
        )
        command = RemoveMember(row_id, devices, context.clock(), caller.token_id)
        for token in await done(context, command, NO_SUCH):
            context.access.tokens.apply(token)
        context.people.book.drop(row_id)
        return Response(status_code=204)


def _invited(context: Context, request: MemberRequest) -> Member:
    """The member of an invitation. Raises: Refusal."""
    if (request.address is None) == (request.subject is None):
        raise Refusal(
            422, "Invite by an address or by a subject. Nobody was invited.", field="address"
        )
    book = context.people.book
    if len(book.all()) >= MOST_MEMBERS:
        raise Refusal(422, f"The service has {MOST_MEMBERS} members at most.")
    address_hash = book.address_hash(request.address) if request.address else None
    issuer = context.people.issuer_name()
    subject_hash = book.subject_hash(issuer, request.subject) if request.subject else None
    if book.has(address_hash, subject_hash):
        raise Refusal(409, "They were invited already. Nothing was changed.", field="address")
    return Member(
        member_id=f"mem_{uuid.uuid4().hex}",
        name=request.name,
        role=request.role,
        address_hash=address_hash,
        subject_hash=subject_hash,
        invited_us=context.clock(),
    )


def _info(context: Context, member: Member, caller: Caller) -> MemberInfo:
    now_us = context.clock()
    tokens = [
        context.access.tokens.of(device.token_id)
        for device in context.people.book.devices()
        if device.member_id == member.member_id
    ]
    owner = context.people.book.owner_of(caller.token_id)
    return MemberInfo(
        member_id=member.member_id,
        name=member.name,
        role=member.role,
        state=MemberState.ACTIVE if member.is_active else MemberState.INVITED,
        invited_at=rfc3339(member.invited_us),
        joined_at=timestamp(member.joined_us),
        devices=sum(token is not None and token.is_valid(now_us) for token in tokens),
        is_current=caller.token_id == member.member_id or owner == member,
    )
