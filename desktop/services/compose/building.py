"""Builds the services of a workspace, for the core process and for the command line alike."""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from desktop.services.access import AccessService
from desktop.services.activity import ActivityService
from desktop.services.api_keys import ApiKeyService
from desktop.services.applications import ApplicationService
from desktop.services.attention import AttentionService, AttentionSource
from desktop.services.blocks import BlockService
from desktop.services.catalogs import CatalogService
from desktop.services.compose.background import Background, build_background
from desktop.services.compose.ground import (
    Ground,
    Surroundings,
    build_editors,
    build_ground,
    real_surroundings,
)
from desktop.services.compose.services import Services
from desktop.services.conflicts import ConflictService
from desktop.services.customers.build import CustomerGround, build_customers
from desktop.services.explanations import ExplainService
from desktop.services.explorer import ExplorerService
from desktop.services.export import ExportService
from desktop.services.health import HealthService
from desktop.services.invoicing import InvoiceService
from desktop.services.key_transfer import KeyTransferService
from desktop.services.link_handler import link_handler
from desktop.services.locking import LockingService
from desktop.services.network import NetworkService
from desktop.services.plans import PlanService
from desktop.services.policies import PolicyService
from desktop.services.pricing import PricingService
from desktop.services.rule_files import RuleFileService
from desktop.services.sample_data import SampleDataService
from desktop.services.sdk_keys import SdkKeyService
from desktop.services.storage.ways_in import WaysIn
from desktop.services.sync_records import SyncRecordsService
from desktop.services.traces import TraceService
from desktop.services.unusual_usage import LimitsReached, SilentApplications, UnusualDays
from desktop.services.usage import UsageService
from desktop.services.vault_keeping import VaultService
from desktop.services.what_if import WhatIfService
from desktop.services.workspace import WorkspaceService
from desktop.services.workspace_list import WorkspaceList
from desktop.services.workspaces import WorkspacesService


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
    ground = build_ground(workspace, service_data, surroundings or real_surroundings(), notice)
    background = build_background(ground)
    vault, store, link, clock = ground.vault, ground.store, ground.link, ground.clock
    sync, edits, new_id = background.sync, ground.edits, ground.new_id
    rows, publisher = build_editors(ground, sync)
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
        link_handler=link_handler(),
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
        account_end=background.account_end,
    )


def _attention(ground: Ground, background: Background) -> AttentionService:
    """What each part of the product adds to the dashboard's needs-attention list."""
    sources: tuple[AttentionSource, ...] = (
        background.account_end,
        background.reminders,
        LimitsReached(),
        SilentApplications(),
        UnusualDays(),
        background.alerts,
        background.erasing.freezing,
        background.erasing.telling,
        background.privacy.overview,
        background.billing.attention,
    )
    return AttentionService(ground.vault, ground.clock, sources)


def _warm_up() -> None:
    """Import what the first round of sync needs while the owner types the passphrase."""
    import desktop.services.client
    import desktop.services.door  # noqa: F401 (both take a tenth of a second and more)
