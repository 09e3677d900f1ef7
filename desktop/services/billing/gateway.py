"""What a payment provider must be able to do; Stripe and Paddle each have one.

A gateway speaks for one key. It translates the provider's errors into those of the owner, once;
nothing here touches the vault. Any thread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final, Protocol, runtime_checkable

from contract.pricing.rule import Rule
from contract.terms import BillingProvider
from desktop.domain.billing.mirror import MirroredObject, ObjectKind
from desktop.domain.billing.providers import MissingPermission, Mode
from desktop.domain.billing.publication import (
    FieldDifference,
    PlanStep,
    Publication,
    PublishQuestion,
)
from desktop.domain.pricing.published import PricingRule

EVENTS_KEPT_DAYS: Final = 30
"""How long providers keep events; who was away longer reads everything anew."""


@dataclass(frozen=True, slots=True)
class Introduction:
    """Whose key it is, and what it may not do."""

    account_id: str
    account_name: str
    mode: Mode
    is_restricted: bool


@dataclass(frozen=True, slots=True)
class ObjectPage:
    """A page of one kind, in the provider's order."""

    objects: tuple[MirroredObject, ...]
    next_cursor: str
    """Empty at the end."""


@dataclass(frozen=True, slots=True)
class Gone:
    """An object that the provider no longer has."""

    kind: ObjectKind
    object_id: str


@dataclass(frozen=True, slots=True)
class NewsPage:
    """What changed since a cursor, the oldest first."""

    changed: tuple[MirroredObject, ...]
    gone: tuple[Gone, ...]
    next_cursor: str
    has_more: bool


class NewsLost(Exception):
    """The provider no longer knows a cursor of ours: everything is read anew. Nobody is told."""


@dataclass(frozen=True, slots=True)
class PricedRule:
    """A rule as it is to be had at the provider."""

    question: PublishQuestion
    published: PricingRule
    rule: Rule


@dataclass(frozen=True, slots=True)
class Comparison:
    """What publishing would take: steps, or why it cannot be."""

    steps: tuple[PlanStep, ...]
    refusals: tuple[str, ...]
    notes: tuple[str, ...]
    seen: str
    """What the provider had when it was compared, as text: part of the plan's digest."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What a provider made of a rule."""

    product_id: str
    price_id: str
    meter_id: str
    event_name: str
    taken: tuple[PlanStep, ...]
    request_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeterEvent:
    """Usage for one payer, told to the provider under the claim's id."""

    claim_id: str
    event_name: str
    payer: str
    value: int
    at: datetime
    """In whole seconds; the minute is this report's own."""


@dataclass(frozen=True, slots=True)
class Handed:
    """What the provider said to a meter event."""

    claim_id: str
    is_taken: bool
    """Taken, which is not yet counted. False: refused for good, for the reason."""
    reason: str = ""
    request_id: str = ""


class ProviderGateway(Protocol):
    """One provider with one key.

    Raises, from every call: ProviderUnreachable, ProviderBusy, ProviderRefused (with the provider's
    request id), PermissionMissing, and what the door raises.
    """

    provider: BillingProvider
    kinds: tuple[ObjectKind, ...]
    """What can be read, in the order in which it is."""

    def introduce(self) -> Introduction:
        """Ask whose key this is."""

    def missing_permissions(self) -> tuple[MissingPermission, ...]:
        """What the key may not do; found out by asking, without changing anything."""

    def page(self, kind: ObjectKind, cursor: str) -> ObjectPage:
        """A page of everything of a kind; the first for an empty cursor."""

    def news_from(self) -> str:
        """A cursor that tells of everything from now on; taken before a full reading."""

    def news(self, cursor: str) -> NewsPage:
        """What changed after a cursor. Raises: NewsLost."""

    def compare(self, priced: PricedRule, known: Publication | None) -> Comparison:
        """What publishing a rule would change. Changes nothing."""

    def apply(self, priced: PricedRule, known: Publication | None) -> Applied:
        """Publish a rule. Safe to repeat after a crash: what was made is found again."""

    def drift(self, priced: PricedRule, known: Publication) -> Sequence[FieldDifference]:
        """Where the published rule and the provider differ, field by field."""

    def close(self) -> None: ...


@runtime_checkable
class PeopleGateway(Protocol):
    """What privacy asks of a provider. Raises as `ProviderGateway`."""

    def forget_payer(self, payer: str) -> None:
        """Delete a customer, or archive one that cannot be deleted; one that is gone stays so."""

    def correct_payer(self, payer: str, field: str, value: str) -> None:
        """Set the `name` or the `email` of a customer."""


@runtime_checkable
class UsageGateway(Protocol):
    """A provider that counts usage itself. Raises as `ProviderGateway`."""

    def hand_over(self, events: Sequence[MeterEvent]) -> Iterator[Handed]:
        """Tell usage, up to 100 events; one answer each, in order, as they come.

        Raises as every call when nobody knows what became of them; telling the same again within 24
        hours counts nothing twice.
        """

    def counted(self, meter_id: str, payer: str, start: datetime, end: datetime) -> Decimal:
        """What was counted for a payer from `start` on and before `end`, both whole minutes."""

    def take_back(self, event_name: str, claim_id: str) -> str:
        """Cancel an event that was taken less than 24 hours ago; the provider's request id.

        Safe to repeat. Raises: ProviderRefused when it is too late, or was never taken.
        """
