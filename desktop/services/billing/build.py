"""Puts the services of billing together. A provider's library comes with its first gateway."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from contract.terms import BillingProvider
from desktop.domain.network import Purpose
from desktop.services.billing.attention import BillingAttention
from desktop.services.billing.claims import ClaimLedger
from desktop.services.billing.comparing import BillingComparisonService
from desktop.services.billing.connections import BillingConnectionService
from desktop.services.billing.gateways import Gateways, MakeGateway
from desktop.services.billing.mapping import MappingService
from desktop.services.billing.paddle.billing import InvoiceBillingService
from desktop.services.billing.publishing import BillingPublishService
from desktop.services.billing.reading import MirrorService
from desktop.services.billing.reporting import Tools, UsageReportService
from desktop.services.billing.webhooks import WebhookService

if TYPE_CHECKING:
    import httpx

    from desktop.domain.usage import Stamp
    from desktop.services.billing.gateway import ProviderGateway
    from desktop.services.billing.stripe.api import StripeApi
    from desktop.services.link import ServiceLink
    from desktop.services.network_log import NetworkLog
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class BillingGround:
    """What the services of billing stand on."""

    vault: "Vault"
    store: "SecretStore"
    link: "ServiceLink"
    contacts: "NetworkLog"
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    stamp: "Callable[[], Stamp]"
    notice: Callable[[str], None]
    gateways: Mapping[BillingProvider, MakeGateway] | None = None
    """Stand in for the providers; the real ones by default."""


@dataclass(frozen=True, slots=True)
class BillingServices:
    """Everything about payment providers that the window and the command line may ask for."""

    connections: BillingConnectionService
    mirror: MirrorService
    mapping: MappingService
    publishing: BillingPublishService
    reports: UsageReportService
    months: InvoiceBillingService
    comparison: BillingComparisonService
    webhooks: WebhookService
    gateways: Gateways
    ledger: ClaimLedger
    attention: BillingAttention

    def all(self) -> tuple[object, ...]:
        """What calls may be answered by."""
        inner = (self.gateways, self.ledger, self.attention)
        parts = (getattr(self, field.name) for field in fields(self))
        return tuple(part for part in parts if part not in inner)


def build_billing(ground: BillingGround) -> BillingServices:
    """Build the services; reads and writes nothing yet."""
    vault, clock = ground.vault, ground.clock
    changed = partial(ground.notice, "billing")
    gateways = Gateways(vault, ground.store, ground.gateways or _providers(ground))
    ledger = ClaimLedger(vault, ground.link)
    tools = Tools(vault, gateways, ledger, clock, ground.new_id, ground.stamp, changed)
    return BillingServices(
        connections=BillingConnectionService(vault, ground.store, gateways, clock, changed),
        mirror=MirrorService(vault, gateways, clock, changed),
        mapping=MappingService(vault, changed),
        publishing=BillingPublishService(vault, gateways, clock, changed),
        reports=UsageReportService(tools),
        months=InvoiceBillingService(tools),
        comparison=BillingComparisonService(vault, gateways, ground.stamp, clock),
        webhooks=WebhookService(vault, ground.link, changed),
        gateways=gateways,
        ledger=ledger,
        attention=BillingAttention(),
    )


def _providers(ground: BillingGround) -> dict[BillingProvider, MakeGateway]:
    def open_transport(url: str) -> "httpx.BaseTransport":
        from desktop.services.door import Door

        return Door(ground.vault, ground.contacts).transport(url, Purpose.BILLING)

    def stripe(key: str) -> "ProviderGateway":
        from desktop.services.billing.stripe.api import StripeApi
        from desktop.services.billing.stripe.gateway import StripeGateway

        def api(of_key: str) -> "StripeApi":
            return StripeApi(of_key, open_transport)

        return StripeGateway(key, api)

    def paddle(key: str) -> "ProviderGateway":
        from desktop.services.billing.paddle.client import PaddleClient
        from desktop.services.billing.paddle.gateway import PaddleGateway
        from desktop.services.billing.paddle.keys import URLS, mode_of

        url = URLS[mode_of(key)]
        return PaddleGateway(key, PaddleClient(url, key, open_transport(url)))

    return {BillingProvider.STRIPE: stripe, BillingProvider.PADDLE: paddle}
