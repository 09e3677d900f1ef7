"""Webhooks of payment providers at the service, and the feed of what they brought."""

from typing import Annotated

from pydantic import Field, StringConstraints

from contract.messages.base import Answer, Id, Request, Timestamp
from contract.terms import BillingProvider

SigningSecret = Annotated[str, StringConstraints(pattern=r"^[!-~]{8,255}$")]


class WebhookSetting(Request):
    """What a provider signs its events with; sent by the desktop, never shown again."""

    provider: BillingProvider
    is_live: bool
    secrets: Annotated[tuple[SigningSecret, ...], Field(max_length=4)]
    """All that are good now, the newest first: several while one is being rotated. None while the
    provider has not made one yet: it wants the address first."""


class Webhook(Answer):
    """A webhook as the service has it."""

    webhook_id: Id
    provider: BillingProvider
    is_live: bool
    path: str
    """Below the service's public address: what the provider is told. Nobody can guess it."""
    secrets: Annotated[int, Field(ge=0)]
    """How many signing secrets it takes; with none it refuses every event."""
    changed_at: Timestamp


class WebhooksPage(Answer):
    """Every webhook of the service."""

    rows: tuple[Webhook, ...]


class WebhookEvent(Answer):
    """An event that a provider sent, in the order of arrival."""

    webhook_id: Id
    event_id: str
    type: str
    """In the provider's words, such as `invoice.paid`."""
    object_id: str
    """What the event is about; empty where it does not say."""
    occurred_at: Timestamp
    received_at: Timestamp
    sealed: str | None
    """The whole event, sealed to the account's vault and bound to webhook and event; nothing when
    no vault had told its key, or the webhook was removed."""


class WebhookEventsPage(Answer):
    """A page of events after a cursor."""

    rows: tuple[WebhookEvent, ...]
    next_cursor: str
    has_more: bool
