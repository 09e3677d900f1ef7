"""What the frame around the pages must know, kept up to date with the core's notices."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Signal

from desktop.domain.applications import ConnectionHealth
from desktop.domain.connection import ConnectionInfo, SyncState
from desktop.domain.keys import Reminder
from desktop.domain.usage import Application
from desktop.services.connection import ConnectionService
from desktop.services.health import HealthService
from desktop.services.reminders import ReminderService
from desktop.services.sync import SyncService
from desktop.services.usage import UsageService

if TYPE_CHECKING:
    from desktop.domain.errors import AppError
    from desktop.jobs import Jobs

COALESCE_MS: Final = 80


class News(QObject):
    """Applications, sync state and connection. Emits each when it has changed."""

    applications_changed = Signal(object)
    """A tuple of `Application`."""
    sync_changed = Signal(object)
    """The `SyncState`."""
    connection_changed = Signal(object)
    """The `ConnectionInfo`."""
    health_changed = Signal(object)
    """The `ConnectionHealth`."""
    due_keys_changed = Signal(int)
    """How many keys have ended, or end soon."""
    failed = Signal(object)
    """The `AppError` of a question that could not be answered."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self.applications: tuple[Application, ...] | None = None
        self.sync: SyncState | None = None
        self.connection: ConnectionInfo | None = None
        self.health: ConnectionHealth | None = None
        self.due_keys: int | None = None
        self._wanted: set[str] = set()
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(COALESCE_MS)
        self._soon.timeout.connect(self._ask)
        jobs.noticed.connect(self._hear)

    def ask_for_everything(self) -> None:
        """Ask at once, as at the start."""
        self._wanted = {"configuration", "sync", "connection", "keys"}
        self._ask()

    def _hear(self, topic: str) -> None:
        # A first call makes an application appear: usage can change the list as well.
        self._wanted.add("configuration" if topic == "usage" else topic)
        if not self._soon.isActive():
            self._soon.start()

    def _ask(self) -> None:
        wanted, self._wanted = self._wanted, set()
        if "configuration" in wanted:
            self._jobs.start(
                UsageService.applications,
                done=self._take_applications,
                failed=self._fail,
                owner=self,
            )
        if wanted & {"sync", "configuration", "connection"}:
            self._jobs.start(SyncService.state, done=self._take_sync, failed=self._fail, owner=self)
        if "connection" in wanted:
            self._jobs.start(
                ConnectionService.info, done=self._take_connection, failed=self._fail, owner=self
            )

        if wanted & {"sync", "connection"}:
            self._jobs.start(
                HealthService.connections, done=self._take_health, failed=self._fail, owner=self
            )

        if wanted & {"keys", "reminders"}:
            self._jobs.start(
                ReminderService.reminders, done=self._take_reminders, failed=self._fail, owner=self
            )

    def _fail(self, error: "AppError") -> None:
        self.failed.emit(error)

    def _take_applications(self, applications: tuple[Application, ...]) -> None:
        if applications != self.applications:
            self.applications = applications
            self.applications_changed.emit(applications)

    def _take_sync(self, state: SyncState) -> None:
        if state != self.sync:
            self.sync = state
            self.sync_changed.emit(state)

    def _take_reminders(self, due: tuple[Reminder, ...]) -> None:
        if len(due) != self.due_keys:
            self.due_keys = len(due)
            self.due_keys_changed.emit(len(due))

    def _take_health(self, health: ConnectionHealth) -> None:
        if health != self.health:
            self.health = health
            self.health_changed.emit(health)

    def _take_connection(self, info: ConnectionInfo) -> None:
        if info != self.connection:
            self.connection = info
            self.connection_changed.emit(info)
