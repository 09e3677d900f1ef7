"""The first thing an owner sees: the passphrase of the vault. Imports little on purpose."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from desktop.views.icons import Button
from desktop.views.passphrase_field import PassphraseField
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from PySide6.QtWidgets import QComboBox

    from desktop.domain.connection import WorkspaceStatus
    from desktop.domain.errors import AppError
    from desktop.domain.workspaces import Workspace
    from desktop.jobs import Jobs
    from desktop.views.dialogs.cannot_unlock import CannotUnlockDialog

CARD_WIDTH_PX = 420
FREE_ATTEMPTS = 2
LONGEST_PAUSE_S = 30


class UnlockPage(QWidget):
    """Asks for the passphrase and opens the vault.

    Can be shown before the core runs: a call made meanwhile waits for it.
    """

    unlocking = Signal()
    """The core is deriving the key: a good time to prepare what comes after."""
    unlocked = Signal()
    quit_requested = Signal()
    workspace_chosen = Signal(str)
    """Folder of another workspace that the owner wants to open."""

    def __init__(
        self,
        jobs: "Jobs",
        workspace: str,
        notice: str = "",
        known: "tuple[Workspace, ...]" = (),
    ) -> None:
        """Make the page.

        Args:
            jobs: the bridge to the core.
            workspace: folder of the vault.
            notice: why the owner has to unlock again, or nothing.
            known: the workspaces of the list, to choose from.
        """
        super().__init__()
        self._jobs = jobs
        self.workspace = PlainLabel(workspace, role="muted", wrap=True)
        self.known: QComboBox | None = None
        """The list of workspaces, where there are several."""
        if len(known) > 1:
            self.known = self._offer(known, workspace)
        self.notice = PlainLabel(notice, role="warn", wrap=True)
        if not notice:
            self.notice.hide()
        self.passphrase = PassphraseField(self.tr("Passphrase"))
        self.passphrase.submitted.connect(self._unlock)
        self.passphrase.edited.connect(lambda: self.passphrase.explain(""))
        self.unlock = Button(self.tr("&Unlock"), role="primary")
        self.unlock.clicked.connect(self._unlock)
        self.help = Button(self.tr("&Cannot unlock?"), role="flat")
        self.help.clicked.connect(self._show_other_ways)
        self.by_keyring = Button("")
        self.by_keyring.clicked.connect(self._unlock_by_keyring)
        self.by_keyring.hide()
        self.quit = Button(self.tr("&Quit"))
        self.quit.clicked.connect(self.quit_requested)
        self._failures = 0
        self.wait = PlainLabel(role="warn", wrap=True)
        self.wait.hide()
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Opening the vault"))
        self.busy_text = PlainLabel(
            self.tr("Deriving the key from your passphrase. This takes a moment on purpose."),
            role="muted",
            wrap=True,
        )
        self._arrange()
        self._set_busy(busy=False)
        self.setFocusProxy(self.passphrase)

    def ask_for_ways(self) -> None:
        """Ask the core, once it runs, whether the keyring opens this vault too."""
        from desktop.services.workspace import WorkspaceService

        self._jobs.start(
            WorkspaceService.status, done=self._show_ways, failed=self._explain, owner=self
        )

    def _show_ways(self, status: "WorkspaceStatus") -> None:
        said = self.tr("Unlock with the &keyring ({name})").format(name=status.keyring)
        self.by_keyring.setText(said)
        self.by_keyring.setVisible(bool(status.keyring))

    def open_restore(self, backup: str) -> None:
        """Offer to restore a backup at once, the one in this folder if there is one."""
        from desktop.views.dialogs.cannot_unlock import CannotUnlockDialog, Way

        self._open_dialog(CannotUnlockDialog(self, self._jobs, (Way.BACKUP,), backup))

    def _offer(self, known: "tuple[Workspace, ...]", current: str) -> "QComboBox":
        """List the workspaces; a vault that is none of them shows its folder."""
        from PySide6.QtWidgets import QComboBox  # a megabyte of it, which one workspace spares

        offered = QComboBox()
        offered.setAccessibleName(self.tr("Workspace"))
        offered.setAccessibleDescription(self.tr("Workspace"))
        for one in known:
            offered.addItem(one.name, one.directory)
        place = offered.findData(current)
        offered.setCurrentIndex(place)
        offered.activated.connect(lambda place: self.workspace_chosen.emit(offered.itemData(place)))
        if place >= 0:
            self.workspace.hide()
        return offered

    def _arrange(self) -> None:
        card = QFrame()
        card.setProperty("role", "card")
        card.setFixedWidth(CARD_WIDTH_PX)
        column = QVBoxLayout(card)
        column.setContentsMargins(28, 28, 28, 24)
        column.setSpacing(8)
        label = PlainLabel(self.tr("&Passphrase"))
        label.setBuddy(self.passphrase.field)
        buttons = QHBoxLayout()
        buttons.addWidget(self.quit)
        buttons.addWidget(self.help)
        buttons.addStretch()
        buttons.addWidget(self.unlock)
        column.addWidget(PlainLabel("UsageFlow Desktop", role="title"))
        column.addWidget(self.workspace)
        if self.known is not None:
            column.addWidget(self.known)
        column.addSpacing(8)
        column.addWidget(self.notice)
        column.addWidget(label)
        column.addWidget(self.passphrase)
        column.addWidget(self.wait)
        column.addWidget(self.busy)
        column.addWidget(self.busy_text)
        column.addWidget(self.by_keyring)
        column.addSpacing(8)
        column.addLayout(buttons)
        centred = QHBoxLayout()
        centred.addStretch()
        centred.addWidget(card)
        centred.addStretch()
        outer = QVBoxLayout(self)
        outer.addStretch()
        outer.addLayout(centred)
        outer.addStretch()
        QWidget.setTabOrder(self.passphrase.field, self.passphrase.eye)
        QWidget.setTabOrder(self.passphrase.eye, self.unlock)
        QWidget.setTabOrder(self.unlock, self.by_keyring)
        QWidget.setTabOrder(self.by_keyring, self.quit)
        QWidget.setTabOrder(self.quit, self.help)

    def _unlock(self) -> None:
        from desktop.services.workspace import WorkspaceService

        if not self.unlock.isEnabled():
            return
        if not self.passphrase.text():
            self.passphrase.explain(self.tr("Type your passphrase first."))
            return
        self._set_busy(busy=True)
        self._jobs.start(
            WorkspaceService.unlock,
            self.passphrase.text(),
            done=self._opened,
            failed=self._explain,
            owner=self,
        )
        self.repaint()
        self.unlocking.emit()

    def _unlock_by_keyring(self) -> None:
        from desktop.services.workspace import WorkspaceService

        self._set_busy(busy=True)
        self._jobs.start(
            WorkspaceService.unlock_by_keyring,
            done=self._opened,
            failed=self._explain,
            owner=self,
        )
        self.unlocking.emit()

    def _opened(self, _: None) -> None:
        self._set_busy(busy=False)
        self.passphrase.clear()
        self.unlocked.emit()

    def _explain(self, error: "AppError") -> None:
        from desktop.domain.errors import WrongPassphrase

        self._set_busy(busy=False)
        self.passphrase.explain(str(error))
        self.passphrase.field.setFocus()
        self.passphrase.field.selectAll()
        if isinstance(error, WrongPassphrase):
            self._failures += 1
            self._pause()

    def _pause(self) -> None:
        """Each wrong passphrase after the second makes the wait longer, up to half a minute."""
        doublings = self._failures - FREE_ATTEMPTS
        if doublings > 0:
            seconds = min(LONGEST_PAUSE_S, 2**doublings)
            self.unlock.setEnabled(False)
            self.wait.setText(self.tr("Wait {seconds} s, then try again.").format(seconds=seconds))
            self.wait.show()
            QTimer.singleShot(seconds * 1000, self, self._end_pause)

    def _end_pause(self) -> None:
        self.wait.hide()
        self.unlock.setEnabled(True)

    def _show_other_ways(self) -> None:
        from desktop.views.dialogs.cannot_unlock import CannotUnlockDialog

        self._open_dialog(CannotUnlockDialog(self, self._jobs))

    def _open_dialog(self, dialog: "CannotUnlockDialog") -> None:
        dialog.accepted.connect(lambda: self._opened(None))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _set_busy(self, *, busy: bool) -> None:
        self.passphrase.setDisabled(busy)
        self.unlock.setDisabled(busy)
        self.by_keyring.setDisabled(busy)
        if self.known is not None:
            self.known.setDisabled(busy)
        self.busy.setVisible(busy)
        self.busy_text.setVisible(busy)
