"""What is left of a workspace whose account was deleted, removed for good."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from desktop.domain.errors import KeyringLocked
from desktop.domain.workspaces import Workspace
from desktop.services.storage import header as headers
from desktop.services.storage.slots import KeyringSlot
from desktop.services.storage.witness import KEYRING_SERVICE

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault
    from desktop.services.system_keyring import SystemKeyring
    from desktop.services.workspace_list import WorkspaceList


class Remains:
    """Any thread; the vault is open, and gone afterwards."""

    def __init__(
        self,
        vault: "Vault",
        keyring: "SystemKeyring",
        stop: Callable[[], None],
        entries: "WorkspaceList",
    ) -> None:
        """`stop` ends what works on the vault by itself."""
        self._vault = vault
        self._keyring = keyring
        self._stop = stop
        self._list = entries

    def remove(self) -> None:
        """Take the keys out of the keyring, delete the vault, and take it off the list.

        Raises: VaultError, WorkspaceListProblem.
        """
        header = self._vault.header()
        witness = self._vault.keyring_witness()
        service = KEYRING_SERVICE + header.vault_id
        # Without the header, which goes with the vault, they open nothing.
        with suppress(KeyringLocked):
            for slot in header.slots:
                if isinstance(slot, KeyringSlot):
                    self._keyring.remove(service, slot.slot_id)
            if headers.keyring_name(header) and witness is not None:
                witness.forget()
        self._stop()
        self._vault.remove()
        self._list.change(self._without)

    def _without(self, entries: tuple[Workspace, ...]) -> tuple[Workspace, ...]:
        """Without this workspace, unless it is the only one: its place is for a new one."""
        rest = tuple(one for one in entries if Path(one.directory) != self._vault.directory)
        return rest if any(one.removed_at is None for one in rest) else entries
