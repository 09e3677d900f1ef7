"""The ledger of what was reported to payment providers: claims, outcomes, and what changed."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contract.messages import billing as contract
from contract.messages.billing import ProviderMode
from contract.terms import BillingProvider
from hosted.admin.access import Caller
from hosted.admin.billing_claims import ClaimWindows, Granted, RecordOutcomes
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.paging import Limit, RowId
from hosted.admin.problems import Refusal
from hosted.admin.quantities import decimal_text
from hosted.admin.reach import Reach
from hosted.admin.roles import Permission
from hosted.clock import rfc3339
from hosted.storage.billing_records import BillingClaim

CLAIMS = "/v1/applications/{row_id}/billing/claims"
OUTCOMES = "/v1/applications/{row_id}/billing/outcomes"
After = Annotated[
    int, Query(ge=0, le=2**53, description="Only entries that changed after this change.")
]


def router(context: Context) -> APIRouter:
    """Routes of the ledger of reports."""
    routes = APIRouter(tags=["billing"])
    _add_reading(routes, context)
    _add_claiming(routes, context)
    return routes


def _add_reading(routes: APIRouter, context: Context) -> None:
    Reader = Annotated[Caller, Depends(context.needs(Permission.READ, Reach.APPLICATION))]  # noqa: N806 - a type

    @routes.get(CLAIMS, response_model=contract.ClaimsPage, responses=context.guarded(404, 422))
    async def claims(
        _caller: Reader, row_id: RowId, after: After = 0, limit: Limit = 100
    ) -> Response:
        """What was claimed and what became of it, in the order of the last changes."""
        _require_application(context, row_id)
        found = await asyncio.to_thread(context.storage.claims_changed, row_id, after, limit + 1)
        page = found[:limit]
        answer = contract.ClaimsPage(
            rows=tuple(map(_claim, page)),
            next_change=page[-1].change if page else after,
            has_more=len(found) > limit,
        )
        return json_answer(answer)


def _add_claiming(routes: APIRouter, context: Context) -> None:
    Biller = Annotated[Caller, Depends(context.needs(Permission.BILLING, Reach.APPLICATION))]  # noqa: N806 - a type

    @routes.post(
        CLAIMS,
        response_model=contract.ClaimsAnswer,
        responses=context.guarded(404, 413, 415, 422),
        openapi_extra=described(contract.ClaimsRequest),
    )
    async def claim(
        caller: Biller,
        row_id: RowId,
        request: Annotated[contract.ClaimsRequest, Depends(json_body(contract.ClaimsRequest))],
    ) -> Response:
        """Claim usage that is to be reported. A repetition by the same holder gets the same claims.

        A claim whose lease has ended goes to the next one who asks, as it is.
        """
        _require_application(context, row_id)
        command = ClaimWindows(row_id, request, caller.token_id, context.clock())
        granted = await context.writer.run(command)
        return json_answer(contract.ClaimsAnswer(rows=tuple(map(_result, granted))))

    @routes.post(
        OUTCOMES,
        response_model=contract.OutcomesAnswer,
        responses=context.guarded(404, 413, 415, 422),
        openapi_extra=described(contract.OutcomesRequest),
    )
    async def tell(
        caller: Biller,
        row_id: RowId,
        request: Annotated[contract.OutcomesRequest, Depends(json_body(contract.OutcomesRequest))],
    ) -> Response:
        """Tell what became of claims."""
        _require_application(context, row_id)
        command = RecordOutcomes(row_id, request, caller.token_id, context.clock())
        found = await context.writer.run(command)
        return json_answer(contract.OutcomesAnswer(rows=tuple(map(_claim, found))))


def _require_application(context: Context, row_id: str) -> None:
    if context.directory.application(row_id) is None:
        raise Refusal(404, "The service has no such application. Nothing was changed.")


def _result(granted: Granted) -> contract.ClaimResult:
    claim = None if granted.claim is None else _claim(granted.claim)
    return contract.ClaimResult(outcome=granted.outcome, claim=claim)


def _claim(entry: BillingClaim) -> contract.Claim:
    return contract.Claim(
        claim_id=entry.claim_id,
        application_id=entry.application_id,
        provider=BillingProvider(entry.provider),
        mode=ProviderMode(entry.mode),
        account_id=entry.account_id,
        customer_id=entry.customer_id,
        meter=entry.meter,
        window=entry.window,
        part=entry.part,
        payer=entry.payer,
        event_name=entry.event_name,
        slot=entry.slot,
        units=decimal_text(entry.units),
        basis=entry.basis,
        state=entry.state,
        holder=entry.holder,
        leased_until=rfc3339(entry.leased_until_us),
        sending_since=rfc3339(entry.sending_since_us),
        reason=entry.reason,
        request_id=entry.request_id,
        change=entry.change,
    )
