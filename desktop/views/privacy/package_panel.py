"""Builds the file a person gets: who they are among the customers, progress, receipt."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QProgressBar, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.privacy.requests import RequestLine
from desktop.services.privacy.finding import Match, Search
from desktop.services.privacy.packages import PackageReceipt, PrivacyPackageService
from desktop.services.privacy.redacting import Found
from desktop.views import figures
from desktop.views.activities import Activities
from desktop.views.clipboard import SecretClipboard
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.privacy.redaction_list import RedactionList
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs


class PackagePanel(QWidget):
    """Hidden unless the request wants a file; shows nothing of the request before."""

    approval_wanted = Signal(object)
    """The line of a request whose file waits for a second person."""

    def __init__(self, jobs: "Jobs", activities: Activities, clipboard: SecretClipboard) -> None:
        super().__init__()
        self._jobs, self._activities, self._clipboard = jobs, activities, clipboard
        self._line: RequestLine | None = None
        self._job: Job | None = None
        self._passphrase = ""
        self.message = MessageBar()
        self.begin = Button(self.tr("&Build the file…"), role="primary", icon_name="download")
        self.begin.clicked.connect(self._find)
        self.question = PlainLabel(self.tr("Which of these customers is the person?"), wrap=True)
        self.boxes: dict[Match, QCheckBox] = {}
        self.people = Lines(spacing=2)
        self.write = Button(self.tr("&Write the file…"), role="primary")
        self.write.clicked.connect(self._write)
        self.covering = RedactionList()
        self._looked_at: tuple[Match, ...] = ()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(self.tr("Build the file"))
        self.cancel = Button(self.tr("&Cancel"))
        self.cancel.clicked.connect(self._cancel)
        self.receipt = Lines(spacing=6)
        self.copy = Button(self.tr("Copy the &passphrase"), icon_name="copy")
        self.copy.clicked.connect(self._copy)
        self._arrange()
        self.show_request(None)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.message)
        column.addLayout(row_of(self.begin, None))
        for part in (self.question, self.people, self.covering):
            column.addWidget(part)
        column.addLayout(row_of(self.write, None))
        column.addLayout(row_of(self.bar, self.cancel))
        column.addWidget(self.receipt)
        column.addLayout(row_of(self.copy, None))

    def show_request(self, line: RequestLine | None) -> None:
        """Offer the file of a request; None hides the panel. The one on show keeps its place."""
        if line is not None and self._line is not None and line.request_id == self._line.request_id:
            return
        self._line = line
        self._passphrase = ""
        self.message.dismiss()
        self.receipt.fill(())
        self._show_people(None)
        self._show_running(running=False)
        self.setVisible(line is not None)

    def _find(self) -> None:
        line = self._line
        if line is None:
            return
        self.message.dismiss()
        self._job = self._jobs.start(
            PrivacyPackageService.find_person,
            line.request_id,
            done=lambda found: self._found(line, found),
            failed=self._fail,
            owner=self,
        )
        self._show_running(running=True)

    def _found(self, line: RequestLine, found: Search) -> None:
        self._show_running(running=False)
        if line != self._line:
            return
        self._show_people(found)
        if found.unopened:
            said = self.tr(
                "%n identity(ies) are sealed for another vault and could not be compared.",
                "",
                found.unopened,
            )
            self.message.say(Tone.WARN, said)

    def _show_people(self, found: Search | None) -> None:
        matches = found.matches if found else ()
        self._looked_at = ()
        self.boxes = {match: QCheckBox(words.described(match)) for match in matches}
        for box in self.boxes.values():
            box.setChecked(True)
            box.toggled.connect(self._require_one)
        self.people.fill(self.boxes.values())
        self.covering.forget()
        self.covering.setVisible(bool(matches))
        self.question.setVisible(bool(matches))
        self.write.setVisible(bool(matches))
        self.begin.setVisible(not matches)
        self._require_one()
        if found is not None and not matches:
            said = self.tr("No customer has this name, id or identity. Nothing was written.")
            self.message.say(Tone.INFO, said)

    def _require_one(self) -> None:
        self.write.setEnabled(bool(self._chosen()))
        is_second_look = bool(self._looked_at) and self._looked_at == self._chosen()
        confirm, write = self.tr("Confirm and &write the file…"), self.tr("&Write the file…")
        self.write.setText(confirm if is_second_look else write)

    def _chosen(self) -> tuple[Match, ...]:
        return tuple(match for match, box in self.boxes.items() if box.isChecked())

    def _write(self) -> None:
        """Ask for the file, or first for a look at what names others."""
        line, chosen = self._line, self._chosen()
        if line is None:
            return
        self.covering.take_text()
        if chosen == self._looked_at:
            self._choose_file()
            return
        self._job = self._jobs.start(
            PrivacyPackageService.third_parties,
            line.request_id,
            chosen,
            self.covering.marked,
            done=lambda found: self._look(line, chosen, found),
            failed=self._fail,
            owner=self,
        )
        self._show_running(running=True)

    def _look(self, line: RequestLine, chosen: tuple[Match, ...], found: Found) -> None:
        if line != self._line:
            return
        self._looked_at = chosen
        self._show_running(running=False)
        self.covering.show_found(found)
        if self.covering.boxes:
            self.write.setFocus()
        elif chosen == self._chosen():
            self._choose_file()

    def _choose_file(self) -> None:
        if self._line is None:
            return
        suggested = f"{words.number(self._line)}.zip"
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Write the file"), suggested, self.tr("Encrypted archives (*.zip)")
        )
        if path:
            self._build(self._line, path)

    def _build(self, line: RequestLine, path: str) -> None:
        self.receipt.fill(())
        self._job = self._activities.start(
            self.tr("Build the file of {number}").format(number=words.number(line)),
            PrivacyPackageService.build,
            line.request_id,
            self._looked_at,
            path,
            "",
            self.covering.decisions,
            done=lambda receipt: self._finish(line, receipt),
            failed=self._fail,
            owner=self,
        )
        self._show_running(running=True)

    def _finish(self, line: RequestLine, receipt: PackageReceipt) -> None:
        self._show_running(running=False)
        if line != self._line:
            return
        self._passphrase = receipt.passphrase
        written = self.tr("{path}: {rows} records, written, read back and verified").format(
            path=receipt.path, rows=figures.count(receipt.rows)
        )
        self.receipt.fill(
            (
                IconLine("circle-check", "ok", written),
                PlainLabel(
                    self.tr("Passphrase, shown only now. Tell it by another way:"), wrap=True
                ),
                PlainLabel(receipt.passphrase, role="heading", wrap=True),
                *(IconLine("triangle-alert", "warn", one) for one in receipt.missing),
            )
        )
        self.copy.show()

    def _copy(self) -> None:
        self._clipboard.copy(self._passphrase)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        if self._job is not None:
            self._job.cancel()

    def _fail(self, error: AppError) -> None:
        self._show_running(running=False)
        if error.field == "approval":
            self.message.say(Tone.WARN, self.tr("Your choices are kept. {why}").format(why=error))
            self.approval_wanted.emit(self._line)
            return
        is_expected = isinstance(error, Cancelled)
        self.message.say(Tone.INFO if is_expected else Tone.BAD, str(error))

    def go_on_approved(self) -> None:
        """The second person agreed: what was chosen can be written."""
        self.message.dismiss()
        if self.write.isVisible():
            self.write.setFocus()

    def _show_running(self, *, running: bool) -> None:
        self._job = self._job if running else None
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        for part in (self.bar, self.cancel):
            part.setVisible(running)
        self.begin.setEnabled(not running)
        self.copy.setVisible(bool(self._passphrase) and not running)
        if running:
            self.write.setEnabled(False)
        else:
            self._require_one()
