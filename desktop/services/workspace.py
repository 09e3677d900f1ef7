"""The workspace: making, opening and describing the vault of one directory."""

from desktop.domain.connection import PassphraseStrength, WorkspaceStatus
from desktop.services.calls import callable_from_window


class WorkspaceService:
    @callable_from_window
    def status(self) -> WorkspaceStatus:
        """Whether the vault exists, is open, or is damaged. Works while it is locked."""
        raise NotImplementedError

    @callable_from_window
    def strength(self, passphrase: str) -> PassphraseStrength:
        """How long a passphrase would stand up to guessing."""
        raise NotImplementedError

    @callable_from_window
    def create(self, passphrase: str) -> None:
        """Make the vault and open it. Raises: InvalidInput (too short), VaultError."""
        raise NotImplementedError

    @callable_from_window
    def unlock(self, passphrase: str) -> None:
        """Open the vault. Raises: WrongPassphrase, VaultDamaged, VaultInUse, VaultError."""
        raise NotImplementedError
