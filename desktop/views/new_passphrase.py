"""A new passphrase, typed twice, with a meter of how long it would stand up to guessing."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from desktop.domain.connection import PassphraseStrength
from desktop.domain.errors import AppError
from desktop.services.workspace import WorkspaceService
from desktop.views.passphrase_field import PassphraseField
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

PAUSE_BEFORE_JUDGING_MS: Final = 250
STRONGEST: Final = 4
GOOD: Final = 3


class NewPassphrase(QWidget):
    """Two fields and a meter between them."""

    submitted = Signal()
    """Enter was pressed in one of the fields."""

    def __init__(self, jobs: "Jobs", labels: tuple[str, str] | None = None) -> None:
        """Make both fields; `labels` stand above them, `&` marks their letters."""
        super().__init__()
        self._jobs = jobs
        first, second = labels or (self.tr("&Passphrase"), self.tr("The same passphrase &again"))
        self.first = PassphraseField(first.replace("&", ""))
        self.second = PassphraseField(second.replace("&", ""))
        self.meter = QProgressBar()
        self.meter.setRange(0, STRONGEST + 1)
        self.meter.setTextVisible(False)
        self.meter.setAccessibleName(self.tr("Strength of the passphrase"))
        self.strength = PlainLabel(role="muted", wrap=True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_BEFORE_JUDGING_MS)
        self._pause.timeout.connect(self._judge)
        self._arrange(first, second)
        self.setFocusProxy(self.first)

    def _arrange(self, first: str, second: str) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        for label, field in ((first, self.first), (second, self.second)):
            caption = PlainLabel(label)
            caption.setBuddy(field.field)
            column.addWidget(caption)
            column.addWidget(field)
            field.submitted.connect(self.submitted)
            field.edited.connect(self._note_edit)
            if field is self.first:
                column.addWidget(self.meter)
                column.addWidget(self.strength)

    def text(self) -> str:
        return self.first.text()

    def is_ready(self) -> bool:
        """Whether something was typed and both are the same; else says what is wrong."""
        if not self.first.text():
            self.first.explain(self.tr("Type a passphrase first."))
            self.first.field.setFocus()
        elif self.first.text() != self.second.text():
            self.second.explain(self.tr("The two are not the same. Type it again."))
            self.second.field.setFocus()
        else:
            return True
        return False

    def explain(self, error: AppError) -> None:
        """Say why the core did not take it."""
        self.first.explain(str(error))
        self.first.field.setFocus()

    def clear(self) -> None:
        """Forget both and what was said about them."""
        self._pause.stop()
        for field in (self.first, self.second):
            field.clear()
            field.explain("")
        self.meter.setValue(0)
        self.strength.setText("")

    def _note_edit(self) -> None:
        self.first.explain("")
        self.second.explain("")
        self._pause.start()

    def _judge(self) -> None:
        passphrase = self.first.text()
        if not passphrase:
            self.meter.setValue(0)
            self.strength.setText("")
            return

        def show(strength: PassphraseStrength) -> None:
            if passphrase == self.first.text():
                self._show_strength(strength)

        self._jobs.start(
            WorkspaceService.strength, passphrase, done=show, failed=self.explain, owner=self
        )

    def _show_strength(self, strength: PassphraseStrength) -> None:
        words = (
            self.tr("Very weak: guessed at once."),
            self.tr("Weak: guessed within hours."),
            self.tr("Fair: holds against casual attempts."),
            self.tr("Good."),
            self.tr("Strong."),
        )
        self.meter.setValue(strength.score + 1)
        text = f"{words[strength.score]} {strength.warning}".strip()
        self.strength.setText(text)
        self.strength.set_role("ok" if strength.score >= GOOD else "warn")
