"""One privacy request: who asks, by when, what may be done next, and what happened."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.privacy.clocks import Due
from desktop.domain.privacy.kinds import Action, RequestKind
from desktop.domain.privacy.requests import NewRequest, RequestDetail, TimelineEntry
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.privacy.action_panel import ActionPanel
from desktop.views.privacy.approval_panel import ApprovalPanel
from desktop.views.privacy.code_panel import CodePanel
from desktop.views.privacy.correct_panel import CorrectPanel
from desktop.views.privacy.erase_panel import ErasePanel
from desktop.views.privacy.freeze_panel import FreezePanel
from desktop.views.privacy.package_panel import PackagePanel
from desktop.views.scrolled import Scrolled
from desktop.views.text import ElidedLabel, PlainLabel


class RequestPanel(QFrame):
    """Empty until a request is chosen."""

    note_wanted = Signal(str)

    def __init__(
        self,
        package: PackagePanel,
        erasing: ErasePanel,
        correcting: CorrectPanel,
        proof: CodePanel,
        guards: tuple[ApprovalPanel, FreezePanel],
    ) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.package, self.erasing, self.correcting = package, erasing, correcting
        self.proof, (self.eyes, self.freezing) = proof, guards
        package.approval_wanted.connect(self.eyes.show_request)
        self.eyes.agreed.connect(package.go_on_approved)
        self.heading = ElidedLabel(self.tr("Choose a request to see it."), role="heading")
        self.about = PlainLabel(role="muted", wrap=True)
        self.due = Lines()
        self.text = PlainLabel(wrap=True)
        self.steps = ActionPanel()
        self.clocks = Lines(spacing=4)
        self.timeline = Lines(spacing=6)
        self.note = QLineEdit()
        self.note.setPlaceholderText(self.tr("Add a note"))
        self.note.setAccessibleName(self.tr("Note"))
        self.note.returnPressed.connect(self._note)
        self.add_note = Button(self.tr("A&dd"))
        self.add_note.clicked.connect(self._note)
        self._arrange()
        self.clear()

    def _arrange(self) -> None:
        self.titles = [
            PlainLabel(text.upper(), role="section")
            for text in (self.tr("What they wrote"), self.tr("Dates"), self.tr("Record"))
        ]
        wrote, dates, record = self.titles
        notes = QWidget()
        row = row_of(self.note, self.add_note)
        row.setContentsMargins(0, 0, 0, 0)
        notes.setLayout(row)
        self._notes = notes
        inside = Scrolled(
            self.tr("The request"), self.due, self.freezing, self.eyes, self.package, self.erasing,
            self.correcting, self.steps, self.proof, wrote, self.text, dates, self.clocks,
            record, self.timeline, notes, spacing=10,
        )  # fmt: skip
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 14, 8, 14)
        column.setSpacing(8)
        column.addWidget(self.heading)
        column.addWidget(self.about)
        column.addWidget(inside, 1)

    def clear(self) -> None:
        """Show nobody's request."""
        self.heading.set_whole_text(self.tr("Choose a request to see it."))
        self.about.setText("")
        self.text.setText("")
        self.steps.show_allowed(())
        self.proof.show_request(None)
        self.eyes.show_request(None)
        self.freezing.show_request(None)
        self.package.show_request(None)
        self.erasing.show_request(None)
        self.correcting.show_request(None)
        for lines in (self.due, self.clocks, self.timeline):
            lines.fill(())
        for part in (*self.titles, self.about, self.text, self._notes):
            part.hide()

    def show_request(self, detail: RequestDetail) -> None:
        """Show a request as it stands."""
        line, asked = detail.line, detail.asked
        kind = words.say(words.KINDS[line.kind])
        self.heading.set_whole_text(f"{words.number(line)} · {kind} · {line.person}".rstrip(" ·"))
        self.about.setText(self._about(asked))
        self.due.fill([IconLine(*words.urgency(line), self._due_sentence(detail))])
        self.text.setText(asked.text)
        self.steps.show_allowed(detail.progress.allowed)
        self.proof.show_request(detail)
        self.freezing.show_request(detail)
        self.eyes.show_request(line if _wants_file(detail) else None)
        self.package.show_request(line if _wants_file(detail) else None)
        self.erasing.show_request(line if _wants_erasure(detail) else None)
        self.correcting.show_request(line if _wants_correction(detail) else None)
        self.clocks.fill(_clock_line(due) for due in detail.clocks.dues)
        self.timeline.fill(_entry_line(entry) for entry in reversed(detail.timeline))
        self.note.clear()
        for part in (*self.titles, self.about, self.text, self._notes):
            part.show()
        for part in (self.titles[0], self.text):
            part.setVisible(bool(asked.text))

    def _about(self, asked: NewRequest) -> str:
        known = (asked.person.email, *asked.person.identifiers)
        return " · ".join((words.say(words.CHANNELS[asked.channel]), *filter(None, known)))

    def _due_sentence(self, detail: RequestDetail) -> str:
        line = detail.line
        said = words.standing(line)
        if line.due is None or line.days_left is None:
            return said
        day = figures.day(line.due, with_year=True)
        due = self.tr("Due {day}, {left}").format(day=day, left=words.days_left(line.days_left))
        return f"{due} · {said}"

    def _note(self) -> None:
        if text := self.note.text().strip():
            self.note_wanted.emit(text)


def _wants_file(detail: RequestDetail) -> bool:
    kinds = {RequestKind.ACCESS, RequestKind.PORTABILITY}
    return detail.line.kind in kinds and detail.progress.identity_confirmed


def _wants_correction(detail: RequestDetail) -> bool:
    is_one = detail.line.kind is RequestKind.CORRECTION
    return is_one and detail.progress.identity_confirmed


def _wants_erasure(detail: RequestDetail) -> bool:
    is_done = any(entry.what == "Erased" for entry in detail.timeline)
    return is_done or Action.NOTE_ERASURE in detail.progress.allowed


def _clock_line(due: Due) -> IconLine:
    icon, colour = ("clock", "muted") if due.open else ("circle-check", "ok")
    day = figures.day(due.day, with_year=True)
    return IconLine(icon, colour, f"{day} · {words.say(words.CLOCKS[due.clock])}")


def _entry_line(entry: TimelineEntry) -> PlainLabel:
    said = words.say(words.EVENTS[entry.what])
    detail = words.detail(entry.detail)
    text = f"{figures.clock(entry.at)} · {said}" + (f": {detail}" if detail else "")
    return PlainLabel(text, wrap=True)
