"""Puts the services of privacy together."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from desktop.services.editing import Edits
from desktop.services.privacy.accounts import AccountAddresses
from desktop.services.privacy.approvals import ApprovalService
from desktop.services.privacy.breaches import BreachService
from desktop.services.privacy.campaigns import CampaignService
from desktop.services.privacy.data_map import DataMapService
from desktop.services.privacy.frozen_mail import Correspondence
from desktop.services.privacy.identity_codes import IdentityCodeService
from desktop.services.privacy.mailbox import PrivacyMailbox
from desktop.services.privacy.overview import PrivacyOverview
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.services.privacy.policy import PolicyService
from desktop.services.privacy.portability import PortabilityService
from desktop.services.privacy.preferences import PreferenceService
from desktop.services.privacy.recipients import RecipientService
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.privacy.retention import RetentionService
from desktop.services.privacy.self_audit import SelfAuditService
from desktop.services.privacy.sources import ServiceCalls
from desktop.services.storage.retention import held_customers

if TYPE_CHECKING:
    from desktop.services.link import ServiceLink
    from desktop.services.mail.outbox import MailOutbox
    from desktop.services.secret_store import SecretStore
    from desktop.services.storage.vault import Vault


@dataclass(frozen=True, slots=True)
class PrivacyGround:
    """What the services of privacy stand on."""

    vault: "Vault"
    store: "SecretStore"
    link: "ServiceLink"
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    outbox: "MailOutbox"
    notice: Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PrivacyServices:
    """Everything about privacy that the window and the command line may ask for."""

    requests: PrivacyRequestService
    packages: PrivacyPackageService
    preferences: PreferenceService
    policy: PolicyService
    campaigns: CampaignService
    recipients: RecipientService
    data_map: DataMapService
    breaches: BreachService
    retention: RetentionService
    approvals: ApprovalService
    codes: IdentityCodeService
    self_audit: SelfAuditService
    overview: PrivacyOverview
    portability: PortabilityService
    mailbox: PrivacyMailbox

    def all(self) -> tuple[object, ...]:
        """What calls may be answered by."""
        parts = (getattr(self, field.name) for field in fields(self))
        return tuple(part for part in parts if part is not self.mailbox)


def build_privacy(ground: PrivacyGround) -> PrivacyServices:
    """Build the services; reads and writes nothing yet. Opt-outs hold for the owner's mail too."""
    vault, store, clock, new_id = ground.vault, ground.store, ground.clock, ground.new_id
    calls = ServiceCalls(vault, ground.link, clock)
    requests = PrivacyRequestService(vault, new_id, clock)
    preferences = PreferenceService(vault, clock)
    accounts = AccountAddresses(store)
    recipients = RecipientService(vault, new_id, clock)
    breaches = BreachService(vault, new_id, clock)
    audits = SelfAuditService(vault, requests, clock)
    approvals = ApprovalService(vault, clock)
    ground.outbox.objections = Correspondence(preferences, store)
    letters = (ground.outbox, preferences, accounts)
    return PrivacyServices(
        requests=requests,
        packages=PrivacyPackageService(vault, store, calls, approvals, clock),
        preferences=preferences,
        policy=PolicyService(vault, accounts, new_id, clock),
        campaigns=CampaignService(vault, ground.link, letters, new_id, clock),
        recipients=recipients,
        data_map=DataMapService(vault, recipients, clock),
        breaches=breaches,
        retention=RetentionService(vault, requests, held_customers, clock),
        approvals=approvals,
        codes=IdentityCodeService(vault, (requests, ground.outbox, accounts), clock),
        self_audit=audits,
        overview=PrivacyOverview(vault, requests, (breaches, recipients, audits), clock),
        portability=PortabilityService(vault, Edits(new_id, clock), clock),
        mailbox=PrivacyMailbox(vault, store, (requests, preferences), clock, ground.notice),
    )
