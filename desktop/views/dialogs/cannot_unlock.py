"""Other ways into a vault: the recovery code, the system's keyring, a backup. Never a deletion."""

from enum import StrEnum
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QDialog, QLineEdit, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, WrongPassphrase
from desktop.services.vault_keeping import VaultService
from desktop.services.workspace import WorkspaceService
from desktop.views.choice import Choice
from desktop.views.form_field import FormField, forget, text_of
from desktop.views.icons import Button
from desktop.views.new_passphrase import NewPassphrase
from desktop.views.page import row_of
from desktop.views.progress_line import ProgressLine
from desktop.views.restore_panel import RestorePanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

WIDTH_PX: Final = 620


class Way(StrEnum):
    """A way into the vault."""

    CODE = "code"
    KEYRING = "keyring"
    BACKUP = "backup"


class CannotUnlockDialog(QDialog):
    """One way at a time; closes by itself once the vault is open."""

    def __init__(
        self,
        parent: QWidget,
        jobs: "Jobs",
        ways: tuple[Way, ...] = tuple(Way),
        backup: str = "",
    ) -> None:
        """Make the dialog.

        Args:
            parent: the window in front of which it opens.
            jobs: the bridge to the core.
            ways: those on offer, the first of them open.
            backup: folder of the backup to begin with, or nothing.
        """
        super().__init__(parent)
        self._jobs = jobs
        self._ways = ways
        self._is_open = False
        self._title = (
            self.tr("Restore a backup")
            if ways == (Way.BACKUP,)
            else self.tr("Another way into your vault")
        )
        self.setWindowTitle(self._title)
        self.setMinimumWidth(WIDTH_PX)
        words = {
            Way.CODE: self.tr("Recovery code"),
            Way.KEYRING: self.tr("System keyring"),
            Way.BACKUP: self.tr("Restore a backup"),
        }
        self.way = Choice(self.tr("Way in"), tuple((way, words[way]) for way in ways))
        self.way.changed.connect(self._show_way)
        self.restore = RestorePanel(jobs, backup)
        self.restore.opened.connect(self._opened)
        self.restore.failed.connect(self._explain_restore)
        self._parts = {
            Way.CODE: self._code_part(),
            Way.KEYRING: self._keyring_part(),
            Way.BACKUP: self.restore,
        }
        self.stack = QStackedWidget()
        self.problem = PlainLabel(role="bad", wrap=True)
        self.progress = ProgressLine(self.tr("Opening the vault"))
        self.go = Button(self.tr("&Open the vault"), role="primary")
        self.go.clicked.connect(self._start)
        self.go.setDefault(True)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)
        self._arrange()
        self._show_way()

    def _arrange(self) -> None:
        for way in self._ways:
            self.stack.addWidget(self._parts[way])
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(PlainLabel(self._title, role="title"))
        column.addLayout(row_of(self.way, None))
        self.way.setVisible(len(self._ways) > 1)
        for part in (self.stack, self.problem, self.progress):
            column.addWidget(part)
        column.addLayout(row_of(None, self.cancel, self.go))
        self.problem.hide()

    def _code_part(self) -> QWidget:
        self.code = QLineEdit()
        self.code_field = FormField(self.tr("&Recovery code"), self.code)
        self.new_passphrase = NewPassphrase(
            self._jobs, (self.tr("&New passphrase"), self.tr("The same passphrase a&gain"))
        )
        return _part(
            PlainLabel(
                self.tr(
                    "Type the printed recovery code and choose a new passphrase. Left empty, the "
                    "passphrase stays as it is."
                ),
                role="muted",
                wrap=True,
            ),
            self.code_field,
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

    def _show_way(self) -> None:
        self.stack.setCurrentWidget(self._parts[self.way.value()])
        self.go.setText(
            self.tr("&Restore and open")
            if self.way.value() is Way.BACKUP
            else self.tr("&Open the vault")
        )
        self.problem.hide()

    def _start(self) -> None:
        if self.progress.is_running:
            return
        self.problem.hide()
        match self.way.value():
            case Way.CODE:
                self._follow(self._by_code())
            case Way.KEYRING:
                self._follow(self._by_keyring())
            case _:
                self._follow(self.restore.start())

    def _by_code(self) -> "Job | None":
        self.code_field.explain("")
        if not text_of(self.code):
            self.code_field.explain(self.tr("Type the code first."))
            self.code.setFocus()
            return None
        if self._wants_new_passphrase() and not self.new_passphrase.is_ready():
            return None
        return self._jobs.start(
            WorkspaceService.unlock_by_recovery_code,
            text_of(self.code),
            done=lambda _: self._opened(),
            failed=self._explain,
            owner=self,
        )

    def _wants_new_passphrase(self) -> bool:
        return bool(self.new_passphrase.text() or self.new_passphrase.second.text())

    def _by_keyring(self) -> "Job":
        return self._jobs.start(
            WorkspaceService.unlock_by_keyring,
            done=lambda _: self._opened(),
            failed=self._explain,
            owner=self,
        )

    def _follow(self, job: "Job | None") -> None:
        if job is not None:
            self._set_busy(busy=True)
            self.progress.follow(job)

    def _opened(self) -> None:
        """Inside; a forgotten passphrase is replaced at once."""
        self._is_open = True
        if self.way.value() is Way.CODE and self._wants_new_passphrase():
            self._jobs.start(
                VaultService.set_passphrase,
                self.new_passphrase.text(),
                done=lambda _: self.accept(),
                failed=self._refused_passphrase,
                owner=self,
            )
        else:
            self.accept()

    def _refused_passphrase(self, error: AppError) -> None:
        """The vault is open already: only the new passphrase has to be chosen again."""
        self._set_busy(busy=False)
        if error.field:
            self.new_passphrase.explain(error)
        else:
            self._explain(error)

    def _explain_restore(self, error: AppError) -> None:
        """What is wrong with the secret stands beside its field."""
        if isinstance(error, WrongPassphrase) or error.field:
            self._set_busy(busy=False)
        else:
            self._explain(error)

    def _explain(self, error: AppError) -> None:
        self._set_busy(busy=False)
        self.problem.setText(str(error))
        self.problem.show()

    def reject(self) -> None:
        """Stop a restore under way; without one, close. A vault that is open already stays so."""
        if self.progress.is_running:
            self.progress.stop()
        elif self._is_open:
            self.accept()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Close, and forget what was typed."""
        forget(self.code)
        self.new_passphrase.clear()
        self.restore.forget()
        super().done(result)

    def _set_busy(self, *, busy: bool) -> None:
        for part in (self.go, self.stack, self.way):
            part.setDisabled(busy)


def _part(*widgets: QWidget) -> QWidget:
    part = QWidget()
    column = QVBoxLayout(part)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(8)
    for widget in widgets:
        column.addWidget(widget)
    column.addStretch()
    return part
