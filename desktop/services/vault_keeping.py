"""Keeping an open vault: its ways in, its key, its backups, its health."""

from typing import TYPE_CHECKING

from desktop.domain.vault import (
    BackupCheck,
    BackupSummary,
    Finding,
    KeyringState,
    VaultInfo,
    Verification,
)
from desktop.services.calls import Report, callable_from_window
from desktop.services.passphrases import check_new

if TYPE_CHECKING:
    from desktop.services.storage.health import Health
    from desktop.services.storage.ways_in import WaysIn


class VaultService:
    """Everything here needs the open vault."""

    def __init__(self, ways_in: "WaysIn", health: "Health") -> None:
        self._ways_in = ways_in
        self._health = health

    @callable_from_window
    def info(self) -> VaultInfo:
        """What can be told of the vault. Raises: VaultLocked, VaultError."""
        return self._health.info()

    @callable_from_window
    def change_passphrase(self, current: str, new: str) -> None:
        """Takes about two seconds, however large the vault is.

        Raises: WrongPassphrase, InvalidInput (field `new_passphrase`), VaultError.
        """
        check_new(new, field="new_passphrase")
        self._ways_in.check(current)
        self._ways_in.set_passphrase(new)

    @callable_from_window
    def set_passphrase(self, new: str) -> None:
        """A new passphrase in place of a forgotten one, once another way has opened the vault.

        Raises: InvalidInput (field `new_passphrase`), VaultError.
        """
        check_new(new, field="new_passphrase")
        self._ways_in.set_passphrase(new)

    @callable_from_window
    def new_recovery_code(self) -> str:
        """A code to print; it counts once it was typed back. Raises: VaultError."""
        return self._ways_in.new_recovery_code()

    @callable_from_window
    def confirm_recovery_code(self, typed: str) -> None:
        """Raises: InvalidInput (field `recovery_code`: a slip, or another code), VaultError."""
        self._ways_in.confirm_recovery_code(typed)

    @callable_from_window
    def use_keyring(self, wanted: bool) -> None:  # noqa: FBT001 (a switch of the window)
        """Let the system's keyring open the vault too, or no longer.

        Raises: KeyringLocked (nothing was changed), VaultError.
        """
        if wanted:
            self._ways_in.use_keyring()
        else:
            self._ways_in.leave_keyring()

    @callable_from_window
    def keyring(self) -> KeyringState:
        """Whether the system's keyring opens the vault, and whether it would do so now."""
        return self._ways_in.keyring_state()

    @callable_from_window
    def recovery_sheet(self, code: str) -> str:
        """The text to print with a recovery code. Secret: it holds the code."""
        from desktop.services.recovery_sheet import sheet

        return sheet(self.info(), code)

    @callable_from_window
    def save_recovery_sheet(self, path: str, code: str) -> None:
        """Write a recovery code to a text file that only its owner may read.

        Raises: ExportFailed; then there is no new file.
        """
        from desktop.services.recovery_sheet import save

        save(path, self.info(), code)

    @callable_from_window
    def rotate(self, report: Report, passphrase: str) -> None:
        """Put everything under a new data key; copies made before keep the old one.

        Raises: WrongPassphrase, KeyringLocked, DiskFull, Cancelled, VaultError; the old key is in
            force.
        """
        self._ways_in.rotate(passphrase, report)

    @callable_from_window
    def back_up(self, report: Report) -> BackupSummary:
        """Make a verified backup now, and remove what need not be kept any longer.

        Raises: DiskFull, BackupDamaged, Cancelled, VaultError.
        """
        return self._health.back_up(report)

    @callable_from_window
    def backups(self) -> tuple[BackupSummary, ...]:
        """Newest first."""
        return self._health.backups()

    @callable_from_window
    def check_backups(self, report: Report) -> tuple[BackupCheck, ...]:
        """Compare every backup with what it was when it was made. Raises: Cancelled, VaultError."""
        return self._health.check_backups(report)

    @callable_from_window
    def verify(self, report: Report) -> Verification:
        """Read the whole vault and check it. Raises: VaultDamaged, Cancelled, VaultError."""
        return self._health.verify(report)

    @callable_from_window
    def findings(self) -> tuple[Finding, ...]:
        """What deserves attention, most urgent first. Raises: VaultError."""
        return self._health.findings(self.info())
