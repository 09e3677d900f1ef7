"""Other ways into a vault: the recovery code, the system's keyring, a backup. Never a deletion."""

from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QLineEdit,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.domain.errors import AppError
from desktop.domain.vault import BackupSummary
from desktop.services.vault_keeping import VaultService
from desktop.services.workspace import WorkspaceService
from desktop.views.choice import Choice
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

CODE: Final = "code"
KEYRING: Final = "keyring"
BACKUP: Final = "backup"


class CannotUnlockDialog(QDialog):
    """One way at a time; closes by itself once the vault is open."""

    def __init__(self, parent: QWidget, jobs: "Jobs") -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._job: Job | None = None
        self.setWindowTitle(self.tr("Cannot unlock?"))
        self.setMinimumWidth(560)
        self.way = Choice(
            self.tr("Way in"),
            (
                (CODE, self.tr("Recovery code")),
                (KEYRING, self.tr("System keyring")),
                (BACKUP, self.tr("Restore a backup")),
            ),
        )
        self.way.changed.connect(self._show_way)
        self.stack = QStackedWidget()
        for part in (self._code_part(), self._keyring_part(), self._backup_part()):
            self.stack.addWidget(part)
        self.problem = PlainLabel(role="bad", wrap=True)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Opening the vault"))
        self.go = Button(self.tr("&Open the vault"), role="primary")
        self.go.clicked.connect(self._start)
        self.go.setDefault(True)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self._give_up)
        self._arrange()
        self._set_busy(busy=False)
        jobs.start(WorkspaceService.backups, done=self._show_backups, owner=self)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(PlainLabel(self.tr("Another way into your vault"), role="title"))
        column.addLayout(row_of(self.way, None))
        for part in (self.stack, self.problem, self.busy):
            column.addWidget(part)
        column.addLayout(row_of(None, self.cancel, self.go))
        self.problem.hide()

    def _code_part(self) -> QWidget:
        self.code = QLineEdit()
        self.new_passphrase = PassphraseField(self.tr("New passphrase"))
        return _part(
            PlainLabel(
                self.tr("Type the printed recovery code and choose a new passphrase."),
                role="muted",
                wrap=True,
            ),
            FormField(self.tr("&Recovery code"), self.code),
            PlainLabel(self.tr("New passphrase")),
            self.new_passphrase,
        )

    def _keyring_part(self) -> QWidget:
        return _part(
            PlainLabel(
                self.tr(
                    "If you let the keyring of this computer open the vault before, it can do so "
                    "now. It may ask for its own password in a window of its own."
                ),
                role="muted",
                wrap=True,
            )
        )

    def _backup_part(self) -> QWidget:
        self.backup = QComboBox()
        self.backup.setAccessibleName(self.tr("Backup"))
        self.secret_kind = Choice(
            self.tr("Opened with"),
            ((False, self.tr("Passphrase of its time")), (True, self.tr("Recovery code"))),
        )
        self.secret = PassphraseField(self.tr("Passphrase or recovery code"))
        return _part(
            PlainLabel(
                self.tr(
                    "The backup becomes the vault. What is there now is kept beside it; nothing is "
                    "deleted."
                ),
                role="muted",
                wrap=True,
            ),
            self.backup,
            self.secret_kind,
            self.secret,
        )

    def _show_backups(self, backups: tuple[BackupSummary, ...]) -> None:
        for found in backups:
            self.backup.addItem(f"{found.made_at:%Y-%m-%d %H:%M} · {found.reason}", found.path)
        if not backups:
            self.backup.addItem(self.tr("There is no backup beside the vault"), "")
            self.backup.setDisabled(True)

    def _show_way(self) -> None:
        self.stack.setCurrentIndex([CODE, KEYRING, BACKUP].index(self.way.value()))
        self.problem.hide()

    def _start(self) -> None:
        if self._job is not None:
            return
        self.problem.hide()
        match self.way.value():
            case "code":
                self._run(WorkspaceService.unlock_by_recovery_code, text_of(self.code))
            case "keyring":
                self._run(WorkspaceService.unlock_by_keyring)
            case _:
                self._restore()

    def _restore(self) -> None:
        self._run(
            WorkspaceService.restore,
            str(self.backup.currentData() or ""),
            self.secret.text(),
            self.secret_kind.value(),
        )

    def _run(self, method: "object", *arguments: object) -> None:
        self._set_busy(busy=True)
        self._job = self._jobs.start(
            method,  # type: ignore[arg-type]  # one of the three above
            *arguments,
            done=lambda _: self._opened(),
            failed=self._explain,
            owner=self,
        )

    def _opened(self) -> None:
        """Inside; a forgotten passphrase is replaced at once."""
        if self.way.value() == CODE and self.new_passphrase.text():
            self._jobs.start(
                VaultService.set_passphrase,
                self.new_passphrase.text(),
                done=lambda _: self._finish(),
                failed=self._explain,
                owner=self,
            )
        else:
            self._finish()

    def _finish(self) -> None:
        self._forget()
        self.accept()

    def _explain(self, error: AppError) -> None:
        self._job = None
        self._set_busy(busy=False)
        self.problem.setText(str(error))
        self.problem.show()

    def _give_up(self) -> None:
        """Stop a restore under way; without one, close."""
        if self._job is not None and self._job.is_running:
            self._job.cancel()
        else:
            self._forget()
            self.reject()

    def _forget(self) -> None:
        self.code.clear()
        self.new_passphrase.clear()
        self.secret.clear()

    def _set_busy(self, *, busy: bool) -> None:
        self.busy.setVisible(busy)
        self.go.setDisabled(busy)
        self.stack.setDisabled(busy)
        self.way.setDisabled(busy)


def _part(*widgets: QWidget) -> QWidget:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch()
    return part
