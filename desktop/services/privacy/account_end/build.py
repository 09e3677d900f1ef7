"""Puts the services of an account's deletion together."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.services.privacy.account_end.computer import Computer
from desktop.services.privacy.account_end.connections import Connections
from desktop.services.privacy.account_end.remains import Remains
from desktop.services.privacy.account_end.running import DeletionRunner, Surroundings
from desktop.services.privacy.account_end.service import AccountDeletionService
from desktop.services.workspace_list import WorkspaceList

if TYPE_CHECKING:
    from desktop.services.embedded import EmbeddedService
    from desktop.services.link import ServiceLink
    from desktop.services.login_item import LoginItem
    from desktop.services.sign_in.membership import MembershipService
    from desktop.services.storage.vault import Vault
    from desktop.services.sync import SyncService
    from desktop.services.system_keyring import SystemKeyring


@dataclass(frozen=True, slots=True)
class AccountEndGround:
    """What the deletion of an account stands on."""

    vault: "Vault"
    link: "ServiceLink"
    sync: "SyncService"
    membership: "MembershipService"
    keyring: "SystemKeyring"
    computer: "tuple[EmbeddedService, LoginItem]"
    logs: Path
    books_months: Callable[[], int]
    """How long tax law wants books, as the retention schedule says."""
    new_id: Callable[[], str]
    clock: Callable[[], datetime]
    notice: Callable[[str], None]
    stop: Callable[[], None]
    """Ends what works on the vault by itself."""


def build_account_end(ground: AccountEndGround) -> AccountDeletionService:
    """Build the service; reads and writes nothing yet."""
    outside = Surroundings(
        link=ground.link,
        sync=ground.sync,
        end_connections=Connections(ground.vault, ground.membership, ground.keyring).end,
        computer=Computer(ground.vault.files, ground.logs, ground.computer),
        books_months=ground.books_months,
        clock=ground.clock,
    )
    remains = Remains(ground.vault, ground.keyring, ground.stop, WorkspaceList())
    return AccountDeletionService(
        ground.vault,
        (DeletionRunner(ground.vault, outside), remains.remove),
        ground.books_months,
        (ground.new_id, ground.clock),
        ground.notice,
    )
