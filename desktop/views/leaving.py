"""Leaving the window: Quit asks whether the service on this computer goes on counting."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.domain.connection import ConnectionInfo, EmbeddedStatus, ServiceKind
from desktop.services.connection import ConnectionService
from desktop.views.activities import Activities
from desktop.views.dialogs.quit import AtQuit, QuitDialog
from desktop.views.preferences import Preferences

if TYPE_CHECKING:
    from desktop.domain.errors import AppError


class Leaving(QObject):
    """From the wish to quit to the decision."""

    decided = Signal()
    """The program may end; a service that was to stop has stopped."""
    choice_changed = Signal(str)
    failed = Signal(object)
    """The `AppError` for which the service could not be stopped; the program goes on."""

    def __init__(self, window: QWidget, activities: Activities, preferences: Preferences) -> None:
        super().__init__(window)
        self._window, self._activities, self._preferences = window, activities, preferences

    @property
    def choice(self) -> str:
        """What was chosen for good: a value of `AtQuit`, or nothing."""
        known = self._preferences.place.service_at_quit
        return known if known in list(AtQuit) else ""

    def remember(self, choice: str) -> None:
        """Ask no more, or with nothing ask again."""
        self._preferences.change(service_at_quit=choice)
        self.choice_changed.emit(choice)

    def ask(self, info: ConnectionInfo | None) -> None:
        """Begin to leave.

        Args:
            info: the service of the workspace; only an embedded one is worth a question.
        """
        choice = self.choice
        if info is None or info.kind is not ServiceKind.EMBEDDED or choice == AtQuit.KEEP:
            self.decided.emit()
        elif choice == AtQuit.STOP:
            self._stop_service()
        else:
            dialog = QuitDialog(self._window)
            dialog.decided.connect(self._take)
            dialog.finished.connect(dialog.deleteLater)
            dialog.open()

    def _take(self, choice: AtQuit, remember: bool) -> None:  # noqa: FBT001 (from a signal)
        if remember:
            self.remember(str(choice))
        if choice is AtQuit.STOP:
            self._stop_service()
        else:
            self.decided.emit()

    def _stop_service(self) -> None:
        self._activities.start(
            self.tr("Stop the service"),
            ConnectionService.stop_embedded,
            done=self._stopped,
            failed=self._refused,
            owner=self,
        )

    def _stopped(self, _: EmbeddedStatus) -> None:
        self.decided.emit()

    def _refused(self, error: "AppError") -> None:
        self.failed.emit(error)
