"""The steps of the first run, up to the snippet."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from desktop.domain.connection import PassphraseStrength
from desktop.domain.errors import AppError
from desktop.services.workspace import WorkspaceService
from desktop.views.clipboard import SecretClipboard
from desktop.views.passphrase_field import PassphraseField
from desktop.views.service_chooser import ServiceChooser
from desktop.views.snippet_panel import SnippetPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

PAUSE_BEFORE_JUDGING_MS: Final = 250
STRONGEST: Final = 4
GOOD: Final = 3


class Step(QWidget):
    """One page of the first run."""

    completed = Signal()
    """The step's work is done: go on."""
    changed = Signal()
    """What the buttons below may do has changed."""

    def __init__(self, jobs: "Jobs", title: str, about: str) -> None:
        super().__init__()
        self.jobs = jobs
        self.title, self.about = title, about
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(8)
        self.is_busy = False

    def enter(self) -> None:
        """The step came on screen."""

    def go_on(self) -> None:
        """The owner wants to continue; `completed` follows when the work is done."""
        self.completed.emit()

    def set_busy(self, *, busy: bool) -> None:
        self.is_busy = busy
        self.changed.emit()


class VaultStep(Step):
    """Make the vault, with a passphrase typed twice."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "", "")
        self.title = self.tr("Create your vault")
        self.about = self.tr(
            "Everything UsageFlow stores on this computer is encrypted with this passphrase. "
            "Nobody can reset it; the next step gives you a code for the day it is forgotten."
        )
        self.first = PassphraseField(self.tr("Passphrase"))
        self.second = PassphraseField(self.tr("The same passphrase again"))
        self.meter = QProgressBar()
        self.meter.setRange(0, STRONGEST + 1)
        self.meter.setTextVisible(False)
        self.meter.setAccessibleName(self.tr("Strength of the passphrase"))
        self.strength = PlainLabel(role="muted", wrap=True)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Creating the vault"))
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_BEFORE_JUDGING_MS)
        self._pause.timeout.connect(self._judge)
        self._arrange()

    def _arrange(self) -> None:
        for label, field in (
            (self.tr("&Passphrase"), self.first),
            (self.tr("The same passphrase &again"), self.second),
        ):
            caption = PlainLabel(label)
            caption.setBuddy(field.field)
            self.column.addWidget(caption)
            self.column.addWidget(field)
            field.submitted.connect(self.go_on)
            field.edited.connect(self._note_edit)
            if field is self.first:
                self.column.addWidget(self.meter)
                self.column.addWidget(self.strength)
        self.column.addWidget(self.busy)
        self.column.addStretch()
        self.busy.hide()

    def enter(self) -> None:
        """Put the cursor where typing begins."""
        self.first.field.setFocus()

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

        self.jobs.start(
            WorkspaceService.strength, passphrase, done=show, failed=self._explain, owner=self
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

    def go_on(self) -> None:
        """Make the vault, or say why not."""
        if self.is_busy:
            return
        if not self.first.text():
            self.first.explain(self.tr("Type a passphrase first."))
            self.first.field.setFocus()
        elif self.first.text() != self.second.text():
            self.second.explain(self.tr("The two are not the same. Type it again."))
            self.second.field.setFocus()
        else:
            self._create()

    def _create(self) -> None:
        self._show_busy(busy=True)
        self.jobs.start(
            WorkspaceService.create,
            self.first.text(),
            done=self._created,
            failed=self._explain,
            owner=self,
        )

    def _created(self, _: None) -> None:
        self._show_busy(busy=False)
        self.first.clear()
        self.second.clear()
        self.completed.emit()

    def _explain(self, error: AppError) -> None:
        self._show_busy(busy=False)
        self.first.explain(str(error))
        self.first.field.setFocus()

    def _show_busy(self, *, busy: bool) -> None:
        self.busy.setVisible(busy)
        self.first.setDisabled(busy)
        self.second.setDisabled(busy)
        self.set_busy(busy=busy)


class ServiceStep(Step):
    """Choose where the API reports to."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "", "")
        self.title = self.tr("Where does your API report to?")
        self.about = self.tr("The service counts calls. You can choose another one later.")
        self.chooser = ServiceChooser(jobs)
        self.chooser.connected.connect(lambda _: self.completed.emit())
        self.chooser.busy_changed.connect(lambda: self.set_busy(busy=self.chooser.is_busy))
        self.column.addWidget(self.chooser)
        self.column.addStretch()

    def go_on(self) -> None:
        """Join the chosen service."""
        self.chooser.connect_now()


class SnippetStep(Step):
    """Show what to paste into the API."""

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(jobs, "", "")
        self.title = self.tr("Connect your API")
        self.about = self.tr(
            "Paste these lines into your API and start it again. They contain its key."
        )
        self.snippets = SnippetPanel(jobs, clipboard)
        self.column.addWidget(self.snippets)

    def enter(self) -> None:
        """Fetch the snippets."""
        self.snippets.load()
