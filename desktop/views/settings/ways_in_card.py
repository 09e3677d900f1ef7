"""What opens the vault: passphrase, recovery code, the system's keyring."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from desktop.domain.errors import AppError
from desktop.domain.vault import KeyringState, RecoveryState, VaultInfo
from desktop.services.vault_keeping import VaultService
from desktop.views.clipboard import SecretClipboard
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.settings.dialogs import PassphraseDialog, RecoveryDialog
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class WaysInCard(Card):
    """One line with a button for each; the keyring is a switch that says what it means."""

    said = Signal(str)
    """What was done, in a sentence."""
    changed = Signal()
    secret_dialog_opened = Signal(object)
    """A dialog that shows a secret while it is open."""

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(PlainLabel(self.tr("Ways into the vault"), role="heading"))
        self._jobs, self._clipboard = jobs, clipboard
        self.passphrase = Button(self.tr("&Change the passphrase…"))
        self.recovery = Button(self.tr("New &recovery code…"))
        self.recovery_state, self.keyring_state = Lines(), Lines()
        self.keyring = QCheckBox(self.tr("Let the system &keyring open the vault too"))
        self.keyring_help = PlainLabel(
            self.tr(
                "The keyring then holds a random key that opens this vault on this computer; it "
                "never holds your passphrase nor any key of yours. Whoever uses your session while "
                "the keyring is open can then open the vault. The passphrase always works."
            ),
            role="muted",
            wrap=True,
        )
        self.message = MessageBar()
        self.passphrase.clicked.connect(self._change_passphrase)
        self.recovery.clicked.connect(self._new_recovery_code)
        self.keyring.clicked.connect(self._switch_keyring)
        self.column.addWidget(self.message)
        self.column.addLayout(row_of(self.passphrase, self.recovery, None))
        for part in (self.recovery_state, self.keyring, self.keyring_help, self.keyring_state):
            self.column.addWidget(part)

    def show_info(self, info: VaultInfo) -> None:
        """Show how the recovery code stands; an older copy changes nothing."""
        self.recovery_state.fill((self._recovery_line(info.recovery),))
        for part in (self.passphrase, self.recovery, self.keyring):
            part.setDisabled(info.is_older_copy)

    def _recovery_line(self, state: RecoveryState) -> QWidget:
        match state:
            case RecoveryState.CONFIRMED:
                said = self.tr("A recovery code was printed and typed back.")
                return IconLine("circle-check", "ok", said)
            case RecoveryState.UNCONFIRMED:
                said = self.tr(
                    "A recovery code was made but never typed back: nobody knows whether the print "
                    "is readable. Make a new one."
                )
                return IconLine("triangle-alert", "warn", said)
            case RecoveryState.NONE:
                said = self.tr(
                    "There is no recovery code: a forgotten passphrase would lose the vault."
                )
                return IconLine("triangle-alert", "warn", said)

    def ask_keyring(self) -> None:
        """Ask how the keyring stands; that may take as long as its own window waits."""
        self.keyring_state.fill((PlainLabel(self.tr("Asking the keyring…"), role="muted"),))
        self._jobs.start(
            VaultService.keyring, done=self._show_keyring, failed=self._explain, owner=self
        )

    def _show_keyring(self, state: KeyringState) -> None:
        self.keyring.setChecked(state.is_on)
        self.keyring_state.fill((self._keyring_line(state),))

    def _keyring_line(self, state: KeyringState) -> QWidget:
        if state.problem:
            tone = ("triangle-alert", "warn") if state.is_on else ("info", "muted")
            return IconLine(*tone, state.problem)
        said = (
            self.tr("{name} holds the key and opens the vault.")
            if state.is_on
            else self.tr("{name} runs here and could hold a key.")
        )
        icon = ("circle-check", "ok") if state.is_on else ("info", "muted")
        return IconLine(*icon, said.format(name=state.name))

    def _switch_keyring(self, wanted: bool) -> None:  # noqa: FBT001 (from a signal)
        self.keyring.setEnabled(False)

        def switched(_: None) -> None:
            self.said.emit(
                self.tr("The keyring opens the vault too.")
                if wanted
                else self.tr("The keyring no longer opens the vault.")
            )
            self.changed.emit()
            self.ask_keyring()

        def refused(error: AppError) -> None:
            self.keyring.setChecked(not wanted)
            self._explain(error)

        job = self._jobs.start(
            VaultService.use_keyring, wanted, done=switched, failed=refused, owner=self
        )
        job.finished.connect(lambda: self.keyring.setEnabled(True))

    def _change_passphrase(self) -> None:
        dialog = PassphraseDialog(self.window(), self._jobs)
        dialog.succeeded.connect(lambda: self._tell(self.tr("Changed the passphrase.")))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _new_recovery_code(self) -> None:
        dialog = RecoveryDialog(self.window(), self._jobs, self._clipboard)
        dialog.succeeded.connect(lambda: self._tell(self.tr("The new recovery code counts.")))
        dialog.finished.connect(lambda _: self.changed.emit())
        dialog.finished.connect(dialog.deleteLater)
        self.secret_dialog_opened.emit(dialog)
        dialog.open()

    def _tell(self, text: str) -> None:
        self.said.emit(text)
        self.changed.emit()

    def _explain(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
