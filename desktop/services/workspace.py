"""The workspace: making, opening and describing the vault of one directory."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from desktop.domain.connection import PassphraseStrength, VaultState, WorkspaceStatus
from desktop.domain.errors import VaultDamaged
from desktop.domain.vault import BackupSummary
from desktop.services.calls import Report, callable_from_window
from desktop.services.passphrases import check_new, judged

if TYPE_CHECKING:
    from desktop.services.storage.credentials import Credential
    from desktop.services.storage.vault import Vault
    from desktop.services.system_keyring import SystemKeyring


class WorkspaceService:
    """Works while the vault is locked; every other service needs it open."""

    def __init__(
        self, vault: "Vault", keyring: "SystemKeyring", opened: Callable[[], None]
    ) -> None:
        """`opened` is called once the vault is open, on the thread that opened it."""
        self._vault = vault
        self._keyring = keyring
        self._opened = opened

    @callable_from_window
    def status(self) -> WorkspaceStatus:
        """Whether the vault exists, is open, or is damaged. Works while it is locked.

        Raises: VaultError when it cannot be read at all, or needs a newer version of the program.
        """
        directory = str(self._vault.directory)
        try:
            state = self._vault.state()
            return WorkspaceStatus(directory, state, keyring=self._keyring_name(state))
        except VaultDamaged as error:
            return WorkspaceStatus(directory, VaultState.DAMAGED, str(error))

    @callable_from_window
    def strength(self, passphrase: str) -> PassphraseStrength:
        """How long a passphrase would stand up to guessing."""
        return judged(passphrase)

    @callable_from_window
    def create(self, passphrase: str) -> None:
        """Make the vault and open it. Raises: InvalidInput (too short or long), VaultError."""
        check_new(passphrase)
        self._vault.create(passphrase)
        self._opened()

    @callable_from_window
    def unlock(self, passphrase: str) -> None:
        """Open the vault.

        Raises: WrongPassphrase, VaultDamaged, VaultInUse, VaultTooNew, OlderCopy, VaultError.
        """
        self._vault.unlock(passphrase)
        self._opened()

    @callable_from_window
    def unlock_by_recovery_code(self, code: str) -> None:
        """Raises: InvalidInput (a slip, field `recovery_code`), and as `unlock`."""
        from desktop.services.storage.credentials import recovery_code

        self._vault.unlock_by(recovery_code(code))
        self._opened()

    @callable_from_window
    def unlock_by_keyring(self) -> None:
        """Raises: KeyringLocked in words, then the passphrase is the way; and as `unlock`."""
        self._vault.unlock_by(self._keyring_credential())
        self._opened()

    @callable_from_window
    def accept_older_copy(self, passphrase: str) -> None:
        """Go on from an older copy: what was stored since then stays lost. Raises: as `unlock`."""
        from desktop.services.storage.credentials import passphrase as by_passphrase

        credential = by_passphrase(passphrase)
        if self._vault.is_older_copy:
            self._vault.accept_older_copy(credential)
        else:
            self._vault.unlock_by(credential, accept_older_copy=True)
        self._opened()

    @callable_from_window
    def use_older_copy(self) -> None:
        """Go on from the older copy that is open, however it was opened.

        What was stored since then stays lost.
        Raises: VaultLocked, DiskFull, VaultError; then the copy stays open for reading.
        """
        self._vault.accept_older_copy()
        self._opened()

    @callable_from_window
    def backups(self) -> tuple[BackupSummary, ...]:
        """Backups beside the vault, newest first; works while it is locked."""
        from desktop.services.storage import backup, health

        return tuple(map(health.summary, backup.listed(self._vault.files.backups)))

    @callable_from_window
    def backup_in(self, folder: str) -> BackupSummary:
        """The backup in a folder of the owner's choice, from another computer for example.

        The folder may be that of one backup, or one that holds several: then the newest sound one.
        Raises: BackupDamaged when there is none.
        """
        from pathlib import Path

        from desktop.services.storage import backup, health

        place = Path(folder)
        is_one = (place / backup.MANIFEST).exists()
        return health.summary(backup.chosen(place, str(place) if is_one else ""))

    @callable_from_window
    def restore(self, report: Report, backup_path: str, secret: str, by_code: bool) -> None:  # noqa: FBT001 (from a choice of the window)
        """Make a backup the vault, and open it; what was there is kept beside it.

        Args:
            report: told the stages of the verification; a cancel leaves everything as it was.
            backup_path: folder of the backup; empty for the newest sound one beside the vault.
            secret: the passphrase of the backup's time, or the recovery code.
            by_code: which of the two it is.

        Raises: BackupDamaged (names the one to use), WrongPassphrase, InvalidInput, DiskFull,
            Cancelled, VaultError.
        """
        from desktop.services.storage import backup, credentials

        make = credentials.recovery_code if by_code else credentials.passphrase
        chosen = backup.chosen(self._vault.files.backups, backup_path)
        self._vault.restore(chosen, make(secret), report)
        self._opened()

    def _keyring_name(self, state: VaultState) -> str:
        from desktop.services.storage import header

        folder = self._vault.files
        if state is not VaultState.LOCKED or not folder.header.exists():
            return ""
        return header.keyring_name(header.read_header(folder.directory))

    def _keyring_credential(self) -> "Credential":
        from desktop.services.storage import credentials, header, ways_in

        stored = header.read_header(self._vault.files.directory)
        return credentials.keyring_key(ways_in.key_from_keyring(self._keyring, stored))
