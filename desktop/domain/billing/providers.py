"""Payment providers, and how this workspace is connected to one."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from contract.terms import BillingProvider


class Mode(StrEnum):
    """Whether money moves. Told by the key itself; shown wherever the provider is."""

    TEST = "test"
    """Stripe's test mode and sandboxes, Paddle's sandbox."""
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class Account:
    """One side of a provider that the workspace works with: everything is kept by it."""

    provider: BillingProvider
    mode: Mode


@dataclass(frozen=True, slots=True)
class MissingPermission:
    """Something a restricted key may not do, and what does not work without it."""

    name: str
    """As the provider calls it, such as `rak_price_write`; empty where it does not say."""
    needed_for: str


@dataclass(frozen=True, slots=True)
class ProviderConnection:
    """A provider the workspace is connected to. Holds no secret."""

    account: Account
    account_id: str
    """The provider's id of the owner's account there; empty where the key may not read it."""
    account_name: str
    key_hint: str
    """Last four characters of the key."""
    is_restricted: bool
    connected_at: datetime
    missing: tuple[MissingPermission, ...] = ()
