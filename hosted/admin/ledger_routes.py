"""Ledgers: what customers hold and used, and the owner's corrections."""

import asyncio
import uuid
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contract.messages import traces as contract
from contract.messages.base import Id
from contract.messages.rollups import NO_CUSTOMERS
from hosted.admin.access import Caller
from hosted.admin.accounts import AccountFilter, page_of_accounts
from hosted.admin.audit import NOT_KEPT
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.cursors import Place
from hosted.admin.paging import Cursor, Limit, RowId
from hosted.admin.problems import Refusal
from hosted.admin.quantities import decimal_text, micro_of
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission
from hosted.clock import rfc3339
from hosted.metering.directory import Application
from hosted.metering.ledger import Correct
from hosted.metering.windows import hour_and_day
from hosted.storage.access_records import AuditRecord
from hosted.storage.base import Transaction
from hosted.storage.usage_records import Correction, LedgerAccount

NO_SUCH: Final = "The service has no such {}. Nothing was changed."
OfApplication = Annotated[Id, Query(description="Whose accounts.")]


@dataclass(frozen=True, slots=True)
class RecordCorrection:
    """Stores a correction and the log's entry of it, both or neither."""

    correction: Correction
    actor: str

    def apply(self, transaction: Transaction) -> Correction | str:
        """The entry as it is stored, or the kind of row that it names and that is not there."""
        asked = self.correction
        for entity, row_id in (("endpoint", asked.endpoint_id), ("customer", asked.customer_id)):
            if row_id not in NO_CUSTOMERS:
                row = transaction.configuration(entity, row_id)
                if row is None or row.body is None or row.application_id != asked.application_id:
                    return entity
        stored = Correct(asked).apply(transaction)
        if stored.correction_id == asked.correction_id:
            transaction.append_audit(_logged(asked, self.actor))
        return stored


def router(context: Context) -> APIRouter:
    """Routes of accounts and corrections."""
    routes = APIRouter(tags=["ledgers"])
    _add_accounts(routes, context)
    _add_correcting(routes, context)
    return routes


def _add_accounts(routes: APIRouter, context: Context) -> None:
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.ROWS))]  # noqa: N806 - a type

    @routes.get(
        "/v1/ledgers",
        response_model=contract.LedgerPage,
        responses=context.guarded(410, 422),
    )
    async def ledgers(caller: Reader, wanted: Annotated[AccountFilter, Query()]) -> Response:
        """Accounts of an application by customer and endpoint.

        A page may be short, even empty, and not be the last one; the last has no `next_cursor`.
        """
        caller.scope.require(wanted.application_id)
        if wanted.cursor is None:
            await context.writer.catch_up()
        accounts, end = await asyncio.to_thread(
            page_of_accounts, context.storage, context.cursors, wanted
        )
        rows = tuple(_row(account) for account in accounts)
        return json_answer(contract.LedgerPage(rows=rows, next_cursor=end))

    @routes.get(
        "/v1/corrections",
        response_model=contract.CorrectionsPage,
        responses=context.guarded(410, 422),
    )
    async def corrections(
        caller: Reader, application_id: OfApplication, cursor: Cursor = None, limit: Limit = 100
    ) -> Response:
        """Corrections of an application, newest first."""
        caller.scope.require(application_id)
        feed = f"corrections {application_id}"
        before = context.cursors.read(cursor, feed).revision if cursor else None
        found = await asyncio.to_thread(
            context.storage.corrections, application_id, before, limit + 1
        )
        page = found[:limit]
        end = Place(feed, revision=page[-1][0]) if len(found) > limit else None
        answer = contract.CorrectionsPage(
            rows=tuple(_correction(entry) for _, entry in page),
            next_cursor=None if end is None else context.cursors.write(end),
        )
        return json_answer(answer)


def _add_correcting(routes: APIRouter, context: Context) -> None:
    Editor = Annotated[Caller, Depends(context.needs(Permission.EDIT, Reach.APPLICATION))]  # noqa: N806 - a type

    @routes.post(
        "/v1/applications/{row_id}/corrections",
        response_model=contract.Correction,
        responses=context.guarded(404, 409, 413, 415, 422),
        openapi_extra=described(contract.CorrectionRequest),
    )
    async def correct(
        caller: Editor,
        row_id: RowId,
        request: Annotated[
            contract.CorrectionRequest, Depends(json_body(contract.CorrectionRequest))
        ],
    ) -> Response:
        """Add units to a customer's account, or take some away.

        Never changed afterwards: a wrong correction is corrected by another. The same key always
        gets the entry it made first.
        """
        application = context.directory.application(row_id)
        if application is None:
            raise Refusal(404, NO_SUCH.format("application"))
        asked = _asked(context, application, request, caller)
        stored = await context.writer.run(RecordCorrection(asked, caller.token_id))
        if isinstance(stored, str):
            raise Refusal(404, NO_SUCH.format(stored), field=f"{stored}_id")
        if _content(stored) != _content(asked):
            raise Refusal(
                409,
                "This key belongs to another correction. Nothing was changed.",
                field="idempotency_key",
            )
        if stored.correction_id == asked.correction_id:
            context.seeder.correct(stored)
        return json_answer(_correction(stored))


def _asked(
    context: Context, application: Application, request: contract.CorrectionRequest, caller: Caller
) -> Correction:
    now_us = context.clock()
    hour, day = hour_and_day(now_us, application.zone)
    return Correction(
        correction_id=f"cor_{uuid.uuid4().hex}",
        application_id=application.application_id,
        idempotency_key=request.idempotency_key,
        customer_id=request.customer_id,
        endpoint_id=request.endpoint_id,
        units_micro=micro_of(request.units),
        reason=request.reason,
        actor=caller.name,
        at_us=now_us,
        hour=hour,
        day=day,
    )


def _content(correction: Correction) -> tuple[Any, ...]:
    return (
        correction.customer_id,
        correction.endpoint_id,
        correction.units_micro,
        correction.reason,
    )


def _logged(correction: Correction, actor: str) -> AuditRecord:
    after = {
        "application_id": correction.application_id,
        "customer_id": correction.customer_id,
        "endpoint_id": correction.endpoint_id,
        "units": decimal_text(correction.units_micro),
        "reason": NOT_KEPT,
    }
    return AuditRecord(
        correction.at_us, actor, "correct", "ledger", correction.correction_id, None, after
    )


def _row(account: LedgerAccount) -> contract.LedgerRow:
    return contract.LedgerRow(
        application_id=account.application_id,
        customer_id=account.customer_id,
        endpoint_id=account.endpoint_id,
        held=decimal_text(account.held),
        holds=account.holds,
        settled=decimal_text(account.settled),
        released=decimal_text(account.released),
        corrected=decimal_text(account.corrected),
        events=account.events,
        unsettled=account.unsettled,
    )


def _correction(entry: Correction) -> contract.Correction:
    return contract.Correction(
        correction_id=entry.correction_id,
        application_id=entry.application_id,
        customer_id=entry.customer_id,
        endpoint_id=entry.endpoint_id,
        units=decimal_text(entry.units_micro),
        reason=entry.reason,
        at=rfc3339(entry.at_us),
        actor=entry.actor,
    )
