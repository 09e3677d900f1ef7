"""What Settings asks in a window of its own: a new passphrase, a recovery code, a new key."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QDialog, QProgressBar, QVBoxLayout, QWidget

from desktop.domain.errors import AppError, WrongPassphrase
from desktop.services.vault_keeping import VaultService
from desktop.services.workspace import WorkspaceService
from desktop.views.clipboard import SecretClipboard
from desktop.views.form_field import FormField
from desktop.views.icons import Button
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.new_passphrase import NewPassphrase
from desktop.views.page import row_of
from desktop.views.passphrase_field import PassphraseField
from desktop.views.progress_line import ProgressLine
from desktop.views.recovery_panel import RecoveryPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

WIDTH_PX: Final = 540


class VaultDialog(QDialog):
    """Title, explanation, whatever is asked, and two buttons. Forgets what was typed on closing."""

    succeeded = Signal()

    def __init__(self, parent: QWidget, title: str, about: str, act: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setMinimumWidth(WIDTH_PX)
        self.message = MessageBar(dismissable=False)
        self.go = Button(act, role="primary")
        self.go.setDefault(True)
        self.cancel = Button(self.tr("C&ancel"))
        self.cancel.clicked.connect(self.reject)
        self.inside = QVBoxLayout()
        self.inside.setSpacing(12)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(14)
        column.addWidget(PlainLabel(title, role="title"))
        column.addWidget(PlainLabel(about, role="muted", wrap=True))
        column.addWidget(self.message)
        column.addLayout(self.inside)
        column.addLayout(row_of(None, self.cancel, self.go))

    def say_problem(self, error: AppError) -> None:
        """Show an error that belongs to no field."""
        self.message.say(Tone.BAD, str(error))

    def finish(self, _: object = None) -> None:
        """It is done."""
        self.succeeded.emit()
        self.accept()


class PassphraseDialog(VaultDialog):
    """The passphrase in force, then a new one twice."""

    def __init__(self, parent: QWidget, jobs: "Jobs") -> None:
        super().__init__(
            parent,
            self.tr("Change the passphrase"),
            self.tr(
                "Your data stays as it is: only what the passphrase opens is written anew. Backups "
                "made before still open with the passphrase of their time. If somebody else may "
                "know the old one, rotate the key afterwards."
            ),
            self.tr("&Change it"),
        )
        self._jobs = jobs
        self.current = PassphraseField(self.tr("Passphrase in force"))
        self.new = NewPassphrase(
            jobs, (self.tr("&New passphrase"), self.tr("The same passphrase a&gain"))
        )
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Changing the passphrase"))
        self.inside.addWidget(FormField(self.tr("&Passphrase in force"), self.current))
        self.inside.addWidget(self.new)
        self.inside.addWidget(self.busy)
        self.busy.hide()
        self.go.clicked.connect(self._change)

    def _change(self) -> None:
        self.current.explain("")
        if not self.current.text():
            self.current.explain(self.tr("Type the passphrase in force first."))
            self.current.field.setFocus()
        elif self.new.is_ready():
            self._set_busy(busy=True)
            self._jobs.start(
                VaultService.change_passphrase,
                self.current.text(),
                self.new.text(),
                done=self.finish,
                failed=self._explain,
                owner=self,
            )

    def _explain(self, error: AppError) -> None:
        self._set_busy(busy=False)
        if isinstance(error, WrongPassphrase):
            self.current.explain(str(error))
            self.current.field.setFocus()
        elif error.field:
            self.new.explain(error)
        else:
            self.say_problem(error)

    def _set_busy(self, *, busy: bool) -> None:
        self.busy.setVisible(busy)
        self.go.setDisabled(busy)

    def done(self, result: int) -> None:
        """Close, and forget what was typed."""
        self.current.clear()
        self.new.clear()
        super().done(result)


class RecoveryDialog(VaultDialog):
    """A new code; the one before works until the new one was typed back."""

    def __init__(self, parent: QWidget, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(
            parent,
            self.tr("New recovery code"),
            self.tr(
                "It opens the vault and its backups without the passphrase. It counts once you "
                "have typed it back; a code you printed before works until then, and not after."
            ),
            self.tr("&Let it count"),
        )
        self.panel = RecoveryPanel(jobs, clipboard)
        self.panel.confirmed.connect(self.finish)
        self.panel.busy_changed.connect(lambda: self.go.setDisabled(self.panel.is_busy))
        self.go.clicked.connect(self.panel.confirm)
        self.inside.addWidget(self.panel)
        self.panel.begin()

    def done(self, result: int) -> None:
        """Close, and forget the code."""
        self.panel.forget()
        super().done(result)


class ConfirmedDialog(VaultDialog):
    """Something that the passphrase confirms; may take long, and can be stopped."""

    def __init__(
        self, parent: QWidget, jobs: "Jobs", texts: tuple[str, str, str], act: Callable[..., None]
    ) -> None:
        """Make the dialog.

        Args:
            parent: the window in front of which it opens.
            jobs: the bridge to the core.
            texts: title, explanation, and the button's label.
            act: service method that takes the passphrase.
        """
        super().__init__(parent, *texts)
        self._jobs, self._act = jobs, act
        self.passphrase = PassphraseField(self.tr("Passphrase"))
        self.field = FormField(self.tr("&Passphrase"), self.passphrase)
        self.progress = ProgressLine(texts[0])
        self.inside.addWidget(self.field)
        self.inside.addWidget(self.progress)
        self.go.clicked.connect(self._start)

    def _start(self) -> None:
        if self.progress.is_running:
            return
        self.passphrase.explain("")
        self.message.dismiss()
        if not self.passphrase.text():
            self.passphrase.explain(self.tr("Type your passphrase first."))
            return
        self._set_busy(busy=True)
        job = self._jobs.start(
            self._act,
            self.passphrase.text(),
            done=self.finish,
            failed=self._explain,
            owner=self,
        )
        self.progress.follow(job)

    def _explain(self, error: AppError) -> None:
        self._set_busy(busy=False)
        if isinstance(error, WrongPassphrase):
            self.passphrase.explain(str(error))
            self.passphrase.field.setFocus()
        else:
            self.say_problem(error)

    def _set_busy(self, *, busy: bool) -> None:
        self.go.setDisabled(busy)
        self.field.setDisabled(busy)

    def reject(self) -> None:
        """Stop what runs; without anything running, close."""
        if self.progress.is_running:
            self.progress.stop()
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Close, and forget the passphrase."""
        self.passphrase.clear()
        super().done(result)


def rotation_dialog(parent: QWidget, jobs: "Jobs") -> ConfirmedDialog:
    """Put the vault under a new data key."""
    texts = (
        QCoreApplication.translate("settings", "Rotate the key"),
        QCoreApplication.translate(
            "settings",
            "Everything is copied under a new key, verified, and only then takes the old one's "
            "place; a backup is made first. Passphrase, recovery code and keyring go on working. "
            "The window waits meanwhile: about a quarter of a minute for a gigabyte. A computer "
            "that goes off in between loses nothing.",
        ),
        QCoreApplication.translate("settings", "&Rotate"),
    )
    return ConfirmedDialog(parent, jobs, texts, VaultService.rotate)


def acceptance_dialog(parent: QWidget, jobs: "Jobs") -> ConfirmedDialog:
    """Go on from an older copy."""
    texts = (
        QCoreApplication.translate("settings", "Go on from this copy"),
        QCoreApplication.translate(
            "settings",
            "What was stored after this copy was made stays lost on this computer; what the "
            "service has comes back with the next sync. To have the newest state, restore the "
            "newest backup instead.",
        ),
        QCoreApplication.translate("settings", "&Go on from here"),
    )
    return ConfirmedDialog(parent, jobs, texts, WorkspaceService.accept_older_copy)
