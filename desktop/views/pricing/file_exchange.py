"""Rules from and into a file: a look at what would change comes first."""

from typing import TYPE_CHECKING

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.pricing.changes import FileAction, FilePreview
from desktop.services.rule_files import RuleFileService
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class RuleImportDialog(QDialog):
    """Shows every change or every mistake of a file, and imports it. Closes when it is done."""

    def __init__(
        self, parent: QWidget, jobs: "Jobs", application_id: ApplicationId, path: str
    ) -> None:
        super().__init__(parent)
        self._jobs, self._application_id, self._path = jobs, application_id, path
        self.setWindowTitle(self.tr("Import rules"))
        self.setMinimumSize(620, 460)
        self.message = MessageBar(dismissable=False)
        self.text = QPlainTextEdit()
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setAccessibleName(self.tr("What the file changes"))
        self.take = Button(self.tr("&Publish all"), role="primary")
        self.take.setEnabled(False)
        self.take.clicked.connect(self._take)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(12)
        column.addWidget(PlainLabel(self.tr("Import rules"), role="title"))
        column.addWidget(self.message)
        column.addWidget(self.text, 1)
        column.addLayout(row_of(None, self.cancel, self.take))
        jobs.start(
            RuleFileService.preview_file, application_id, path, "",
            done=self._show, failed=self._explain, owner=self,
        )  # fmt: skip

    def _show(self, found: FilePreview) -> None:
        changes = [one for one in found.changes if one.diff]
        if found.problems:
            lines = [f"{one.line}: {one.field}\n    {one.message}" for one in found.problems]
            self.text.setPlainText("\n".join(lines))
            said = self.tr("The file has %n mistake(s). Nothing was changed.", "", len(lines))
            self.message.say(Tone.BAD, said)
            return
        self.text.setPlainText("\n\n".join(one.diff for one in changes))
        left = sum(one.action is FileAction.LEFT for one in found.changes)
        said = self.tr(
            "%n change(s). Not in the file, and left as they are: {left}.", "", len(changes)
        )
        past = any(one.changes_past for one in changes)
        warned = self.tr("Bills of days before today change.") if past else ""
        tone = Tone.WARN if past else Tone.INFO
        self.message.say(tone, f"{said.format(left=left)} {warned}".strip())
        self.take.setEnabled(bool(changes))

    def _take(self) -> None:
        self.take.setEnabled(False)
        self._jobs.start(
            RuleFileService.import_file, self._application_id, self._path, "",
            done=lambda _: self.accept(), failed=self._explain, owner=self,
        )  # fmt: skip

    def _explain(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
