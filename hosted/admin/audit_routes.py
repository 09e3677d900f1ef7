"""The audit log: who changed what, and whether the log is as it was written."""

import asyncio
import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response
from pydantic import BaseModel, Field

from contract.audit_chain import START, first_broken
from contract.messages.access import AuditPage, AuditVerification
from contract.messages.base import Id, Timestamp
from hosted.admin.bodies import json_answer
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.lifetimes import instant
from hosted.admin.paging import CURSOR, PAGE_LIMIT
from hosted.admin.roles import Permission
from hosted.storage.access_records import AuditFilter
from hosted.storage.base import Storage

READ_AT_ONCE: Final = 1000
Sequence = Annotated[int | None, Query(ge=1, le=2**53, description="Entry that is asked about.")]


class AuditQuery(BaseModel):
    """What the log can be filtered by; all conditions have to hold."""

    actor: Annotated[Id | None, Field(description="Only changes by this token.")] = None
    entity: Annotated[Id | None, Field(description="Only changes of this kind.")] = None
    entity_id: Annotated[Id | None, Field(description="Only changes of this row.")] = None
    action: Annotated[Id | None, Field(description="Only this: create, change, delete, …")] = None
    text: Annotated[
        str | None,
        Field(min_length=1, max_length=200, description="In the row's id or in what was changed."),
    ] = None
    since: Annotated[Timestamp | None, Field(description="Earliest instant.")] = None
    until: Annotated[Timestamp | None, Field(description="End, exclusive.")] = None
    cursor: Annotated[str | None, Field(pattern=CURSOR, description="From the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=PAGE_LIMIT, description="Rows at most.")] = 100

    def as_filter(self) -> AuditFilter:
        """The query as the storage takes it."""
        return AuditFilter(
            actor=self.actor,
            entity=self.entity,
            entity_id=self.entity_id,
            action=self.action,
            text=self.text,
            since_us=instant(self.since),
            until_us=instant(self.until),
        )

    def feed(self) -> str:
        """Name of the list that the query's cursors belong to."""
        asked = self.model_dump_json(exclude={"cursor", "limit"}, exclude_none=True)
        return f"audit {hashlib.sha256(asked.encode()).hexdigest()[:32]}"


def router(context: Context) -> APIRouter:
    """Routes of the log; it can be read and checked, never written."""
    routes = APIRouter(
        prefix="/v1/audit",
        tags=["access"],
        dependencies=[Depends(context.needs(Permission.AUDIT))],
    )

    @routes.get("", response_model=AuditPage, responses=context.guarded(410, 422))
    async def log(wanted: Annotated[AuditQuery, Query()]) -> Response:
        """Changes by owners, newest first."""
        feed = wanted.feed()
        before = context.cursors.read(wanted.cursor, feed).revision if wanted.cursor else None
        rows = await asyncio.to_thread(
            context.storage.audit, wanted.as_filter(), before, wanted.limit + 1
        )
        page = rows[: wanted.limit]
        end = Place(feed, revision=page[-1].sequence) if len(rows) > wanted.limit else None
        next_cursor = None if end is None else context.cursors.write(end)
        return json_answer(AuditPage(rows=tuple(page), next_cursor=next_cursor))

    @routes.get("/verification", response_model=AuditVerification, responses=context.guarded(422))
    async def verification(sequence: Sequence = None) -> Response:
        """Work the whole chain out again and compare.

        Who noted `entries` and `head` of an earlier answer asks about that entry again: another
        value, or none, means that the log was cut off and written anew.
        """
        return json_answer(await asyncio.to_thread(verify, context.storage, sequence))

    return routes


def verify(storage: Storage, sequence: int | None = None) -> AuditVerification:
    """Read the log from its beginning and check its chain. On a worker thread."""
    found = [] if sequence is None else storage.audit_from(sequence, 1)
    asked = found[0].chain if found and found[0].sequence == sequence else None
    head, entries = START, 0
    while page := storage.audit_from(entries + 1, READ_AT_ONCE):
        broken = first_broken(head, page)
        if broken is None and page[0].sequence != entries + 1:
            broken = page[0]
        if broken is not None:
            return AuditVerification(
                intact=False,
                entries=entries,
                first_broken=broken.sequence,
                head=head,
                asked=asked,
            )
        head, entries = page[-1].chain, page[-1].sequence
    return AuditVerification(intact=True, entries=entries, head=head, asked=asked)
