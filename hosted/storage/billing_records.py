"""The ledger of what was reported to payment providers."""

from dataclasses import dataclass

from contract.messages.billing import ClaimState


@dataclass(frozen=True, slots=True)
class ClaimKey:
    """One customer's usage by one meter in one window, for one account of a provider."""

    application_id: str
    provider: str
    mode: str
    account_id: str
    customer_id: str
    meter: str
    window: str


@dataclass(frozen=True, slots=True)
class BillingClaim:
    """An entry; see `contract.messages.billing.Claim`. Units in millionths."""

    claim_id: str
    application_id: str
    provider: str
    mode: str
    account_id: str
    customer_id: str
    meter: str
    window: str
    part: int
    payer: str
    event_name: str
    slot: int
    units: int
    basis: int
    state: ClaimState
    holder: str
    leased_until_us: int
    sending_since_us: int
    reason: str
    request_id: str
    change: int
