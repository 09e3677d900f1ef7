"""Erases the person of a request: who they are, the dry run, progress, the certificate."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QFileDialog, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, Cancelled
from desktop.domain.privacy.approvals import Guarded
from desktop.domain.privacy.erasure import Customer, ErasurePlan, ErasureProgress, ErasureState
from desktop.domain.privacy.requests import RequestLine
from desktop.services.privacy.erasing.service import CertificateFiles, ErasureService
from desktop.services.privacy.finding import Match, Search
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.views.activities import Activities
from desktop.views.icons import Button
from desktop.views.lines import Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import erasure_words, words
from desktop.views.privacy.approval_panel import ApprovalPanel
from desktop.views.privacy.hold_panel import HoldPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ErasePanel(QWidget):
    """Hidden unless the request asks for an erasure and somebody knows who asks."""

    changed = Signal()
    """The erasure is done, or all but what a hold keeps."""

    def __init__(self, jobs: "Jobs", activities: Activities) -> None:
        super().__init__()
        self._jobs, self._activities = jobs, activities
        self._line: RequestLine | None = None
        self._erasure_id = ""
        self.message = MessageBar()
        self.eyes = ApprovalPanel(jobs, Guarded.ERASURE)
        self.begin = Button(self.tr("&Plan the erasure…"), role="primary", icon_name="trash-2")
        self.begin.clicked.connect(self._find)
        self.question = PlainLabel(self.tr("Which of these customers is the person?"), wrap=True)
        self.boxes: dict[Match, QCheckBox] = {}
        self.people = Lines(spacing=2)
        self.keeps_blocks = QCheckBox(self.tr("&Keep blocks of this person in force"))
        self.show_plan = Button(self.tr("Show &what would happen"), role="primary")
        self.show_plan.clicked.connect(self._plan)
        self.plan = Lines(spacing=4)
        self.erase = Button(self.tr("&Erase now"), role="danger")
        self.erase.clicked.connect(self._start)
        self.progress = Lines(spacing=4)
        self.go_on = Button(self.tr("Try &again now"))
        self.go_on.clicked.connect(self._go_on)
        self.certificate = Button(self.tr("Write the &certificate…"), icon_name="download")
        self.certificate.clicked.connect(self._write)
        self.holding = HoldPanel(jobs)
        self.holding.changed.connect(self._held_otherwise)
        self._arrange()
        self.show_request(None)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.message)
        column.addWidget(self.eyes)
        column.addLayout(row_of(self.begin, None))
        for part in (self.question, self.people, self.keeps_blocks):
            column.addWidget(part)
        column.addLayout(row_of(self.show_plan, None))
        column.addWidget(self.plan)
        column.addLayout(row_of(self.erase, None))
        column.addWidget(self.progress)
        column.addLayout(row_of(self.go_on, self.certificate, None))
        column.addWidget(self.holding)

    def show_request(self, line: RequestLine | None) -> None:
        """Offer the erasure of a request; None hides the panel. The one on show keeps its place."""
        if line is not None and self._line is not None and line.request_id == self._line.request_id:
            return
        self._line, self._erasure_id = line, ""
        self.eyes.show_request(line)
        self.message.dismiss()
        for lines in (self.plan, self.progress):
            lines.fill(())
        self._show_people(None)
        self.holding.show_customers(())
        for part in (self.erase, self.go_on, self.certificate):
            part.hide()
        self.setVisible(line is not None)
        self._load_progress()

    def _load_progress(self) -> None:
        line = self._line
        if line is not None:
            self._jobs.start(
                ErasureService.progress_of,
                line.request_id,
                done=lambda found: self._show_progress(line, found),
                failed=self._fail,
                owner=self,
            )

    def _held_otherwise(self) -> None:
        """A plan or a progress on show was made under other holds."""
        self._choice_changed()
        self._load_progress()

    def _find(self) -> None:
        line = self._line
        if line is None:
            return
        self.message.dismiss()
        self.begin.setEnabled(False)
        self._jobs.start(
            PrivacyPackageService.find_person,
            line.request_id,
            done=lambda found: self._found(line, found),
            failed=self._fail,
            owner=self,
        )

    def _found(self, line: RequestLine, found: Search) -> None:
        self.begin.setEnabled(True)
        if line != self._line:
            return
        self._show_people(found)
        customers = (Customer(one.application_id, one.customer_id) for one in found.matches)
        self.holding.show_customers(tuple(customers))
        if not found.matches:
            said = self.tr("No customer has this name, id or identity. Nothing was erased.")
            self.message.say(Tone.INFO, said)

    def _show_people(self, found: Search | None) -> None:
        matches = found.matches if found else ()
        self.boxes = {match: QCheckBox(words.described(match)) for match in matches}
        for box in self.boxes.values():
            box.setChecked(True)
            box.toggled.connect(self._choice_changed)
        self.people.fill(self.boxes.values())
        for part in (self.question, self.keeps_blocks, self.show_plan):
            part.setVisible(bool(matches))
        self.begin.setVisible(not matches)

    def _choice_changed(self) -> None:
        """Another choice is another plan: what is on show must be what happens."""
        self.plan.fill(())
        self.erase.hide()
        self.show_plan.setEnabled(bool(self._chosen()))

    def _chosen(self) -> tuple[Match, ...]:
        return tuple(match for match, box in self.boxes.items() if box.isChecked())

    def _plan(self) -> None:
        line = self._line
        if line is None:
            return
        self.message.dismiss()
        self._jobs.start(
            ErasureService.plan,
            line.request_id,
            self._chosen(),
            self.keeps_blocks.isChecked(),
            done=lambda plan: self._show_plan(line, plan),
            failed=self._fail,
            owner=self,
        )

    def _show_plan(self, line: RequestLine, plan: ErasurePlan) -> None:
        if line != self._line:
            return
        told = [
            PlainLabel(self.tr("Nothing is changed yet. This is what would happen:"), wrap=True)
        ]
        self.plan.fill((*told, *erasure_words.plan_lines(plan)))
        self.erase.show()
        self.erase.setFocus()

    def _start(self) -> None:
        line = self._line
        if line is None:
            return
        self.erase.setEnabled(False)
        self._jobs.start(
            ErasureService.start,
            line.request_id,
            self._chosen(),
            self.keeps_blocks.isChecked(),
            done=lambda begun: self._begun(line, begun),
            failed=self._fail,
            owner=self,
        )

    def _begun(self, line: RequestLine, begun: ErasureProgress) -> None:
        self._show_progress(line, begun)
        self._go_on()

    def _go_on(self) -> None:
        line = self._line
        if line is None or not self._erasure_id:
            return
        self.go_on.hide()
        self._activities.start(
            self.tr("Erase the person of {number}").format(number=words.number(line)),
            ErasureService.go_on,
            self._erasure_id,
            done=lambda now: self._went_on(line, now),
            failed=self._fail,
            owner=self,
        )

    def _went_on(self, line: RequestLine, now: ErasureProgress) -> None:
        self._show_progress(line, now)
        if now.has_certificate:
            self.changed.emit()

    def _show_progress(self, line: RequestLine, now: ErasureProgress | None) -> None:
        if line != self._line or now is None:
            return
        self._erasure_id = now.erasure_id
        self.eyes.show_request(None)
        self._show_people(None)
        self.holding.show_customers(tuple(dict.fromkeys(hold.customer for hold in now.holds)))
        self.begin.hide()
        self.plan.fill(())
        self.erase.setEnabled(True)
        self.erase.hide()
        self.progress.fill(erasure_words.progress_lines(now))
        self.go_on.setVisible(now.state is ErasureState.RUNNING)
        self.certificate.setVisible(now.has_certificate)

    def _write(self) -> None:
        line = self._line
        if line is None:
            return
        suggested = f"{words.number(line)}-erasure.json"
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Write the certificate"), suggested, self.tr("Certificates (*.json)")
        )
        if path:
            self._jobs.start(
                ErasureService.write_certificate,
                line.request_id,
                path,
                done=self._written,
                failed=self._fail,
                owner=self,
            )

    def _written(self, files: CertificateFiles) -> None:
        said = self.tr("Written and signed: {path}, and as PDF beside it.").format(path=files.path)
        self.message.say(Tone.OK, said)

    def _fail(self, error: AppError) -> None:
        self.begin.setEnabled(True)
        self.erase.setEnabled(True)
        self.go_on.setVisible(bool(self._erasure_id))
        if error.field == "approval":
            self.eyes.show_request(self._line)
        self.message.say(Tone.INFO if isinstance(error, Cancelled) else Tone.BAD, str(error))
