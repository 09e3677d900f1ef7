"""What people wrote and chose on the website, for the desktops; and who of them answers what."""

import asyncio
import hashlib
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contract.messages.privacy import (
    LinksIssued,
    LinksRequest,
    OwnedRequest,
    OwnedRequestRow,
    PolicyText,
    PrivacyMail,
    Submission,
    TakeSubmission,
    WebChoice,
)
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context, Needing
from hosted.admin.paging import RowId
from hosted.admin.problems import Refusal
from hosted.admin.roles import Permission
from hosted.clock import rfc3339
from hosted.storage.access_records import AuditRecord
from hosted.storage.base import Transaction
from hosted.storage.privacy_records import MailRows, OwnedRow, PolicyRow
from hosted.web import links

PATH = "/v1/privacy"


@dataclass(frozen=True, slots=True)
class Take:
    submission_id: str
    vault_id: str

    def apply(self, transaction: Transaction) -> str | None:
        return transaction.take_submission(self.submission_id, self.vault_id)


@dataclass(frozen=True, slots=True)
class Drop:
    submission_id: str

    def apply(self, transaction: Transaction) -> None:
        transaction.drop_submission(self.submission_id)


@dataclass(frozen=True, slots=True)
class Own:
    row: OwnedRow

    def apply(self, transaction: Transaction) -> bool:
        return transaction.put_owned_request(self.row)


@dataclass(frozen=True, slots=True)
class Publish:
    """Stores a version of the policy, with its entry in the audit log."""

    row: PolicyRow
    actor: str
    now_us: int

    def apply(self, transaction: Transaction) -> None:
        transaction.put_policy(self.row)
        transaction.append_audit(
            AuditRecord(
                at_us=self.now_us,
                actor=self.actor,
                action="publish",
                entity="privacy_policy",
                entity_id=self.row.effective,
                before=None,
                after={"sha256": self.row.sha256},
            )
        )


def router(context: Context) -> APIRouter:
    """Routes of privacy."""
    routes = APIRouter(tags=["privacy"])
    Editor = Annotated[Caller, Depends(context.needs(Permission.EDIT))]  # noqa: N806 - a type
    officers = [Depends(context.needs(Permission.PEOPLE))]
    _add_inbox(routes, context, officers)
    _add_requests(routes, context, officers)

    @routes.post(
        f"{PATH}/links",
        dependencies=officers,
        response_model=LinksIssued,
        responses=context.guarded(413, 415, 422),
        openapi_extra=described(LinksRequest),
    )
    async def make_links(
        request: Annotated[LinksRequest, Depends(json_body(LinksRequest))],
    ) -> Response:
        """Links by which people refuse a kind of message with one click, without signing in."""
        key = context.secrets.web_links
        paths = tuple(links.path_of(key, one, request.purpose) for one in request.subjects)
        return json_answer(LinksIssued(paths=paths))

    @routes.put(
        f"{PATH}/policy",
        status_code=204,
        response_class=Response,
        responses=context.guarded(413, 415, 422),
        openapi_extra=described(PolicyText),
    )
    async def publish_policy(
        caller: Editor, request: Annotated[PolicyText, Depends(json_body(PolicyText))]
    ) -> Response:
        """Show this version of the owner's privacy policy on the website from its day on."""
        digest = hashlib.sha256(request.text.encode()).hexdigest()
        row = PolicyRow(request.effective, digest, request.text)
        await context.writer.run(Publish(row, caller.token_id, context.clock()))
        return Response(status_code=204)

    return routes


def _add_inbox(routes: APIRouter, context: Context, officers: Needing) -> None:
    @routes.get(
        PATH, response_model=PrivacyMail, responses=context.guarded(422), dependencies=officers
    )
    async def mail(
        after: Annotated[
            int, Query(ge=0, le=2**53, description="Position of the last answer.")
        ] = 0,
    ) -> Response:
        """Sealed requests that wait, requests that vaults answer, and choices since a position."""
        rows = await asyncio.to_thread(context.storage.privacy_mail, after)
        policy = context.storage.policy_in_force(rfc3339(context.clock())[:10])
        return json_answer(_mail(rows, policy))

    @routes.post(
        f"{PATH}/inbox/{{row_id}}/take",
        status_code=204,
        response_class=Response,
        responses=context.guarded(404, 409, 413, 415, 422),
        openapi_extra=described(TakeSubmission),
        dependencies=officers,
    )
    async def take(
        row_id: RowId, request: Annotated[TakeSubmission, Depends(json_body(TakeSubmission))]
    ) -> Response:
        """Take a submission on for a vault. The first one that asks answers it."""
        owner = await context.writer.run(Take(row_id, request.vault_id))
        if owner is None:
            raise Refusal(404, "There is no such submission; perhaps a vault has stored it.")
        if owner != request.vault_id:
            raise Refusal(409, "Another vault answers this one.")
        return Response(status_code=204)

    @routes.delete(
        f"{PATH}/inbox/{{row_id}}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(422),
        dependencies=officers,
    )
    async def drop(row_id: RowId) -> Response:
        """Forget a submission that a vault has taken and stored."""
        await context.writer.run(Drop(row_id))
        return Response(status_code=204)


def _add_requests(routes: APIRouter, context: Context, officers: Needing) -> None:
    @routes.put(
        f"{PATH}/requests/{{row_id}}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(409, 413, 415, 422),
        openapi_extra=described(OwnedRequest),
        dependencies=officers,
    )
    async def own(
        row_id: RowId, request: Annotated[OwnedRequest, Depends(json_body(OwnedRequest))]
    ) -> Response:
        """Say which vault answers a request, under which number and by when."""
        row = OwnedRow(
            row_id, request.vault_id, request.number, request.kind, request.due, context.clock()
        )
        if not await context.writer.run(Own(row)):
            raise Refusal(409, "Another vault answers this request.")
        return Response(status_code=204)


def _mail(rows: MailRows, policy: PolicyRow | None) -> PrivacyMail:
    return PrivacyMail(
        submissions=tuple(
            Submission(
                submission_id=row.submission_id,
                received_at=rfc3339(row.received_us),
                sealed=row.sealed,
                taken_by=row.taken_by,
            )
            for row in rows.submissions
        ),
        requests=tuple(
            OwnedRequestRow(
                request_id=row.request_id,
                vault_id=row.vault_id,
                number=row.number,
                kind=row.kind,
                due=row.due,
            )
            for row in rows.requests
        ),
        choices=tuple(
            WebChoice(
                subject=row.subject.hex(),
                purpose=row.purpose,
                wanted=row.wanted,
                means=row.means,
                at=rfc3339(row.at_us),
            )
            for row in rows.choices
        ),
        position=rows.position,
        policy_sha256=None if policy is None else policy.sha256,
    )
