"""What the product can do with one workspace, as one value."""

from dataclasses import dataclass, fields

from desktop.services.access import AccessService
from desktop.services.activity import ActivityService
from desktop.services.alerts.service import AlertService
from desktop.services.api_keys import ApiKeyService
from desktop.services.applications import ApplicationService
from desktop.services.attention import AttentionService
from desktop.services.billing.build import BillingServices
from desktop.services.blocks import BlockService
from desktop.services.catalogs import CatalogService
from desktop.services.conflicts import ConflictService
from desktop.services.connection import ConnectionService
from desktop.services.customers.build import CustomerServices
from desktop.services.explanations import ExplainService
from desktop.services.explorer import ExplorerService
from desktop.services.export import ExportService
from desktop.services.health import HealthService
from desktop.services.identities import IdentityService
from desktop.services.invoicing import InvoiceService
from desktop.services.key_transfer import KeyTransferService
from desktop.services.link import ServiceLink
from desktop.services.link_handler import LinkHandlerService
from desktop.services.live_updates import LiveUpdates
from desktop.services.locking import LockingService
from desktop.services.mail.building import Mail
from desktop.services.network import NetworkService
from desktop.services.plans import PlanService
from desktop.services.policies import PolicyService
from desktop.services.pricing import PricingService
from desktop.services.privacy.account_end.service import AccountDeletionService
from desktop.services.privacy.build import PrivacyServices
from desktop.services.privacy.erasing.build import ErasingServices
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.reminders import ReminderService
from desktop.services.rule_files import RuleFileService
from desktop.services.sample_data import SampleDataService
from desktop.services.sdk_keys import SdkKeyService
from desktop.services.service_archive import ServiceArchives
from desktop.services.sign_in.building import SignIn
from desktop.services.storage.vault import Vault
from desktop.services.sync import SyncService
from desktop.services.sync_records import SyncRecordsService
from desktop.services.traces import TraceService
from desktop.services.upkeep import Upkeep
from desktop.services.usage import UsageService
from desktop.services.usage_answers import UsageAnswers
from desktop.services.vault_keeping import VaultService
from desktop.services.what_if import WhatIfService
from desktop.services.workspace import WorkspaceService
from desktop.services.workspaces import WorkspacesService


@dataclass(frozen=True, slots=True)
class Services:
    """Everything the product can do with one workspace. The services may be used on any thread."""

    vault: Vault
    link: ServiceLink
    upkeep: Upkeep
    archives: ServiceArchives
    workspace: WorkspaceService
    workspaces: WorkspacesService
    keeping: VaultService
    connection: ConnectionService
    sync: SyncService
    live: LiveUpdates
    network: NetworkService
    sync_records: SyncRecordsService
    conflicts: ConflictService
    usage: UsageService
    answers: UsageAnswers
    explorer: ExplorerService
    pricing: PricingService
    plans: PlanService
    rule_files: RuleFileService
    what_if: WhatIfService
    invoices: InvoiceService
    policies: PolicyService
    catalogs: CatalogService
    blocks: BlockService
    customers: CustomerServices
    applications: ApplicationService
    connections: HealthService
    identities: IdentityService
    access: AccessService
    activity: ActivityService
    traces: TraceService
    explanations: ExplainService
    api_keys: ApiKeyService
    sdk_keys: SdkKeyService
    reminders: ReminderService
    alerts: AlertService
    attention: AttentionService
    key_transfer: KeyTransferService
    locking: LockingService
    link_handler: LinkHandlerService
    export: ExportService
    sample_data: SampleDataService
    privacy: PrivacyServices
    erasing: ErasingServices
    mail: Mail
    sign_in: SignIn
    billing: BillingServices
    account_end: AccountDeletionService

    def all(self) -> tuple[object, ...]:
        """The services themselves: what calls may be answered by."""
        parts = (getattr(self, field.name) for field in fields(self))
        areas = (
            self.privacy,
            self.erasing,
            self.customers,
            self.mail,
            self.sign_in,
            self.answers,
            self.billing,
        )
        inner = (self.vault, self.link, self.upkeep, self.archives, *areas)
        inside = (service for area in areas for service in area.all())
        return (*(part for part in parts if part not in inner), *inside)

    @property
    def privacy_requests(self) -> PrivacyRequestService:
        return self.privacy.requests

    @property
    def privacy_packages(self) -> PrivacyPackageService:
        return self.privacy.packages

    def close(self) -> None:
        """End syncing and let another process open the vault. The core just ends instead."""
        self.upkeep.stop()
        self.mail.courier.stop()
        self.live.stop()
        self.sync.stop()
        self.link.forget()
        self.vault.close()
