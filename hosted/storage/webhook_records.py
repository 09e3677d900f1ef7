"""Webhooks of payment providers, and the events they brought."""

from dataclasses import dataclass

from contract.terms import BillingProvider


@dataclass(frozen=True, slots=True)
class StoredWebhook:
    """One account of a provider; its address and signing secrets are encrypted."""

    webhook_id: str
    provider: BillingProvider
    is_live: bool
    sealed: bytes
    changed_us: int


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """An event as it is kept. `sealed` opens in the owner's vault only; None without a vault."""

    webhook_id: str
    event_id: str
    type: str
    object_id: str
    occurred_us: int
    received_us: int
    sealed: str | None
    revision: int = 0
    """Its place in the feed; given by the storage."""
