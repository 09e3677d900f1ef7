"""Restoring: which backup, what opens it, and what becomes of the vault that is there."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, WrongPassphrase
from desktop.domain.vault import BackupSummary
from desktop.services.workspace import WorkspaceService
from desktop.views.backup_table import BackupRow, BackupTable
from desktop.views.choice import Choice
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

TABLE_HEIGHT_PX: Final = 176
SMALLEST_TABLE_PX: Final = 146
MEANING_LINES: Final = 2


class RestorePanel(QWidget):
    """Three steps from top to bottom; works without a vault, and on another computer."""

    opened = Signal()
    """The backup is the vault now, and open."""
    failed = Signal(object)
    """An `AppError`; the vault is as it was."""

    def __init__(self, jobs: "Jobs", chosen: str = "") -> None:
        """`chosen` is the folder of the backup to begin with."""
        super().__init__()
        self._jobs, self._wanted = jobs, chosen
        self.table = BackupTable()
        self.table.setMinimumHeight(SMALLEST_TABLE_PX)
        self.table.setMaximumHeight(TABLE_HEIGHT_PX)
        self.none = PlainLabel(
            self.tr("There is no backup beside the vault. Choose the folder of one."),
            role="muted",
            wrap=True,
        )
        self.none.hide()
        self.other = Button(self.tr("Another &folder…"), icon_name="folder")
        self.other.clicked.connect(self._choose_folder)
        self.kind = Choice(
            self.tr("Opened with"),
            ((False, self.tr("Passphrase of its time")), (True, self.tr("Recovery code"))),
        )
        self.kind.changed.connect(self._name_secret)
        self.secret = PassphraseField(self.tr("Passphrase of its time"))
        self.field = FormField(self.tr("Passphrase of its time"), self.secret)
        self._arrange()
        jobs.start(WorkspaceService.backups, done=self._show, failed=self.failed.emit, owner=self)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(PlainLabel(self.tr("1. Which backup"), role="heading"))
        column.addWidget(self.table)
        column.addWidget(self.none)
        column.addLayout(row_of(self.other, None))
        column.addSpacing(6)
        column.addWidget(PlainLabel(self.tr("2. What opens it"), role="heading"))
        column.addLayout(row_of(self.kind, None))
        column.addWidget(self.field)
        column.addSpacing(6)
        column.addWidget(PlainLabel(self.tr("3. What happens"), role="heading"))
        meaning = PlainLabel(
            self.tr(
                "The backup is verified and becomes the vault. A vault that is there now is "
                "kept beside it; nothing is deleted."
            ),
            role="muted",
            wrap=True,
        )
        # A stack asks no part how high it is at its width: say it.
        meaning.setMinimumHeight(MEANING_LINES * meaning.fontMetrics().lineSpacing())
        column.addWidget(meaning)

    def _show(self, backups: tuple[BackupSummary, ...]) -> None:
        self.table.show_rows(tuple(BackupRow(one) for one in backups))
        self.table.setVisible(bool(backups))
        self.none.setVisible(not backups)
        if self._wanted and not self.table.choose(self._wanted):
            self.look_into(self._wanted)
        elif backups and self.table.chosen() is None:
            self.table.choose(backups[0].path)

    def _choose_folder(self) -> None:
        folder = QFileDialog.getExistingDirectory(self, self.tr("Folder of a backup"))
        if folder:
            self.look_into(folder)

    def look_into(self, folder: str) -> None:
        """Offer the backup in a folder, from wherever it is."""
        self._jobs.start(
            WorkspaceService.backup_in,
            folder,
            done=self._add,
            failed=self.failed.emit,
            owner=self,
        )

    def _add(self, backup: BackupSummary) -> None:
        known = self.table.table_model.rows
        if backup.path not in {row.backup.path for row in known}:
            self.table.show_rows((BackupRow(backup), *known))
        self.table.show()
        self.none.hide()
        self.table.choose(backup.path)

    def _name_secret(self) -> None:
        name = self.tr("Recovery code") if self.kind.value() else self.tr("Passphrase of its time")
        self.field.rename(name)

    def start(self) -> "Job | None":
        """Restore what is chosen; None when something is missing, which is said."""
        row = self.table.chosen()
        if row is None:
            self.other.setFocus()
            return None
        if not self.secret.text():
            self.secret.explain(self.tr("Type what opens the backup first."))
            self.secret.field.setFocus()
            return None
        self.secret.explain("")
        return self._jobs.start(
            WorkspaceService.restore,
            row.backup.path,
            self.secret.text().strip() if self.kind.value() else self.secret.text(),
            self.kind.value(),
            done=lambda _: self.opened.emit(),
            failed=self._explain,
            owner=self,
        )

    def _explain(self, error: AppError) -> None:
        is_about_secret = isinstance(error, WrongPassphrase) or bool(error.field)
        self.failed.emit(error)
        if is_about_secret:
            self.secret.explain(str(error))
            self.secret.field.setFocus()

    def forget(self) -> None:
        """Forget what was typed."""
        self.secret.clear()
