"""The workspace: making, opening and describing the vault of one directory."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from desktop.domain.connection import PassphraseStrength, VaultState, WorkspaceStatus
from desktop.domain.errors import InvalidInput, VaultDamaged
from desktop.services.calls import callable_from_window

if TYPE_CHECKING:
    from desktop.services.storage.vault import Vault

MIN_PASSPHRASE: Final = 8
"""Characters. Source: NIST SP 800-63B section 5.1.1.2."""
MAX_PASSPHRASE: Final = 1024
JUDGED_CHARACTERS: Final = 72
"""The estimate takes time that grows with the cube of the length; more is strong anyway."""


class WorkspaceService:
    """Works while the vault is locked; every other service needs it open."""

    def __init__(self, vault: "Vault", opened: Callable[[], None]) -> None:
        """`opened` is called once the vault is open, on the thread that opened it."""
        self._vault = vault
        self._opened = opened

    @callable_from_window
    def status(self) -> WorkspaceStatus:
        """Whether the vault exists, is open, or is damaged. Works while it is locked.

        Raises: VaultError when it cannot be read at all, or needs a newer version of the program.
        """
        directory = str(self._vault.directory)
        try:
            return WorkspaceStatus(directory, self._vault.state())
        except VaultDamaged as error:
            return WorkspaceStatus(directory, VaultState.DAMAGED, str(error))

    @callable_from_window
    def strength(self, passphrase: str) -> PassphraseStrength:
        """How long a passphrase would stand up to guessing."""
        from zxcvbn import zxcvbn

        judged = zxcvbn(passphrase[:JUDGED_CHARACTERS])
        return PassphraseStrength(judged["score"], judged["feedback"]["warning"])

    @callable_from_window
    def create(self, passphrase: str) -> None:
        """Make the vault and open it. Raises: InvalidInput (too short or long), VaultError."""
        if len(passphrase) < MIN_PASSPHRASE:
            raise InvalidInput(
                f"This passphrase is too short. Nothing was made. Use {MIN_PASSPHRASE} characters "
                "or more, best several words.",
                field="passphrase",
            )
        if len(passphrase) > MAX_PASSPHRASE:
            raise InvalidInput(
                f"This passphrase is longer than {MAX_PASSPHRASE} characters. Nothing was made. "
                "Use a shorter one.",
                field="passphrase",
            )
        self._vault.create(passphrase)
        self._opened()

    @callable_from_window
    def unlock(self, passphrase: str) -> None:
        """Open the vault. Raises: WrongPassphrase, VaultDamaged, VaultInUse, VaultError."""
        self._vault.unlock(passphrase)
        self._opened()
