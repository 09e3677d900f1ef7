"""Backups: made, listed, compared with what they were, and the way to restore one."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.vault import BackupCheck, BackupSummary
from desktop.services.vault_keeping import VaultService
from desktop.views import figures
from desktop.views.activities import Activities
from desktop.views.backup_table import BackupRow, BackupTable
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import Card, row_of
from desktop.views.progress_line import ProgressLine
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class BackupsPanel(QWidget):
    """A table with three actions."""

    restore_wanted = Signal(str)
    """Folder of the backup that becomes the vault; empty: another one, from elsewhere."""

    def __init__(self, jobs: "Jobs", activities: Activities) -> None:
        super().__init__()
        self._jobs, self._activities = jobs, activities
        self._checks: dict[str, bool] = {}
        self._backups: tuple[BackupSummary, ...] = ()
        self.make = Button(self.tr("&Back up now"), role="primary", icon_name="archive")
        self.check = Button(self.tr("C&heck all"), icon_name="shield-check")
        self.restore = Button(self.tr("&Restore…"), icon_name="rotate-ccw")
        self.restore_other = Button(self.tr("Restore from another &folder…"), icon_name="folder")
        self.make.clicked.connect(self._make)
        self.check.clicked.connect(self._check)
        self.restore.clicked.connect(self._restore)
        self.restore_other.clicked.connect(lambda: self.restore_wanted.emit(""))
        self.table = BackupTable()
        self.table.row_chosen.connect(self._show_buttons)
        self.progress = ProgressLine(self.tr("Working on backups"))
        self.message = MessageBar()
        self._arrange()
        self._show_buttons()

    def _arrange(self) -> None:
        about = PlainLabel(
            self.tr(
                "One is made each day, and before each migration and rotation. Each is verified "
                "before it counts, encrypted as the vault is, and opens on any computer with the "
                "passphrase of its time or the recovery code."
            ),
            role="muted",
            wrap=True,
        )
        card = Card(PlainLabel(self.tr("Backups"), role="heading"), about, self.message)
        card.column.addLayout(row_of(self.make, self.check, None))
        card.column.addWidget(self.progress)
        card.column.addWidget(self.table, 1)
        card.column.addLayout(row_of(self.restore, self.restore_other, None))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(card)

    def load(self) -> None:
        """Ask for the list."""
        self._jobs.start(VaultService.backups, done=self._show, failed=self._explain, owner=self)

    def _show(self, backups: tuple[BackupSummary, ...]) -> None:
        self._backups = backups
        rows = (BackupRow(one, self._checks.get(one.path)) for one in backups)
        self.table.show_rows(tuple(rows))
        self._show_buttons()

    def _show_buttons(self) -> None:
        self.restore.setEnabled(self.table.chosen() is not None)
        self.check.setEnabled(bool(self._backups))

    def _make(self) -> None:
        self.message.dismiss()
        self.make.setEnabled(False)
        job = self._activities.start(
            self.tr("Back up the vault"),
            VaultService.back_up,
            done=self._made,
            failed=self._explain,
            owner=self,
        )
        job.finished.connect(lambda: self.make.setEnabled(True))
        self.progress.follow(job)

    def _made(self, backup: BackupSummary) -> None:
        said = self.tr("Made a backup of {size} and verified it.")
        self.message.say(Tone.OK, said.format(size=figures.size(backup.size_bytes)))
        self.load()

    def _check(self) -> None:
        self.message.dismiss()
        job = self._activities.start(
            self.tr("Check the backups"),
            VaultService.check_backups,
            done=self._checked,
            failed=self._explain,
            owner=self,
        )
        self.progress.follow(job)

    def _checked(self, checks: tuple[BackupCheck, ...]) -> None:
        self._checks = {check.path: check.is_sound for check in checks}
        damaged = sum(not check.is_sound for check in checks)
        if damaged:
            said = self.tr(
                "%n backup(s) damaged. Make a new one, and look at the disk.", "", damaged
            )
            self.message.say(Tone.BAD, said)
        else:
            self.message.say(Tone.OK, self.tr("Every backup is as it was made."))
        self._show(self._backups)

    def _restore(self) -> None:
        row = self.table.chosen()
        if row is not None:
            self.restore_wanted.emit(row.backup.path)

    def _explain(self, error: AppError) -> None:
        tone = Tone.INFO if isinstance(error, Cancelled) else Tone.BAD
        self.message.say(tone, str(error))
