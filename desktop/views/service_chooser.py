"""The choice of the service an API reports to: on this computer, or at a URL."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QProgressBar, QRadioButton, QVBoxLayout, QWidget

from desktop.domain.connection import ConnectionInfo
from desktop.domain.errors import AppError
from desktop.services.connection import ConnectionService
from desktop.views.form_field import FormField
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ServiceChooser(QWidget):
    """Two options; `connect_now` carries the chosen one out."""

    connected = Signal(object)
    """The `ConnectionInfo`."""
    busy_changed = Signal()

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self.is_busy = False
        self.embedded = QRadioButton(self.tr("&Embedded service on this computer"))
        self.remote = QRadioButton(self.tr("A service at a &URL"))
        self.url, self.token = QLineEdit(), QLineEdit()
        self.url.setPlaceholderText("https://")
        self.token.setEchoMode(QLineEdit.EchoMode.Password)
        self.fields = {
            "url": FormField(self.tr("&Address"), self.url),
            "owner_token": FormField(self.tr("&Owner token"), self.token),
        }
        self.message = MessageBar()
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Connecting"))
        self._arrange()
        self.embedded.toggled.connect(self._show_fields)
        self.embedded.setChecked(True)
        self._set_busy(busy=False)

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.message)
        column.addWidget(self.embedded)
        column.addWidget(
            _about(
                self.tr(
                    "Starts by itself, needs no account, and goes on counting while UsageFlow is "
                    "closed. For APIs on this computer."
                )
            )
        )
        column.addWidget(self.remote)
        column.addWidget(
            _about(self.tr("Any service that speaks UsageFlow's /v1, such as one you host."))
        )
        self._remote_fields = QWidget()
        inner = QVBoxLayout(self._remote_fields)
        inner.setContentsMargins(30, 0, 0, 0)
        inner.setSpacing(8)
        for field in self.fields.values():
            inner.addWidget(field)
        column.addWidget(self._remote_fields)
        column.addWidget(self.busy)
        column.addSpacing(12)
        column.addWidget(
            PlainLabel(
                self.tr(
                    "UsageFlow contacts the service you choose here and no other host. There is "
                    "no sign-up and no telemetry."
                ),
                role="muted",
                wrap=True,
            )
        )

    def _show_fields(self) -> None:
        self._remote_fields.setVisible(self.remote.isChecked())

    def connect_now(self) -> None:
        """Join the chosen service; `connected` follows, or words beside the field at fault."""
        if self.is_busy:
            return
        self._explain_fields(None)
        self._set_busy(busy=True)
        if self.embedded.isChecked():
            self._jobs.start(
                ConnectionService.use_embedded,
                done=self._take,
                failed=self._explain,
                progressed=self._progress,
                owner=self,
            )
        else:
            self._jobs.start(
                ConnectionService.use_remote,
                self.url.text().strip(),
                self.token.text().strip(),
                done=self._take,
                failed=self._explain,
                owner=self,
            )

    def _progress(self, done: int, total: int | None) -> None:
        self.busy.setRange(0, total or 0)
        self.busy.setValue(done)

    def _take(self, info: ConnectionInfo) -> None:
        self._set_busy(busy=False)
        self.token.clear()
        self.connected.emit(info)

    def _explain(self, error: AppError) -> None:
        self._set_busy(busy=False)
        self._explain_fields(error)

    def _explain_fields(self, error: AppError | None) -> None:
        self.message.dismiss()
        for name, field in self.fields.items():
            field.explain(str(error) if error is not None and error.field == name else "")
        if error is None:
            return
        if error.field in self.fields:
            self.fields[error.field].control.setFocus()
        else:
            self.message.say(Tone.BAD, str(error))

    def _set_busy(self, *, busy: bool) -> None:
        self.is_busy = busy
        self.busy.setVisible(busy)
        for part in (self.embedded, self.remote, self.url, self.token):
            part.setDisabled(busy)
        self.busy_changed.emit()


def _about(text: str) -> PlainLabel:
    label = PlainLabel(text, role="muted", wrap=True)
    label.setContentsMargins(30, 0, 0, 0)
    return label
