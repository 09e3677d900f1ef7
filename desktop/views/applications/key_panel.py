"""A new SDK key for an application, filled into the lines that the owner pastes."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.domain.applications import ApplicationLine
from desktop.domain.editing import EditState
from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.keys import StoredKey
from desktop.services.sdk_keys import SdkKeyService
from desktop.views.clipboard import SecretClipboard
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.scrolled import Scrolled
from desktop.views.snippet_panel import SnippetPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class KeyPanel(Scrolled):
    """One click makes a key; the lines hold it until the panel is left."""

    made = Signal()
    failed = Signal(object)
    """An `AppError`."""

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__("")
        self.setAccessibleName(self.tr("SDK key"))
        self._jobs = jobs
        self._application_id = ApplicationId("")
        self.about = PlainLabel(role="muted", wrap=True)
        self.name = QLineEdit()
        self.field = FormField(self.tr("&Name of the key"), self.name)
        self.new = Button(self.tr("New &key"), role="primary", icon_name="plus")
        self.new.clicked.connect(self._make)
        self.name.returnPressed.connect(self._make)
        self.result = QWidget()
        self.said = PlainLabel(role="ok", wrap=True)
        self.snippets = SnippetPanel(jobs, clipboard)
        column = QVBoxLayout(self.result)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.said)
        column.addWidget(self.snippets)
        self.result.hide()
        for place, part in enumerate((self.about, self.field)):
            self.column.insertWidget(place, part)
        self.column.insertLayout(2, row_of(self.new, None))
        self.column.insertWidget(3, self.result)

    def show_application(self, line: ApplicationLine) -> None:
        """Offer a key for an application; a key that was just made for it stays on screen."""
        settings = line.settings
        if settings.application_id != self._application_id:
            self._application_id = settings.application_id
            self.name.setText(self.tr("SDK key, {name}").format(name=settings.name)[:200])
            self.name.setCursorPosition(0)
            self.field.explain("")
            self.forget()
        why = self._why_not(line)
        self.new.setEnabled(not why)
        self.new.setAccessibleDescription(why)
        here = self.tr("%n key(s) of it lie(s) in this vault.", "", line.keys)
        meaning = self.tr(
            "The SDKs report the calls of this application with a key of its own. It goes into the "
            "vault, and into the lines below."
        )
        self.about.setText(f"{why or meaning} {here}")

    def _why_not(self, line: ApplicationLine) -> str:
        if line.is_sample:
            return self.tr("This application is an example: no service knows it.")
        if line.settings.standing.revision == 0 and (
            line.settings.standing.state is not EditState.SYNCED
        ):
            return self.tr("The service does not know this application yet. Go online first.")
        if line.settings.archived:
            return self.tr("This application is archived: its keys are refused. Bring it back.")
        return ""

    def _make(self) -> None:
        if not self.new.isEnabled():
            return
        self.new.setEnabled(False)
        job = self._jobs.start(
            SdkKeyService.create,
            self._application_id,
            self.name.text(),
            None,
            done=self._show,
            failed=self._explain,
            owner=self,
        )
        job.finished.connect(lambda: self.new.setEnabled(True))

    def _show(self, key: StoredKey) -> None:
        self.field.explain("")
        said = self.tr("“{name}” was made. It lies in the vault, and in these lines:")
        self.said.setText(said.format(name=key.name))
        self.result.show()
        self.snippets.load(key.key_id)
        self.made.emit()

    def _explain(self, error: AppError) -> None:
        if error.field == "name":
            self.field.explain(str(error))
            self.name.setFocus()
        else:
            self.failed.emit(error)

    def forget(self) -> None:
        """Take the key off the screen."""
        self.result.hide()
        self.snippets.forget()

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        """A secret does not wait where nobody looks."""
        super().hideEvent(event)
        if not event.spontaneous():  # not for a window that is minimized
            self.forget()
