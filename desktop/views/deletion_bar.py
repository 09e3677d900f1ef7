"""Says above every page that the account is being deleted, or was."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal

from desktop.domain.privacy.account_deletion import AccountDeletion, DeletionState
from desktop.services.privacy.account_end.service import TOPIC, AccountDeletionService
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.settings import deletion_words

if TYPE_CHECKING:
    from desktop.domain.errors import AppError
    from desktop.jobs import Jobs

TARGET: Final = "account"


class DeletionBar(MessageBar):
    """For as long as there is something to say; can be put away until something changes."""

    place_wanted = Signal(str, str)
    """Page and target of it, as `Page.place_wanted`."""
    failed = Signal(object)
    """An `AppError`."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self.setObjectName("windowMessage")
        self._jobs = jobs
        self._shown = AccountDeletion(DeletionState.NONE)
        jobs.noticed.connect(self._hear)

    def look(self) -> None:
        """Ask the core how the deletion of the account stands."""
        self._jobs.start(
            AccountDeletionService.status, done=self._show, failed=self._fail, owner=self
        )

    def _hear(self, topic: str) -> None:
        if topic == TOPIC:
            self.look()

    def _show(self, found: AccountDeletion) -> None:
        if found == self._shown:
            return
        self._shown = found
        if found.state is DeletionState.NONE and not found.is_deleted_elsewhere:
            self.dismiss()
            return
        tone = Tone.WARN if found.is_overdue or found.waits_for_service else Tone.INFO
        self.say(tone, deletion_words.standing(found), (self.tr("Show it"), self._go))

    def _go(self) -> None:
        self.place_wanted.emit("settings", TARGET)

    def _fail(self, error: "AppError") -> None:
        self.failed.emit(error)
