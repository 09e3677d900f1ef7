"""What a file would bring, before anything is stored."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QItemSelection, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QAbstractItemView, QDialog, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.keys import ImportLine, ImportPreview, ImportReceipt, ImportVerdict
from desktop.services.key_transfer import KeyTransferService
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.form_field import FormField
from desktop.views.icons import Button, icon
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.models.table_model import Column
from desktop.views.page import row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.text import ElidedLabel, PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

SIZE: Final = (760, 560)
ICONS: Final = {
    ImportVerdict.NEW: ("plus", "ok"),
    ImportVerdict.ALREADY_THERE: ("circle-check", "muted"),
    ImportVerdict.UNUSABLE: ("ban", "warn"),
}


class ImportDialog(QDialog):
    """The entries of a file; the selected ones are taken. Asks for a passphrase where needed."""

    imported = Signal(object)
    """The `ImportReceipt`."""

    def __init__(self, parent: QWidget, jobs: "Jobs", path: str) -> None:
        super().__init__(parent)
        self._jobs, self._path = jobs, path
        self._preview: ImportPreview | None = None
        self.setWindowTitle(self.tr("Import keys"))
        self.resize(*SIZE)
        self.message = MessageBar(dismissable=False)
        self.passphrase = PassphraseField(self.tr("Passphrase"))
        self.passphrase.submitted.connect(self.look)
        self.asking = FormField(self.tr("&Passphrase of the file"), self.passphrase)
        self.asking.hide()
        self.read_file = Button(self.tr("&Open the file"), role="primary")
        self.read_file.clicked.connect(self.look)
        self.read_file.hide()
        self.table: DataTable[ImportLine] = DataTable(
            self.tr("Entries of the file"), self._columns(), key=lambda line: line.place
        )
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.MultiSelection)
        self.table.setColumnWidth(1, 120)
        self.table.setColumnWidth(2, 90)
        self.table.setColumnWidth(3, 150)
        self.table.selectionModel().selectionChanged.connect(self._count)
        self.left_out = PlainLabel(role="muted", wrap=True)
        self.take = Button(self.tr("&Import"), role="primary")
        self.take.clicked.connect(self._take)
        self.cancel = Button(self.tr("&Cancel"))
        self.cancel.clicked.connect(self.reject)
        self._arrange()
        self.look()

    def _columns(self) -> tuple[Column[ImportLine], ...]:
        return (
            Column(self.tr("Name"), lambda line: line.details.name or figures.NOTHING),
            Column(self.tr("Provider"), lambda line: line.details.provider or figures.NOTHING),
            Column(
                self.tr("Ends in"), lambda line: f"…{line.hint}" if line.hint else figures.NOTHING
            ),
            Column(self.tr("What becomes of it"), self._word, icon=_icon),
        )

    def _word(self, line: ImportLine) -> str:
        return {
            ImportVerdict.NEW: self.tr("New"),
            ImportVerdict.ALREADY_THERE: self.tr("Already there"),
            ImportVerdict.UNUSABLE: self.tr("Cannot be stored"),
        }[line.verdict]

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("What this file would bring"), role="title"))
        column.addWidget(ElidedLabel(self._path, role="muted"))
        about = PlainLabel(
            self.tr("Marked entries are imported; click one to leave it out or to take it."),
            role="muted",
            wrap=True,
        )
        for part in (about, self.message, self.asking):
            column.addWidget(part)
        column.addLayout(row_of(self.read_file, None))
        column.addWidget(self.table, 1)
        column.addWidget(self.left_out)
        column.addLayout(row_of(None, self.cancel, self.take))
        self.take.setEnabled(False)

    def look(self) -> None:
        """Have the core read the file."""
        self.message.dismiss()
        self.passphrase.explain("")
        self._jobs.start(
            KeyTransferService.preview,
            self._path,
            self.passphrase.text(),
            done=self._show,
            failed=self._explain,
            owner=self,
        )

    def _show(self, preview: ImportPreview) -> None:
        self._preview = preview
        self.asking.hide()
        self.read_file.hide()
        self.table.show()
        self.table.show_rows(preview.lines)
        for place, line in enumerate(self.table.table_model.rows):
            if line.verdict is ImportVerdict.NEW:
                self.table.selectRow(place)
        said = self.tr("Not taken from this file: {things}.")
        self.left_out.setText(said.format(things=", ".join(preview.left_out)))
        self.left_out.setVisible(bool(preview.left_out))
        self._count()

    def chosen(self) -> tuple[int, ...]:
        """Places in the file of the entries that are selected and can be stored."""
        rows = self.table.table_model.rows
        lines = (rows[index.row()] for index in self.table.selectionModel().selectedRows())
        return tuple(line.place for line in lines if line.verdict is ImportVerdict.NEW)

    def _count(self, _now: QItemSelection | None = None, _before: object = None) -> None:
        count = len(self.chosen())
        self.take.setText(self.tr("&Import %n key(s)", "", count))
        self.take.setEnabled(count > 0)

    def _take(self) -> None:
        if self._preview is None:
            return
        self.take.setEnabled(False)
        self._jobs.start(
            KeyTransferService.import_chosen,
            self._path,
            self.passphrase.text(),
            self._preview.digest,
            self.chosen(),
            done=self._finish,
            failed=self._explain,
            owner=self,
        )

    def _finish(self, receipt: ImportReceipt) -> None:
        self.imported.emit(receipt)
        self.accept()

    def _explain(self, error: AppError) -> None:
        if error.field != "passphrase":
            self.message.say(Tone.BAD, str(error))
            self._count()
            return
        was_asked = bool(self.passphrase.text())
        for part in (self.asking, self.read_file):
            part.show()
        self.table.hide()
        self.passphrase.explain(str(error) if was_asked else "")
        self.passphrase.field.setFocus()

    def done(self, result: int) -> None:
        """Close, and forget the passphrase."""
        self.passphrase.clear()
        super().done(result)


def _icon(line: ImportLine) -> QIcon:
    return icon(*ICONS[line.verdict])
