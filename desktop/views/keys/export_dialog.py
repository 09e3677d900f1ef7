"""All keys into one encrypted file."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QFileDialog, QProgressBar, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.services.key_transfer import KeyTransferService
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.new_passphrase import NewPassphrase
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

WIDTH_PX: Final = 520
FILE_NAME: Final = "usageflow-keys.age"


class ExportDialog(QDialog):
    """A passphrase of the file's own, then its place; the file is read back before it counts."""

    exported = Signal(str, int)
    """Where, and how many keys."""

    def __init__(self, parent: QWidget, jobs: "Jobs") -> None:
        super().__init__(parent)
        self._jobs = jobs
        self.setWindowTitle(self.tr("Export keys"))
        self.setMinimumWidth(WIDTH_PX)
        self.message = MessageBar(dismissable=False)
        self.passphrase = NewPassphrase(jobs)
        self.passphrase.submitted.connect(self._choose_place)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Writing the file"))
        self.busy.hide()
        self.save = Button(self.tr("&Save the file…"), role="primary")
        self.save.clicked.connect(self._choose_place)
        self.cancel = Button(self.tr("&Cancel"))
        self.cancel.clicked.connect(self.reject)
        self._arrange()

    def _arrange(self) -> None:
        about = PlainLabel(
            self.tr(
                "One file with every key and its secret, in the age format, encrypted with a "
                "passphrase of its own. It is read back before it counts. Who has the file and the "
                "passphrase has all keys."
            ),
            role="muted",
            wrap=True,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Export all keys, encrypted"), role="title"))
        for part in (about, self.message, self.passphrase, self.busy):
            column.addWidget(part)
        column.addLayout(row_of(None, self.cancel, self.save))

    def _choose_place(self) -> None:
        if not self.save.isEnabled() or not self.passphrase.is_ready():
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export keys"), FILE_NAME, self.tr("Encrypted keys (*.age)")
        )
        if path:
            self.export_to(path)

    def export_to(self, path: str) -> None:
        """Have the core write the file."""
        self.message.dismiss()
        self._set_busy(busy=True)

        def finish(count: int) -> None:
            self.exported.emit(path, count)
            self.accept()

        self._jobs.start(
            KeyTransferService.export_keys,
            path,
            self.passphrase.text(),
            done=finish,
            failed=self._explain,
            owner=self,
        )

    def _explain(self, error: AppError) -> None:
        self._set_busy(busy=False)
        if error.field == "passphrase":
            self.passphrase.explain(error)
        else:
            self.message.say(Tone.BAD, str(error))

    def _set_busy(self, *, busy: bool) -> None:
        self.busy.setVisible(busy)
        self.save.setDisabled(busy)
        self.passphrase.setDisabled(busy)

    def done(self, result: int) -> None:
        """Close, and forget the passphrase."""
        self.passphrase.clear()
        super().done(result)
