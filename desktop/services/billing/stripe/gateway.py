"""Stripe, as the services of billing see a provider."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import ObjectKind
from desktop.domain.billing.providers import MissingPermission
from desktop.domain.billing.publication import FieldDifference, Publication
from desktop.services.billing.gateway import (
    Applied,
    Comparison,
    Handed,
    Introduction,
    MeterEvent,
    NewsPage,
    ObjectPage,
    PricedRule,
)
from desktop.services.billing.stripe import metering, people, reading
from desktop.services.billing.stripe.api import StripeApi
from desktop.services.billing.stripe.objects import KINDS
from desktop.services.billing.stripe.previews import Preview, preview
from desktop.services.billing.stripe.publishing import Publishing


class StripeGateway:
    """See `desktop.services.billing.gateway`; counts usage too."""

    provider = BillingProvider.STRIPE
    kinds: tuple[ObjectKind, ...] = tuple(KINDS.values())

    def __init__(self, key: str, make_api: Callable[[str], StripeApi]) -> None:
        """Raises: InvalidInput (field `key`) for what cannot be a key of Stripe's."""
        reading.check_key(key)
        self._api = make_api(key)

    def introduce(self) -> Introduction:
        return reading.introduce(self._api)

    def missing_permissions(self) -> tuple[MissingPermission, ...]:
        return reading.missing_permissions(self._api)

    def page(self, kind: ObjectKind, cursor: str) -> ObjectPage:
        return reading.page(self._api, kind, cursor)

    def news_from(self) -> str:
        return reading.news_from(self._api)

    def news(self, cursor: str) -> NewsPage:
        return reading.news(self._api, cursor)

    def compare(self, priced: PricedRule, _known: Publication | None) -> Comparison:
        return Publishing(self._api, priced).compare()

    def apply(self, priced: PricedRule, _known: Publication | None) -> Applied:
        return Publishing(self._api, priced).apply()

    def drift(self, priced: PricedRule, known: Publication) -> Sequence[FieldDifference]:
        return Publishing(self._api, priced).drift(known)

    def hand_over(self, events: Sequence[MeterEvent]) -> Iterator[Handed]:
        return metering.hand_over(self._api, events)

    def counted(self, meter_id: str, payer: str, start: datetime, end: datetime) -> Decimal:
        return metering.counted(self._api, meter_id, payer, start, end)

    def take_back(self, event_name: str, claim_id: str) -> str:
        return metering.take_back(self._api, event_name, claim_id)

    def preview(self, payer: str) -> tuple[Preview, ...]:
        """What Stripe would bill a payer for each living subscription if it billed now."""
        return preview(self._api, payer)

    def forget_payer(self, payer: str) -> None:
        people.forget(self._api, payer)

    def correct_payer(self, payer: str, field: str, value: str) -> None:
        people.correct(self._api, payer, field, value)

    def close(self) -> None:
        self._api.close()
