"""What the provider has, as it was last read: everything here is shown without a network."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from desktop.domain.billing.providers import Account
from desktop.domain.money import Money


class ObjectKind(StrEnum):
    """Kinds that both providers have, by one name; the provider's own is in the comment."""

    PRODUCT = "product"
    METER = "meter"
    """Stripe only."""
    PRICE = "price"
    CUSTOMER = "customer"
    SUBSCRIPTION = "subscription"
    INVOICE = "invoice"
    """An invoice of Stripe, a transaction of Paddle."""
    PAYMENT = "payment"
    """A charge of Stripe; Paddle tells of payments in its transactions."""
    REFUND = "refund"
    """A refund of Stripe, an adjustment of Paddle."""
    CREDIT = "credit"
    """A credit note of Stripe; Paddle's are adjustments."""
    PAYOUT = "payout"
    BALANCE = "balance"
    """One object an account: what is available and what is on its way, by currency."""


@dataclass(frozen=True, slots=True)
class MirroredObject:
    """One object of the provider: what lists show, and the object itself."""

    kind: ObjectKind
    object_id: str
    name: str
    """Name, e-mail, number or description: what people know it by; perhaps empty."""
    status: str
    """The provider's own word, such as `active`, `paid`, `archived`."""
    parent_id: str
    """The product of a price, the invoice of a payment, the payment of a refund; else empty."""
    customer_id: str
    """The provider's id of the customer it is about; empty for none."""
    amount: Money | None
    created_at: datetime
    body: dict[str, Any]
    """As the provider tells it; amounts of it are text or integers, never floats."""


@dataclass(frozen=True, slots=True)
class MirrorQuestion:
    """A page of a list. `search` looks into ids, names, status and customers; case is ignored."""

    account: Account
    kind: ObjectKind
    search: str = ""
    status: str = ""
    customer_id: str = ""
    offset: int = 0
    limit: int = 100


@dataclass(frozen=True, slots=True)
class MirrorPage:
    rows: tuple[MirroredObject, ...]
    """The newest first; without their bodies."""
    total: int
    as_of: datetime | None
    """When the list was last complete; None when it never was."""
    statuses: tuple[str, ...]
    """Every status in the list, for the filter."""


@dataclass(frozen=True, slots=True)
class KindState:
    """How far a kind has been read."""

    kind: ObjectKind
    objects: int
    as_of: datetime | None
    """When the list was last known to be complete; None when it never was."""
    is_partial: bool
    """Whether reading stopped on the way; it goes on from there."""


@dataclass(frozen=True, slots=True)
class ReadReceipt:
    """What a reading brought."""

    changed: int
    """Objects that were stored."""
    was_full: bool
    """Everything was read, not only what the provider's events told of."""
    left_out: tuple[str, ...] = ()
    """What the key may not read, in words."""


@dataclass(frozen=True, slots=True)
class BalanceSummary:
    """Money at the provider, as of the last reading."""

    available: tuple[Money, ...]
    pending: tuple[Money, ...]
    payouts: tuple[MirroredObject, ...]
    """The newest first."""
    paid_out: tuple[Money, ...]
    """By currency: the sum of the payouts that arrived, of those that were read."""
    as_of: datetime | None
