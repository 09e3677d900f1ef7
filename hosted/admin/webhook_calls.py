"""Where payment providers send their events to: no token, but an address and a signature."""

import asyncio
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from fastapi.responses import Response

from contract.sealing import seal_message
from hosted.admin.context import Context
from hosted.admin.problems import Refusal
from hosted.admin.webhook_routes import CALLED_PATH
from hosted.storage.webhook_records import StoredEvent
from hosted.webhooks.book import Webhook
from hosted.webhooks.commands import TakeEvent
from hosted.webhooks.events import NotAnEvent, outline_of
from hosted.webhooks.signatures import NotSigned, header_of, verify

LARGEST_BODY: Final = 512 * 1024
NOT_SIGNED: Final = (
    "The signature is not one of this account, or too old. Nothing was stored. Look at the signing "
    "secret, and at the clock of the service's computer."
)
NOT_AN_EVENT: Final = "This is no event of this account. Nothing was stored."

Address = Annotated[
    str, Path(pattern=r"^[A-Za-z0-9_-]{8,64}$", description="The webhook's own address.")
]


def router(context: Context) -> APIRouter:
    """The one route that providers call."""
    routes = APIRouter(tags=["billing"])

    @routes.post(
        CALLED_PATH + "/{address}",
        status_code=204,
        response_class=Response,
        responses=context.problems(400, 404, 413, 422, 503),
    )
    async def take_event(address: Address, request: Request) -> Response:
        """Take an event of Stripe or Paddle; answered when it is stored, and alike a second time.

        The raw body is checked against the header `Stripe-Signature` or `Paddle-Signature`. What
        the event says is sealed to the account's vault before it is stored; while no vault has
        told its key, only what it is about is kept.
        """
        webhook = context.webhooks.at(address)
        if webhook is None:
            raise Refusal(404, "There is nothing here.")
        body = await request.body()
        if len(body) > LARGEST_BODY:
            raise Refusal(413, f"An event may have {LARGEST_BODY} bytes at most.")
        header = request.headers.get(header_of(webhook.provider), "")
        event = await asyncio.to_thread(_accepted, context, webhook, header, body)
        await context.writer.run(TakeEvent(event))
        return Response(status_code=204)

    return routes


def _accepted(context: Context, webhook: Webhook, header: str, body: bytes) -> StoredEvent:
    """The event as it is stored.

    Raises:
        Refusal: 400, in words that tell a stranger nothing.
    """
    now_us = context.clock()
    try:
        verify(webhook.provider, header, body, webhook.secrets, now_us)
        outline = outline_of(webhook.provider, body, is_live=webhook.is_live)
    except NotSigned as error:
        raise Refusal(400, NOT_SIGNED) from error
    except NotAnEvent as error:
        raise Refusal(400, NOT_AN_EVENT) from error
    public_key = context.sealing.public_key
    bound = (webhook.webhook_id, outline.event_id)
    return StoredEvent(
        webhook_id=webhook.webhook_id,
        event_id=outline.event_id,
        type=outline.type,
        object_id=outline.object_id,
        occurred_us=outline.occurred_us,
        received_us=now_us,
        sealed=None if public_key is None else seal_message(public_key, bound, body),
    )
