"""What most services stand on: the vault, the way to the service, clock and ids."""

import logging
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from desktop import paths
from desktop.domain.errors import WorkspaceListProblem
from desktop.services.alerts.notifying import NoNotifier, Notifier
from desktop.services.editing import Edits
from desktop.services.embedded import EmbeddedService
from desktop.services.identities import IdentityService
from desktop.services.link import MakeClient, ServiceLink
from desktop.services.network_log import NetworkLog
from desktop.services.publishing import Publisher
from desktop.services.row_editor import RowEditor
from desktop.services.secret_store import SecretStore
from desktop.services.storage.vault import Vault
from desktop.services.sync import SyncService
from desktop.services.system_keyring import SystemKeyring
from desktop.services.workspace_list import WorkspaceList

if TYPE_CHECKING:
    from contract.terms import BillingProvider
    from desktop.services.billing.gateways import MakeGateway
    from desktop.services.client import ServiceClient


log = logging.getLogger(__name__)

WITNESS_TIMEOUT_S: Final = 2.0
"""How long an unlock may wait for the keyring to say how new the vault should be."""


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
class Ground:
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


def build_ground(
    workspace: Path,
    service_data: Path | None,
    outside: Surroundings,
    notice: Callable[[str], None],
) -> Ground:
    """Make vault, link and what else others stand on. Reads and writes nothing yet."""
    clock, new_id = outside.clock, outside.new_id
    hasty = SystemKeyring(timeout_s=WITNESS_TIMEOUT_S)
    vault = Vault(workspace, clock, paths.witnesses(), hasty)
    store = SecretStore(vault, new_id, clock)
    service_data = service_data or _listed_service_data(workspace)
    contacts = NetworkLog(vault, clock)
    make_client = outside.make_client or _way_out(vault, contacts)
    return Ground(
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


def build_editors(ground: Ground, sync: SyncService) -> tuple[RowEditor, Publisher]:
    """What stores edits of rows, and of prices."""
    rows = RowEditor(ground.vault, ground.edits, sync.edited)
    return rows, Publisher(rows, ground.clock)


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


def _identify(make_client: MakeClient) -> Callable[[str], str]:
    def identify(url: str) -> str:
        client = make_client(url, "")
        try:
            return client.describe().service_id
        finally:
            client.close()

    return identify
