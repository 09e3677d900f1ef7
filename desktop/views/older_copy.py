"""Says that the vault is an older copy of itself, and what can be done about it."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from desktop.domain.vault import VaultInfo
from desktop.services.vault_keeping import VaultService
from desktop.views import figures
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.settings.dialogs import acceptance_dialog

if TYPE_CHECKING:
    from desktop.domain.errors import AppError
    from desktop.jobs import Jobs


class OlderCopyBar(MessageBar):
    """Above every page for as long as nothing can be changed; cannot be dismissed."""

    restore_wanted = Signal()
    accepted = Signal()
    """The owner goes on from this copy: everything can be changed again."""
    failed = Signal(object)
    """An `AppError`."""

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(dismissable=False)
        self.setObjectName("windowMessage")
        self._jobs = jobs

    def look(self) -> None:
        """Ask the core whether the open vault is an older copy."""
        self._jobs.start(VaultService.info, done=self._show, failed=self._fail, owner=self)

    def _show(self, info: VaultInfo) -> None:
        if not info.is_older_copy:
            self.dismiss()
            return
        self.say(
            Tone.WARN,
            self._sentence(info),
            (self.tr("Restore a backup…"), self.restore_wanted.emit),
            (self.tr("Go on from this copy…"), self._accept),
        )

    def _sentence(self, info: VaultInfo) -> str:
        said = self.tr(
            "This is an older copy of the vault: you can read everything, change nothing."
        )
        if info.changed_at is None or info.seen_at is None:
            return said
        dates = self.tr("It is as of {then}; this computer has seen the vault as of {seen}.")
        moments = dates.format(
            then=figures.dated(info.changed_at), seen=figures.dated(info.seen_at)
        )
        return f"{said} {moments}"

    def _accept(self) -> None:
        dialog = acceptance_dialog(self.window(), self._jobs)
        dialog.succeeded.connect(self._accepted)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _accepted(self) -> None:
        self.dismiss()
        self.accepted.emit()

    def _fail(self, error: "AppError") -> None:
        self.failed.emit(error)
