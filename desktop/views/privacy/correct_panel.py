"""Corrects the person of a request: who they are, which field, what it should be, who has it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP
from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.corrections import PersonField
from desktop.domain.privacy.erasure import ProcessorResult, ProcessorState
from desktop.domain.privacy.requests import RequestLine
from desktop.services.privacy.correcting import CorrectionOutcome, CorrectionService
from desktop.services.privacy.finding import Match, Search
from desktop.services.privacy.packages import PrivacyPackageService
from desktop.views.combo_of import ComboOf
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.privacy.erasure_words import PLACES

if TYPE_CHECKING:
    from desktop.jobs import Jobs

FIELDS: Final[Mapping[PersonField, object]] = {
    PersonField.NAME: QT_TRANSLATE_NOOP("privacy", "Name"),
    PersonField.EMAIL: QT_TRANSLATE_NOOP("privacy", "E-mail"),
}
ICONS: Final = {
    ProcessorState.DONE: ("circle-check", "ok"),
    ProcessorState.KEPT: ("circle-check", "ok"),
    ProcessorState.NOT_CONNECTED: ("clock", "muted"),
    ProcessorState.UNREACHABLE: ("triangle-alert", "warn"),
}


class CorrectPanel(QWidget):
    """Hidden unless the request asks for a correction and somebody knows who asks."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._line: RequestLine | None = None
        self.message = MessageBar()
        self.begin = Button(self.tr("&Correct…"), role="primary", icon_name="pencil")
        self.begin.clicked.connect(self._find)
        self.boxes: dict[Match, QCheckBox] = {}
        self.people = Lines(spacing=2)
        self.field: ComboOf[PersonField] = ComboOf(self.tr("What is wrong"), FIELDS, words.say)
        self.value = QLineEdit()
        self.value.returnPressed.connect(self._correct)
        self.what = FormField(self.tr("What is &wrong"), self.field)
        self.value_field = FormField(self.tr("What it &should be"), self.value)
        self.correct = Button(self.tr("Correct it &everywhere"), role="primary")
        self.correct.clicked.connect(self._correct)
        self.results = Lines(spacing=4)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.message)
        column.addLayout(row_of(self.begin, None))
        for part in (self.people, self.what, self.value_field):
            column.addWidget(part)
        column.addLayout(row_of(self.correct, None))
        column.addWidget(self.results)
        self.show_request(None)

    def show_request(self, line: RequestLine | None) -> None:
        """Offer the correction of a request; None hides the panel. The one on show stays."""
        if line is not None and self._line is not None and line.request_id == self._line.request_id:
            return
        self._line = line
        self.message.dismiss()
        self.value.clear()
        self.results.fill(())
        self._show_people(())
        self.setVisible(line is not None)

    def _find(self) -> None:
        line = self._line
        if line is None:
            return
        self.message.dismiss()
        self._jobs.start(
            PrivacyPackageService.find_person,
            line.request_id,
            done=lambda found: self._found(line, found),
            failed=self._fail,
            owner=self,
        )

    def _found(self, line: RequestLine, found: Search) -> None:
        if line != self._line:
            return
        self._show_people(found.matches)
        if found.matches:
            self.value.setFocus()
        else:
            said = self.tr("No customer has this name, id or identity. Nothing was corrected.")
            self.message.say(Tone.INFO, said)

    def _show_people(self, matches: tuple[Match, ...]) -> None:
        self.boxes = {match: QCheckBox(words.described(match)) for match in matches}
        for box in self.boxes.values():
            box.setChecked(True)
        self.people.fill(self.boxes.values())
        self.begin.setVisible(not matches)
        for part in (self.what, self.value_field, self.correct):
            part.setVisible(bool(matches))

    def _correct(self) -> None:
        line = self._line
        if line is None:
            return
        self.value_field.explain("")
        self.correct.setEnabled(False)
        self._jobs.start(
            CorrectionService.correct,
            line.request_id,
            tuple(match for match, box in self.boxes.items() if box.isChecked()),
            self.field.value().value,
            self.value.text(),
            done=lambda done: self._show_results(line, done),
            failed=self._fail,
            owner=self,
        )

    def _show_results(self, line: RequestLine, done: CorrectionOutcome) -> None:
        self.correct.setEnabled(True)
        if line != self._line:
            return
        self.value.clear()
        here = IconLine("circle-check", "ok", self.tr("Corrected here; the service is told next"))
        self.results.fill((here, *map(_result_line, done.results)))

    def _fail(self, error: AppError) -> None:
        self.correct.setEnabled(True)
        if error.field == "value":
            self.value_field.explain(str(error))
        else:
            self.message.say(Tone.BAD, str(error))


def _result_line(result: ProcessorResult) -> IconLine:
    return IconLine(*ICONS[result.state], f"{words.say(PLACES[result.place])}: {result.detail}")
