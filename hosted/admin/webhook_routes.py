"""Webhooks of payment providers, as their owner sets them and desktops read them."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Query
from fastapi.responses import Response

from contract.messages import webhooks as told
from hosted.admin.access import Caller
from hosted.admin.bodies import described, json_answer, json_body
from hosted.admin.context import Context
from hosted.admin.cursors import CursorUnknown, Place
from hosted.admin.paging import Cursor, RowId
from hosted.admin.problems import Refusal
from hosted.admin.roles import Permission
from hosted.clock import rfc3339
from hosted.storage.webhook_records import StoredEvent
from hosted.webhooks.book import Webhook, new_address
from hosted.webhooks.commands import PutWebhook, RemoveWebhook

PATH: Final = "/v1/billing/webhooks"
EVENTS_PATH: Final = "/v1/billing/events"
CALLED_PATH: Final = "/v1/webhooks"
FEED: Final = "webhook events"
MOST_WEBHOOKS: Final = 100
EVENTS_LIMIT: Final = 200
"""A page of events of the largest size is some megabytes."""
NO_SUCH: Final = "The service has no such webhook."


def router(context: Context) -> APIRouter:
    """Routes of the owner's side."""
    routes = APIRouter(tags=["billing"])
    _add_setting(routes, context)
    _add_removal(routes, context)
    _add_feed(routes, context)
    return routes


def _add_setting(routes: APIRouter, context: Context) -> None:
    Owner = Annotated[Caller, Depends(context.needs(Permission.ACCESS))]  # noqa: N806 - a type

    @routes.get(PATH, response_model=told.WebhooksPage, responses=context.guarded())
    async def webhooks(_caller: Owner) -> Response:
        """Every webhook, with the address the provider is told, without its signing secrets."""
        rows = tuple(_told(webhook) for webhook in context.webhooks.all())
        return json_answer(told.WebhooksPage(rows=rows))

    @routes.put(
        PATH + "/{row_id}",
        response_model=told.Webhook,
        responses=context.guarded(413, 415, 422),
        openapi_extra=described(told.WebhookSetting),
    )
    async def put_webhook(
        caller: Owner,
        row_id: RowId,
        setting: Annotated[told.WebhookSetting, Depends(json_body(told.WebhookSetting))],
    ) -> Response:
        """Take a provider's events, signed with one of these secrets.

        The address stays the same when secrets are rotated; of another provider or mode it is a
        new one.
        """
        before = context.webhooks.find(row_id)
        if before is None and len(context.webhooks.all()) >= MOST_WEBHOOKS:
            raise Refusal(422, f"The service takes {MOST_WEBHOOKS} webhooks at most.")
        after = _after(context, before, row_id, setting)
        await context.writer.run(
            PutWebhook(before, after, context.secrets.webhooks, caller.token_id)
        )
        context.webhooks.apply(after)
        return json_answer(_told(after))


def _add_removal(routes: APIRouter, context: Context) -> None:
    @routes.delete(
        PATH + "/{row_id}",
        status_code=204,
        response_class=Response,
        responses=context.guarded(404, 422),
    )
    async def remove_webhook(
        caller: Annotated[Caller, Depends(context.needs(Permission.ACCESS))], row_id: RowId
    ) -> Response:
        """Take no more events there. The contents of those that came are forgotten."""
        webhook = context.webhooks.find(row_id)
        if webhook is None:
            raise Refusal(404, NO_SUCH)
        await context.writer.run(RemoveWebhook(webhook, context.clock(), caller.token_id))
        context.webhooks.drop(row_id)
        return Response(status_code=204)


def _add_feed(routes: APIRouter, context: Context) -> None:
    Editor = Annotated[Caller, Depends(context.needs(Permission.EDIT))]  # noqa: N806 - a type

    @routes.get(
        EVENTS_PATH, response_model=told.WebhookEventsPage, responses=context.guarded(410, 422)
    )
    async def events(
        _caller: Editor,
        cursor: Cursor = None,
        limit: Annotated[int, Query(ge=1, le=EVENTS_LIMIT)] = 100,
    ) -> Response:
        """What providers sent, in the order of arrival; without cursor from the beginning.

        Events are kept for 35 days. The cursor of a reader that missed some is not known any
        more: read everything from the provider, then begin without one.
        """
        return json_answer(await asyncio.to_thread(_page, context, cursor, limit))


def _page(context: Context, cursor: str | None, limit: int) -> told.WebhookEventsPage:
    after = 0
    if cursor is not None:
        after = context.cursors.read(cursor, FEED).revision or 0
        forgotten = context.storage.forgotten_webhook_revision()
        if after < forgotten or after > context.storage.revision():
            raise CursorUnknown
    rows = context.storage.webhook_events(after, limit + 1)
    page = rows[:limit]
    reached = page[-1].revision if page else max(after, _nothing_before(context, cursor))
    return told.WebhookEventsPage(
        rows=tuple(_event(row) for row in page),
        next_cursor=context.cursors.write(Place(FEED, revision=reached)),
        has_more=len(rows) > limit,
    )


def _nothing_before(context: Context, cursor: str | None) -> int:
    """Where a first reader of an empty feed stands."""
    return context.storage.forgotten_webhook_revision() if cursor is None else 0


def _after(
    context: Context, before: Webhook | None, webhook_id: str, setting: told.WebhookSetting
) -> Webhook:
    is_same = before is not None and (before.provider, before.is_live) == (
        setting.provider,
        setting.is_live,
    )
    return Webhook(
        webhook_id=webhook_id,
        provider=setting.provider,
        is_live=setting.is_live,
        address=before.address if before is not None and is_same else new_address(),
        secrets=setting.secrets,
        changed_us=context.clock(),
    )


def _told(webhook: Webhook) -> told.Webhook:
    return told.Webhook(
        webhook_id=webhook.webhook_id,
        provider=webhook.provider,
        is_live=webhook.is_live,
        path=f"{CALLED_PATH}/{webhook.address}",
        secrets=len(webhook.secrets),
        changed_at=rfc3339(webhook.changed_us),
    )


def _event(stored: StoredEvent) -> told.WebhookEvent:
    return told.WebhookEvent(
        webhook_id=stored.webhook_id,
        event_id=stored.event_id,
        type=stored.type,
        object_id=stored.object_id,
        occurred_at=rfc3339(stored.occurred_us),
        received_at=rfc3339(stored.received_us),
        sealed=stored.sealed,
    )
