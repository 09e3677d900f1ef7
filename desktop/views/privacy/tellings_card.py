"""Recipients who have to hear that somebody was corrected or erased, to be ticked by the owner."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QT_TRANSLATE_NOOP, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.privacy.telling import About, TellingLine, TellingState
from desktop.services.privacy.telling import TellingService
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.privacy import words
from desktop.views.privacy.tab import form_card
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

ABOUT: Final = {
    About.CORRECTION: QT_TRANSLATE_NOOP("privacy", "of a correction"),
    About.ERASURE: QT_TRANSLATE_NOOP("privacy", "of an erasure"),
}
STATES: Final = {
    TellingState.OPEN: ("circle-alert", "warn", QT_TRANSLATE_NOOP("privacy", "to be told by you")),
    TellingState.WAITS: ("mail", "muted", QT_TRANSLATE_NOOP("privacy", "a letter is on its way")),
    TellingState.TOLD: ("circle-check", "ok", QT_TRANSLATE_NOOP("privacy", "told")),
}
SHOWN: Final = 20


class TellingsCard(QWidget):
    """Hidden while nobody ever had to be told."""

    toast_offered = Signal(str, object)
    """What was done, and a function that undoes it."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self.message = MessageBar()
        self.lines = Lines(spacing=6)
        self.ticks: dict[str, Button] = {}
        about = PlainLabel(
            self.tr("Whoever was given data hears of its correction and erasure (GDPR Art. 19)."),
            role="muted",
            wrap=True,
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(form_card(self.tr("To be told"), about, self.message, self.lines))
        self.hide()

    def reload(self) -> None:
        """Ask who has to be told now."""
        self._jobs.start(TellingService.listed, done=self._show, failed=self._fail, owner=self)

    def _show(self, found: tuple[TellingLine, ...]) -> None:
        self.ticks = {}
        self.lines.fill(self._line(line) for line in found[:SHOWN])
        self.setVisible(bool(found))

    def _line(self, line: TellingLine) -> QWidget:
        icon, colour, state = STATES[line.state]
        day = figures.day(line.telling.begun_at.date(), with_year=True)
        about = words.say(ABOUT[line.telling.about])
        parts = (line.recipient, f"{about} {line.request}".rstrip(), day, words.say(state))
        text = " · ".join(parts) + (f". {line.problem}" if line.problem else "")
        if line.state is not TellingState.OPEN:
            return IconLine(icon, colour, text)
        widget = QWidget()
        row = row_of(IconLine(icon, colour, text), self._tick_button(line))
        row.setContentsMargins(0, 0, 0, 0)
        row.setStretch(0, 1)
        widget.setLayout(row)
        return widget

    def _tick_button(self, line: TellingLine) -> Button:
        button = Button(self.tr("Told"))
        said = self.tr("{recipient} was told {about}").format(
            recipient=line.recipient, about=words.say(ABOUT[line.telling.about])
        )
        button.setAccessibleName(said)
        button.clicked.connect(lambda: self._tick(line))
        self.ticks[line.telling.telling_id] = button
        return button

    def _tick(self, line: TellingLine) -> None:
        telling_id = line.telling.telling_id

        def undo() -> None:
            self._jobs.start(
                TellingService.untick, telling_id, done=self._show, failed=self._fail, owner=self
            )

        def done(found: tuple[TellingLine, ...]) -> None:
            self.message.dismiss()
            self._show(found)
            said = self.tr("{recipient} is noted as told.").format(recipient=line.recipient)
            self.toast_offered.emit(said, undo)

        self._jobs.start(TellingService.tick, telling_id, done=done, failed=self._fail, owner=self)

    def _fail(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
        self.show()
