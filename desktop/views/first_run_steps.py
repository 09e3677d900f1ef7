"""The steps of the first run, up to the snippet."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.services.workspace import WorkspaceService
from desktop.views.clipboard import SecretClipboard
from desktop.views.icons import Button
from desktop.views.new_passphrase import NewPassphrase
from desktop.views.page import row_of
from desktop.views.service_chooser import ServiceChooser
from desktop.views.snippet_panel import SnippetPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


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
    """Make the vault, with a passphrase typed twice; or bring one back from a backup."""

    restore_wanted = Signal()

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, "", "")
        self.title = self.tr("Create your vault")
        self.about = self.tr(
            "Everything UsageFlow stores on this computer is encrypted with this passphrase. "
            "Nobody can reset it; the next step gives you a code for the day it is forgotten."
        )
        self.passphrase = NewPassphrase(jobs)
        self.passphrase.submitted.connect(self.go_on)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Creating the vault"))
        self.restore = Button(self.tr("&Restore a backup instead…"), icon_name="rotate-ccw")
        self.restore.clicked.connect(self.restore_wanted)
        self.column.addWidget(self.passphrase)
        self.column.addWidget(self.busy)
        self.column.addStretch()
        self.column.addLayout(row_of(self.restore, None))
        self.busy.hide()

    def enter(self) -> None:
        """Put the cursor where typing begins."""
        self.passphrase.setFocus()

    def go_on(self) -> None:
        """Make the vault, or say why not."""
        if not self.is_busy and self.passphrase.is_ready():
            self._show_busy(busy=True)
            self.jobs.start(
                WorkspaceService.create,
                self.passphrase.text(),
                done=self._created,
                failed=self._explain,
                owner=self,
            )

    def _created(self, _: None) -> None:
        self._show_busy(busy=False)
        self.passphrase.clear()
        self.completed.emit()

    def _explain(self, error: AppError) -> None:
        self._show_busy(busy=False)
        self.passphrase.explain(error)

    def _show_busy(self, *, busy: bool) -> None:
        self.busy.setVisible(busy)
        self.passphrase.setDisabled(busy)
        self.restore.setDisabled(busy)
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
