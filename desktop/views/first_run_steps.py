"""The four steps of the first run."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from desktop.domain.connection import PassphraseStrength
from desktop.domain.errors import AppError
from desktop.domain.usage import Application, Dashboard, DateRange
from desktop.services.sample_data import SampleDataService
from desktop.services.sync import SyncService
from desktop.services.usage import UsageService
from desktop.services.workspace import WorkspaceService
from desktop.views import figures
from desktop.views.clipboard import SecretClipboard
from desktop.views.icons import Button, IconLabel
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.service_chooser import ServiceChooser
from desktop.views.snippet_panel import SnippetPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

PAUSE_BEFORE_JUDGING_MS: Final = 250
STRONGEST: Final = 4
GOOD: Final = 3
DAYS_WATCHED: Final = 7


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
            "Nobody can reset it: if you lose it, the vault stays closed."
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


class FirstCallStep(Step):
    """Wait for the first call, or fill in sample data."""

    def __init__(self, jobs: "Jobs", today: Callable[[str], date]) -> None:
        super().__init__(jobs, "", "")
        self.title = self.tr("Waiting for the first call")
        self.about = self.tr(
            "Call any route of your API. It shows up here within two seconds. You can also go on "
            "and let it come later."
        )
        self._today = today
        self.has_call = False
        self.icon = IconLabel("clock", "muted", 32)
        self.news = PlainLabel(self.tr("No call has arrived yet."), wrap=True)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Waiting for the first call"))
        self.sample = Button(self.tr("Load &sample data"), icon_name="flask-conical")
        self.sample.clicked.connect(self._load_sample)
        self.message = MessageBar()
        self.column.addWidget(self.message)
        self.column.addLayout(row_of(self.icon, self.news, None, spacing=12))
        self.column.addWidget(self.busy)
        self.column.addSpacing(16)
        self.column.addWidget(
            PlainLabel(
                self.tr(
                    "Only want to look around? Sample data is marked and removed in one click."
                ),
                role="muted",
                wrap=True,
            )
        )
        self.column.addLayout(row_of(self.sample, None))
        self.column.addStretch()
        jobs.noticed.connect(self._hear)

    def enter(self) -> None:
        """Have the core sync every second, and look at once."""
        self.jobs.start(SyncService.set_live, True, failed=self._explain, owner=self)  # noqa: FBT003
        self._look()

    def _hear(self, topic: str) -> None:
        if topic == "usage" and self.isVisible() and not self.has_call:
            self._look()

    def _look(self) -> None:
        self.jobs.start(
            UsageService.applications, done=self._look_at, failed=self._explain, owner=self
        )

    def _look_at(self, applications: tuple[Application, ...]) -> None:
        for application in applications:
            if not application.is_sample:
                end = self._today(application.time_zone) + timedelta(days=1)
                period = DateRange(end - timedelta(days=DAYS_WATCHED), end)
                self.jobs.start(
                    UsageService.dashboard,
                    application.application_id,
                    period,
                    done=self._take,
                    failed=self._explain,
                    owner=self,
                )

    def _take(self, picture: Dashboard) -> None:
        if picture.requests.now > 0 and not self.has_call:
            self.has_call = True
            calls = figures.count(picture.requests.now)
            self.news.setText(
                self.tr("The first call has arrived ({calls} so far).").format(calls=calls)
            )
            self.news.set_role("ok")
            self.icon.set_icon("circle-check", "ok")
            self.busy.hide()
            self.changed.emit()

    def _load_sample(self) -> None:
        self.set_busy(busy=True)
        self.sample.setEnabled(False)
        self.jobs.start(SampleDataService.load, done=self._loaded, failed=self._explain, owner=self)

    def _loaded(self, _: None) -> None:
        self.set_busy(busy=False)
        self.completed.emit()

    def _explain(self, error: AppError) -> None:
        self.set_busy(busy=False)
        self.sample.setEnabled(True)
        self.message.say(Tone.BAD, str(error))
