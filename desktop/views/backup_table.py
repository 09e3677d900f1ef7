"""A list of backups."""

from dataclasses import dataclass

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.vault import BackupSummary
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import icon
from desktop.views.models.table_model import Column

REASONS = {
    "daily": QT_TRANSLATE_NOOP("backups", "Daily"),
    "manual": QT_TRANSLATE_NOOP("backups", "By hand"),
    "before-migration": QT_TRANSLATE_NOOP("backups", "Before a new version"),
    "before-rotation": QT_TRANSLATE_NOOP("backups", "Before a rotation"),
}


@dataclass(frozen=True, slots=True)
class BackupRow:
    """A backup with what a check of it found; None: verified when it was made, not since."""

    backup: BackupSummary
    is_sound: bool | None = None


class BackupTable(DataTable[BackupRow]):
    """Date, reason, verification, size."""

    def __init__(self) -> None:
        name = QCoreApplication.translate("BackupTable", "Backups")
        super().__init__(name, (), key=lambda row: row.backup.path)
        self.show_columns(self._columns(), ())
        for column, width_px in enumerate((140, 158, 96), start=1):
            self.setColumnWidth(column, width_px)

    def _columns(self) -> tuple[Column[BackupRow], ...]:
        return (
            Column(
                self.tr("Made"),
                lambda row: figures.dated(row.backup.made_at),
                lambda row: row.backup.made_at,
            ),
            Column(self.tr("Why"), lambda row: reason(row.backup)),
            Column(self.tr("Verified"), self._verified, icon=lambda row: icon(*_mark(row))),
            Column(
                self.tr("Size"),
                lambda row: figures.size(row.backup.size_bytes),
                lambda row: row.backup.size_bytes,
                is_number=True,
            ),
        )

    def _verified(self, row: BackupRow) -> str:
        if row.is_sound is None:
            return self.tr("When it was made")
        return self.tr("Just now") if row.is_sound else self.tr("Damaged")


def _mark(row: BackupRow) -> tuple[str, str]:
    return ("circle-alert", "bad") if row.is_sound is False else ("circle-check", "ok")


def reason(backup: BackupSummary) -> str:
    """Why a backup was made, in words."""
    known = REASONS.get(backup.reason)
    return QCoreApplication.translate("backups", str(known)) if known else backup.reason
