"""What payment providers told the service by themselves."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contract.terms import BillingProvider
from desktop.domain.billing.providers import Account, Mode


class EventOutcome(StrEnum):
    """What became of an event here."""

    APPLIED = "applied"
    """The lists show it."""
    OLDER = "older"
    """The lists had newer things already."""
    NOTICED = "noticed"
    """Its contents cannot be opened here, or are of a kind that is not listed."""


@dataclass(frozen=True, slots=True)
class WebhookSetup:
    """An account whose events the service takes. Holds no secret but the address."""

    account: Account
    url: str
    """What the provider is told."""
    secrets: int
    """How many signing secrets are good; with none every event is refused."""
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """An event as lists show it."""

    event_id: str
    type: str
    """In the provider's words, such as `invoice.paid`."""
    object_id: str
    occurred_at: datetime
    received_at: datetime
    outcome: EventOutcome


@dataclass(frozen=True, slots=True)
class EventsPage:
    rows: tuple[ProviderEvent, ...]
    """The newest first."""
    total: int


def webhook_id(account: Account) -> str:
    """Under which id the service has the webhook of an account."""
    return f"{account.provider.value}_{account.mode.value}"


def account_of(webhook: str) -> Account | None:
    """The account of such an id; None for one that another program made."""
    for provider in BillingProvider:
        for mode in Mode:
            if webhook_id(Account(provider, mode)) == webhook:
                return Account(provider, mode)
    return None
