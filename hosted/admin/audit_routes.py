"""The audit log: who changed what, and whether the log is as it was written."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contract.audit_chain import START, first_broken
from contract.messages.access import AuditPage, AuditVerification
from contract.messages.base import Id
from hosted.admin.bodies import json_answer
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.paging import Cursor, Limit
from hosted.admin.roles import Permission
from hosted.storage.base import AuditFilter, Storage

READ_AT_ONCE: Final = 1000


def router(context: Context) -> APIRouter:
    """Routes of the log; it can be read and checked, never written."""
    routes = APIRouter(
        prefix="/v1/audit",
        tags=["access"],
        dependencies=[Depends(context.needs(Permission.AUDIT))],
    )

    @routes.get("", response_model=AuditPage, responses=context.guarded(410, 422))
    async def log(
        actor: Annotated[Id | None, Query(description="Only changes by this token.")] = None,
        entity: Annotated[Id | None, Query(description="Only changes of this kind.")] = None,
        entity_id: Annotated[Id | None, Query(description="Only changes of this row.")] = None,
        cursor: Cursor = None,
        limit: Limit = 100,
    ) -> Response:
        """Changes by owners, newest first."""
        feed = f"audit {actor} {entity} {entity_id}"
        before = context.cursors.read(cursor, feed).revision if cursor else None
        wanted = AuditFilter(actor, entity, entity_id)
        rows = await asyncio.to_thread(context.storage.audit, wanted, before, limit + 1)
        page = rows[:limit]
        end = Place(feed, revision=page[-1].sequence) if len(rows) > limit else None
        next_cursor = None if end is None else context.cursors.write(end)
        return json_answer(AuditPage(rows=tuple(page), next_cursor=next_cursor))

    @routes.get("/verification", response_model=AuditVerification, responses=context.guarded())
    async def verification() -> Response:
        """Work the whole chain out again and compare."""
        return json_answer(await asyncio.to_thread(verify, context.storage))

    return routes


def verify(storage: Storage) -> AuditVerification:
    """Read the log from its beginning and check its chain. On a worker thread."""
    head, entries = START, 0
    while page := storage.audit_from(entries + 1, READ_AT_ONCE):
        broken = first_broken(head, page)
        if broken is None and page[0].sequence != entries + 1:
            broken = page[0]
        if broken is not None:
            return AuditVerification(
                intact=False, entries=entries, first_broken=broken.sequence, head=head
            )
        head, entries = page[-1].chain, page[-1].sequence
    return AuditVerification(intact=True, entries=entries, head=head)
