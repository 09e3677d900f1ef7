"""Puts the services together, for the core process and for the command line alike."""

import logging
import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop import paths
from desktop.domain.errors import WorkspaceListProblem
from desktop.domain.usage import Stamp
from desktop.services.access import AccessService
from desktop.services.activity import ActivityService
from desktop.services.alerts.notifying import NoNotifier, Notifier
from desktop.services.alerts.service import AlertService, Telling
from desktop.services.api_keys import ApiKeyService
from desktop.services.applications import ApplicationService
from desktop.services.attention import AttentionService, AttentionSource
from desktop.services.billing.build import BillingGround, BillingServices, build_billing
from desktop.services.billing.webhooks import EventFeed
from desktop.services.blocks import BlockService
from desktop.services.catalogs import CatalogService
from desktop.services.conflicts import ConflictService
from desktop.services.connection import ConnectionService
from desktop.services.customers.build import CustomerGround, CustomerServices, build_customers
from desktop.services.customers.edits import CustomerEditService
from desktop.services.daily_backup import DailyBackup
from desktop.services.editing import Edits
from desktop.services.embedded import CODE_HOME, EmbeddedService
from desktop.services.explanations import ExplainService
from desktop.services.explorer import ExplorerService
from desktop.services.export import ExportService
from desktop.services.health import HealthService
from desktop.services.identities import IdentityService
from desktop.services.invoicing import InvoiceService
from desktop.services.keeper import EmbeddedKeeper
from desktop.services.key_transfer import KeyTransferService
from desktop.services.link import MakeClient, ServiceLink
from desktop.services.live_updates import LiveUpdates
from desktop.services.locking import LockingService
from desktop.services.login_item import LoginItem, unit_name
from desktop.services.mail.building import Mail, build_mail
from desktop.services.mail.owner_notices import OwnerNotices
from desktop.services.network import NetworkService
from desktop.services.network_log import NetworkLog
from desktop.services.plans import PlanService
from desktop.services.policies import PolicyService
from desktop.services.pricing import PricingService
from desktop.services.privacy.build import PrivacyGround, PrivacyServices, build_privacy
from desktop.services.privacy.erasing.build import (
    ErasingGround,
    ErasingServices,
    build_erasing,
)
from desktop.services.privacy.erasing.following import ErasureFollower
from desktop.services.privacy.erasing.payments import connected_payments
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.services.privacy.requests import PrivacyRequestService
from desktop.services.publishing import Publisher
from desktop.services.reminders import ReminderService
from desktop.services.row_editor import RowEditor
from desktop.services.rule_files import RuleFileService
from desktop.services.sample_data import SampleDataService
from desktop.services.sdk_keys import SdkKeyService
from desktop.services.secret_store import SecretStore
from desktop.services.service_archive import ServiceArchives
from desktop.services.sign_in.building import SignIn, build_sign_in
from desktop.services.storage import sync_state
from desktop.services.storage.health import Health
from desktop.services.storage.vault import Vault
from desktop.services.storage.ways_in import WaysIn
from desktop.services.sync import SyncService
from desktop.services.sync_records import SyncRecordsService
from desktop.services.sync_round import RoundSteps, SyncRound
from desktop.services.system_keyring import SystemKeyring
from desktop.services.traces import TraceService
from desktop.services.unusual_usage import LimitsReached, SilentApplications, UnusualDays
from desktop.services.upkeep import Upkeep
from desktop.services.usage import UsageService
from desktop.services.usage_answers import UsageAnswers, build_answers
from desktop.services.usage_questions import UsageQuestionService
from desktop.services.vault_keeping import VaultService
from desktop.services.what_if import WhatIfService
from desktop.services.workspace import WorkspaceService
from desktop.services.workspace_list import WorkspaceList
from desktop.services.workspaces import WorkspacesService

if TYPE_CHECKING:
    from contract.terms import BillingProvider
    from desktop.services.billing.gateways import MakeGateway
    from desktop.services.client import ServiceClient

log = logging.getLogger(__name__)


WITNESS_TIMEOUT_S: Final = 2.0
"""How long an unlock may wait for the keyring to say how new the vault should be."""


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
    export: ExportService
    sample_data: SampleDataService
    privacy: PrivacyServices
    erasing: ErasingServices
    mail: Mail
    sign_in: SignIn
    billing: BillingServices

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


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the services take from outside: the clock, ids, the network. Tests bring their own."""

    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    make_client: "Callable[[str, str], ServiceClient] | None" = None
    """Stands in for the network; the real way out by default."""
    gateways: "Mapping[BillingProvider, MakeGateway] | None" = None
    """Stand in for the payment providers; the real ones by default."""
    notifier: Notifier = field(default_factory=NoNotifier)
    """Where alerts are shown outside the window."""


@dataclass(frozen=True, slots=True)
class _Ground:
    """What most services stand on."""

    vault: Vault
    keyring: SystemKeyring
    store: SecretStore
    link: ServiceLink
    contacts: NetworkLog
    embedded: EmbeddedService
    service_data: Path
    edits: Edits
    identities: IdentityService
    clock: Callable[[], datetime]
    new_id: Callable[[], str]
    notice: Callable[[str], None]
    gateways: "Mapping[BillingProvider, MakeGateway] | None"
    notifier: Notifier


@dataclass(frozen=True, slots=True)
class _Background:
    """What runs by itself from unlock on."""

    sync: SyncService
    live: LiveUpdates
    archives: ServiceArchives
    health: Health
    reminders: ReminderService
    alerts: AlertService
    upkeep: Upkeep
    mail: Mail
    billing: BillingServices
    privacy: PrivacyServices
    answers: UsageAnswers
    erasing: ErasingServices
    connection: ConnectionService
    sign_in: SignIn

    def start(self) -> None:
        self.mail.courier.start()
        self.sync.start()
        self.upkeep.start()
        self.live.start()

    def begin(self, vault: Vault, *, by_itself: bool) -> None:
        """Start when the vault was opened; an older copy is only read."""
        if by_itself and not vault.is_older_copy:
            self.start()

    def connected(self) -> None:
        """The workspace was connected, perhaps to another service than before."""
        _reconnect(self.sync, self.live)


def build_services(
    workspace: Path,
    service_data: Path | None = None,
    *,
    notice: Callable[[str], None] = lambda _topic: None,
    syncs_by_itself: bool = True,
    surroundings: Surroundings | None = None,
) -> Services:
    """Build the services of the workspace in a directory. Reads and writes nothing yet.

    Args:
        workspace: directory of the vault; it need not exist.
        service_data: of the embedded service; by default what the list of workspaces names.
        notice: told on any thread the topic that the window should read again, such as `usage`.
        syncs_by_itself: sync and back up on threads of their own from unlock on, as the core does.
        surroundings: the real ones by default.
    """
    ground = _ground(workspace, service_data, surroundings or real_surroundings(), notice)
    background = _background(ground)
    vault, store, link, clock = ground.vault, ground.store, ground.link, ground.clock
    sync, edits, new_id = background.sync, ground.edits, ground.new_id
    rows, publisher = _editors(ground, sync)
    connections = HealthService(vault, link, clock)
    catalogs = CatalogService(vault, edits, clock, sync.edited)
    keys_changed = partial(notice, "keys")

    opened = partial(background.begin, vault, by_itself=syncs_by_itself)
    if syncs_by_itself:
        threading.Thread(target=_warm_up, name="warm-up", daemon=True).start()
    return Services(
        vault=vault,
        link=link,
        upkeep=background.upkeep,
        archives=background.archives,
        workspace=WorkspaceService(vault, ground.keyring, opened),
        workspaces=WorkspacesService(workspace, WorkspaceList(), clock),
        keeping=VaultService(WaysIn(vault, ground.keyring), background.health),
        connection=background.connection,
        sync=sync,
        live=background.live,
        network=NetworkService(vault, ground.contacts, background.connected),
        sync_records=SyncRecordsService(vault, edits, sync.edited),
        conflicts=ConflictService(vault, edits, sync.edited),
        usage=UsageService(vault, sync.stamp),
        answers=background.answers,
        explorer=ExplorerService(vault, new_id, clock),
        pricing=PricingService(vault, publisher, new_id, clock),
        plans=PlanService(vault, rows, new_id),
        rule_files=RuleFileService(vault, publisher, new_id, clock),
        what_if=WhatIfService(vault, sync.stamp, new_id, clock),
        invoices=InvoiceService(vault, sync.stamp, clock),
        catalogs=catalogs,
        policies=PolicyService(vault, rows),
        blocks=BlockService(vault, rows, new_id, clock),
        customers=build_customers(CustomerGround(vault, rows, sync.stamp, clock)),
        applications=ApplicationService(vault, rows, (connections, catalogs), (new_id, clock)),
        connections=connections,
        identities=ground.identities,
        access=AccessService(vault, store, link, clock),
        activity=ActivityService(vault, link, clock),
        traces=TraceService(vault, link, clock),
        explanations=ExplainService(vault, link, clock),
        api_keys=ApiKeyService(vault, store, ground.keyring, clock, keys_changed),
        sdk_keys=SdkKeyService(vault, store, link, clock, keys_changed),
        key_transfer=KeyTransferService(vault, store, clock, keys_changed),
        locking=LockingService(),
        reminders=background.reminders,
        alerts=background.alerts,
        attention=_attention(ground, background),
        export=ExportService(vault, clock),
        sample_data=SampleDataService(vault, clock, notice),
        privacy=background.privacy,
        erasing=background.erasing,
        mail=background.mail,
        sign_in=background.sign_in,
        billing=background.billing,
    )


def _ground(
    workspace: Path,
    service_data: Path | None,
    outside: Surroundings,
    notice: Callable[[str], None],
) -> _Ground:
    clock, new_id = outside.clock, outside.new_id
    hasty = SystemKeyring(timeout_s=WITNESS_TIMEOUT_S)
    vault = Vault(workspace, clock, paths.witnesses(), hasty)
    store = SecretStore(vault, new_id, clock)
    service_data = service_data or _listed_service_data(workspace)
    contacts = NetworkLog(vault, clock)
    make_client = outside.make_client or _way_out(vault, contacts)
    return _Ground(
        vault=vault,
        keyring=SystemKeyring(),
        store=store,
        link=ServiceLink(vault, store, make_client),
        contacts=contacts,
        embedded=EmbeddedService(service_data, _identify(make_client)),
        service_data=service_data,
        edits=Edits(new_id, clock),
        identities=IdentityService(vault, store),
        clock=clock,
        new_id=new_id,
        notice=notice,
        gateways=outside.gateways,
        notifier=outside.notifier,
    )


def _background(ground: _Ground) -> _Background:
    vault, link, clock, notice = ground.vault, ground.link, ground.clock, ground.notice
    health = Health(vault)
    archives = ServiceArchives(vault, ground.store, link, ground.service_data, clock)
    daily_backup = DailyBackup(health, archives.make_if_embedded, notice)
    reminders = ReminderService(vault, clock, notice)
    mail = build_mail(vault, ground.store, ground.contacts, (ground.new_id, clock), notice)
    privacy = build_privacy(
        PrivacyGround(vault, ground.store, link, ground.new_id, clock, mail.outbox, notice)
    )
    follower = ErasureFollower(vault, link)
    events = EventFeed(vault, ground.store, clock, partial(notice, "billing"))
    greetings = (
        follower.greet,
        ground.identities.introduce,
        privacy.mailbox.visit,
        events.follow,
    )
    alerts = _alerts(ground)
    steps = RoundSteps(greetings, follower.follow, _concluded(ground, alerts, mail))
    rounds = SyncRound(vault, clock, notice, steps)
    sync = SyncService(vault, link, rounds, EmbeddedKeeper(link, ground.embedded), notice)
    billing = _billing(ground, sync)
    erasing = build_erasing(
        ErasingGround(
            vault=vault,
            store=ground.store,
            link=link,
            follower=follower,
            requests=privacy.requests,
            approvals=privacy.approvals,
            between_rounds=sync.between_rounds,
            rename=CustomerEditService(vault, _editors(ground, sync)[0], clock).rename,
            new_id=ground.new_id,
            clock=clock,
        ),
        partial(connected_payments, vault, billing.gateways),
    )
    answers = build_answers(vault, sync.stamp, clock)
    live = LiveUpdates(link, sync.told, sync.news)
    connection, sign_in = _joined(ground, partial(_reconnect, sync, live))
    chores = (
        sign_in.membership.renew_if_due,
        reminders.look_daily,
        daily_backup.make_if_due,
        vault.note_in_keyring,
        privacy.retention.run_if_due,
        answers.keeping.let_go_by_itself,
        erasing.erasure.go_on_with_all,
        erasing.correction.go_on_with_all,
    )
    return _Background(
        sync=sync,
        live=live,
        archives=archives,
        health=health,
        reminders=reminders,
        alerts=alerts,
        upkeep=Upkeep(chores),
        mail=mail,
        billing=billing,
        privacy=privacy,
        answers=answers,
        erasing=erasing,
        connection=connection,
        sign_in=sign_in,
    )


def _editors(ground: _Ground, sync: SyncService) -> tuple[RowEditor, Publisher]:
    """What stores edits of rows, and of prices."""
    rows = RowEditor(ground.vault, ground.edits, sync.edited)
    return rows, Publisher(rows, ground.clock)


def _joined(ground: _Ground, connected: Callable[[], None]) -> tuple[ConnectionService, SignIn]:
    """The way to the service, and who may use it."""
    vault, store, link = ground.vault, ground.store, ground.link
    connection = ConnectionService(vault, store, link, _computer(ground), connected)
    return connection, build_sign_in(
        (vault, store), ground.contacts, link, connection, ground.clock
    )


def _reconnect(sync: SyncService, live: LiveUpdates) -> None:
    """The workspace was connected, perhaps to another service than before."""
    sync.connected()
    live.reconnect()


def _computer(ground: _Ground) -> tuple[EmbeddedService, LoginItem]:
    """The service of this computer, and what starts it at login."""
    unit = unit_name(ground.service_data)
    return ground.embedded, LoginItem(ground.embedded.command, CODE_HOME, unit)


def _last_sync(vault: Vault) -> Stamp:
    """For what follows a sync, which cannot ask it: the sync is made of what follows it."""
    with vault.reading() as db:
        return Stamp(sync_state.last_success(db), online=False)


def _concluded(ground: _Ground, alerts: AlertService, mail: Mail) -> Callable[[], None]:
    """What follows a sync that got through: alerts first, for letters tell of them."""
    vault, clock = ground.vault, ground.clock
    invoices = InvoiceService(vault, partial(_last_sync, vault), clock)
    notices = OwnerNotices(vault, mail.outbox, invoices.revenue, clock)

    def concluded() -> None:
        alerts.after_sync()
        notices.after_sync()

    return concluded


def _alerts(ground: _Ground) -> AlertService:
    questions = UsageQuestionService(ground.vault, partial(_last_sync, ground.vault), ground.clock)
    telling = Telling(ground.notice, ground.notifier, lambda moment: moment.astimezone())
    return AlertService(ground.vault, questions, telling, ground.new_id, ground.clock)


def _attention(ground: _Ground, background: _Background) -> AttentionService:
    """What each part of the product adds to the dashboard's needs-attention list."""
    sources: tuple[AttentionSource, ...] = (
        background.reminders,
        LimitsReached(),
        SilentApplications(),
        UnusualDays(),
        background.alerts,
        background.privacy.overview,
        background.billing.attention,
    )
    return AttentionService(ground.vault, ground.clock, sources)


def _billing(ground: _Ground, sync: SyncService) -> BillingServices:
    return build_billing(
        BillingGround(
            vault=ground.vault,
            store=ground.store,
            link=ground.link,
            contacts=ground.contacts,
            new_id=ground.new_id,
            clock=ground.clock,
            stamp=sync.stamp,
            notice=ground.notice,
            gateways=ground.gateways,
        )
    )


def real_surroundings(notifier: Notifier | None = None) -> Surroundings:
    """Clock, ids and network of this computer; alerts are shown by `notifier`, else nowhere."""
    return Surroundings(
        clock=lambda: datetime.now(UTC),
        new_id=lambda: secrets.token_hex(16),
        notifier=notifier or NoNotifier(),
    )


def _way_out(vault: Vault, contacts: NetworkLog) -> MakeClient:
    def make_client(url: str, owner_token: str) -> "ServiceClient":
        # Not at the top: the command line asks for usage without ever needing the HTTP library.
        from desktop.services.door import Door

        return Door(vault, contacts).client(url, owner_token)

    return make_client


def _listed_service_data(workspace: Path) -> Path:
    """Data directory of the workspace's embedded service; a spoilt list must not keep it shut."""
    try:
        return WorkspaceList().service_data(workspace)
    except WorkspaceListProblem as problem:
        log.warning("%s", problem)
        return paths.service_data()


def _warm_up() -> None:
    """Import what the first round of sync needs while the owner types the passphrase."""
    import desktop.services.client
    import desktop.services.door  # noqa: F401 (both take a tenth of a second and more)


def _identify(make_client: MakeClient) -> Callable[[str], str]:
    def identify(url: str) -> str:
        client = make_client(url, "")
        try:
            return client.describe().service_id
        finally:
            client.close()

    return identify
