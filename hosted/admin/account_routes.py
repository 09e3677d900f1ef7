"""The end of the account: closed first, so that the last figures can be read; then deleted."""

from typing import Annotated

from fastapi import APIRouter, Depends, Path
from fastapi.responses import Response

from contract.messages.account import PATH, AccountDeletion, AccountDeletionRequest
from contract.messages.base import Id
from hosted.account_end import told
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.problems import Refusal
from hosted.admin.roles import Permission

DeletionId = Annotated[Id, Path(description="Made by whoever deletes; the same one is the same.")]


def router(context: Context) -> APIRouter:
    """Routes of the account's end."""
    routes = APIRouter(tags=["privacy"])
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type

    @routes.put(
        f"{PATH}/{{deletion_id}}",
        response_model=AccountDeletion,
        responses=context.guarded(409, 413, 415, 422),
        openapi_extra=described(AccountDeletionRequest),
    )
    async def close(
        caller: Owner,
        deletion_id: DeletionId,
        request: Annotated[AccountDeletionRequest, Depends(json_body(AccountDeletionRequest))],
    ) -> Response:
        """Close the account: SDKs are refused from now on, for good. Nothing is gone yet.

        Tokens go on, so that a desktop can read the last figures before it has the rest deleted.
        """
        if request.service_id != context.storage.service_id:
            raise Refusal(
                409, "This is the id of another service. Nothing was changed.", field="service_id"
            )
        noted = await context.account_end.close(deletion_id, caller.token_id)
        if noted.deletion_id != deletion_id:
            raise Refusal(409, "Another desktop is deleting this account. Nothing was changed.")
        return json_answer(told(noted))

    @routes.post(
        f"{PATH}/{{deletion_id}}/apply",
        response_model=AccountDeletion,
        dependencies=[Depends(context.needs(Permission.ACCESS))],
        responses=context.guarded(404, 422),
    )
    async def apply(deletion_id: DeletionId) -> Response:
        """Delete everything the service holds of the closed account. There is no way back.

        Its key goes, then its data: calls, sums, configuration, keys, tokens, members, devices,
        webhooks, privacy inbox and opt-outs. Its erasure ledger stays, which names nobody. Every
        later request is answered with 410 and `account_deleted`, this one with the same answer.
        """
        noted = context.account_end.noted
        if noted is None or noted.deletion_id != deletion_id:
            raise Refusal(404, "The account was not closed under this id. Nothing was changed.")
        return json_answer(told(await context.account_end.apply()))

    return routes
