"""The key that identities are sealed to: told by the account's vault, read by its desktops."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from contract.messages.service import SealingKey
from contract.sealing import fingerprint
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.problems import Refusal
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission
from hosted.storage.access_records import AuditRecord
from hosted.storage.base import Transaction

PATH = "/v1/account/sealing-key"


@dataclass(frozen=True, slots=True)
class ReplaceSealingKey:
    """Stores the key, with its entry in the audit log."""

    public_key: str
    actor: str
    now_us: int

    def apply(self, transaction: Transaction) -> None:
        before = transaction.sealing_key()
        if before == self.public_key:
            return
        transaction.put_sealing_key(self.public_key, self.now_us)
        transaction.append_audit(
            AuditRecord(
                at_us=self.now_us,
                actor=self.actor,
                action="replace" if before else "issue",
                entity="sealing_key",
                entity_id=fingerprint(self.public_key),
                before=None if before is None else {"fingerprint": fingerprint(before)},
                after={"fingerprint": fingerprint(self.public_key)},
            )
        )


def router(context: Context) -> APIRouter:
    """Routes of the sealing key."""
    routes = APIRouter(tags=["access"])
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type
    Anybody = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get(PATH, response_model=SealingKey, responses=context.guarded(404))
    async def current(_caller: Anybody) -> Response:
        """The public key identities are sealed to."""
        if context.sealing.public_key is None:
            raise Refusal(404, "No vault has told its key yet; identities are not kept.")
        return json_answer(SealingKey(public_key=context.sealing.public_key))

    @routes.put(
        PATH,
        response_model=SealingKey,
        responses=context.guarded(413, 415, 422),
        openapi_extra=described(SealingKey),
    )
    async def replace(
        caller: Owner, request: Annotated[SealingKey, Depends(json_body(SealingKey))]
    ) -> Response:
        """Seal identities to this key from now on. What was sealed to another one stays so."""
        await context.writer.run(
            ReplaceSealingKey(request.public_key, caller.token_id, context.clock())
        )
        context.sealing.seal_to(request.public_key)
        return json_answer(request)

    return routes
