"""The service on this computer: whether it runs, and when."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from desktop.domain.connection import ConnectionInfo, EmbeddedStatus, ServiceKind
from desktop.domain.errors import AppError
from desktop.services.connection import ConnectionService
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class EmbeddedPanel(QWidget):
    """Shows the workspace's service; starts and stops the embedded one."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self.message = MessageBar()
        self.place = PlainLabel(wrap=True)
        self.state = PlainLabel(role="muted", wrap=True)
        self.start = Button(self.tr("Start"), icon_name="play")
        self.stop = Button(self.tr("Stop"), icon_name="square")
        self.at_login = QCheckBox(self.tr("Start when I log in to this computer"))
        self.start.clicked.connect(lambda: self._change(ConnectionService.start_embedded))
        self.stop.clicked.connect(lambda: self._change(ConnectionService.stop_embedded))
        self.at_login.clicked.connect(
            lambda wanted: self._change(ConnectionService.set_start_at_login, wanted)
        )
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for part in (self.message, self.place, self.state, self.at_login):
            column.addWidget(part)
        column.addLayout(row_of(self.start, self.stop, None))
        self._show_embedded(shown=False)

    def load(self) -> None:
        """Ask which service there is, and whether it runs."""
        start = self._jobs.start
        start(ConnectionService.info, done=self._show_info, failed=self._explain, owner=self)

    def _show_info(self, info: ConnectionInfo) -> None:
        words = {
            ServiceKind.NONE: self.tr("No service has been chosen yet."),
            ServiceKind.EMBEDDED: self.tr("Embedded service on this computer, {url}"),
            ServiceKind.REMOTE: self.tr("Service at {url}"),
        }
        self.place.setText(words[info.kind].format(url=info.url))
        if info.warning:
            self.message.say(Tone.WARN, info.warning)
        embedded = info.kind is ServiceKind.EMBEDDED
        self._show_embedded(shown=embedded)
        if embedded:
            self._change(ConnectionService.embedded_status)

    def _show_embedded(self, *, shown: bool) -> None:
        for part in (self.state, self.start, self.stop, self.at_login):
            part.setVisible(shown)

    def _change(self, method: Callable[..., EmbeddedStatus], *arguments: object) -> None:
        for part in (self.start, self.stop, self.at_login):
            part.setEnabled(False)
        self._jobs.start(
            method, *arguments, done=self._show_status, failed=self._refused, owner=self
        )

    def _show_status(self, status: EmbeddedStatus) -> None:
        self.state.setText(
            self.tr("Running. It goes on counting calls while this window is locked or closed.")
            if status.running
            else self.tr("Stopped. Calls of your API are not counted.")
        )
        self.start.setEnabled(not status.running)
        self.stop.setEnabled(status.running)
        self.at_login.setChecked(status.starts_at_login)
        self.at_login.setEnabled(status.can_start_at_login)

    def _refused(self, error: AppError) -> None:
        self._explain(error)
        self._jobs.start(
            ConnectionService.embedded_status,
            done=self._show_status,
            failed=self._explain,
            owner=self,
        )

    def _explain(self, error: AppError) -> None:
        self.message.say(Tone.BAD, str(error))
