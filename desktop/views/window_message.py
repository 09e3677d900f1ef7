"""What concerns the whole window, above whichever page is on screen."""

from PySide6.QtCore import Signal

from desktop.domain.connection import SyncPhase, SyncState
from desktop.domain.errors import AccountDeleted, AppError
from desktop.views.message_bar import MessageBar, Tone


class WindowMessage(MessageBar):
    """Says what failed without belonging to a page: sync, and calls nobody waits for."""

    sync_wanted = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("windowMessage")
        self._says_sync_fails = False

    def say_problem(self, error: AppError) -> None:
        """Show an error in its own words."""
        self._says_sync_fails = False
        self.say(Tone.BAD, str(error))

    def show_sync(self, state: SyncState) -> None:
        """Say that sync fails, and take it back once it works again."""
        is_told = state.problem_code == AccountDeleted.code  # by a bar of its own, and calmly
        if state.phase is SyncPhase.FAILED and state.problem and not is_told:
            self._says_sync_fails = True
            again = (self.tr("Sync now"), self.sync_wanted.emit)
            self.say(Tone.BAD, state.problem, again)
        elif self._says_sync_fails and state.phase is not SyncPhase.RUNNING:
            self._says_sync_fails = False
            self.dismiss()
