"""A new recovery code: shown, printed or saved, and typed back before it counts."""

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.services.vault_keeping import VaultService
from desktop.views.clipboard import SecretClipboard
from desktop.views.form_field import FormField, forget, text_of
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.printing import print_text
from desktop.views.secret_text import SecretText
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

FILE_NAME: Final = "usageflow-recovery-code.txt"
CODE_HEIGHT_PX: Final = 46


class RecoveryPanel(QWidget):
    """Asks for a code when it is told to begin; forgets it when it is told to."""

    confirmed = Signal()
    busy_changed = Signal()

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__()
        self._jobs, self._clipboard = jobs, clipboard
        self.is_busy = False
        self._code = ""
        self.code = SecretText(self.tr("Recovery code"))
        self.code.setProperty("role", "large-code")
        self.code.setFixedHeight(CODE_HEIGHT_PX)
        self.code.cover(dots="")
        self.copy = Button(self.tr("Cop&y for 20 seconds"), icon_name="copy")
        self.print = Button(self.tr("&Print…"), icon_name="printer")
        self.save = Button(self.tr("&Save…"), icon_name="download")
        self.copy.clicked.connect(lambda: self._clipboard.copy(self._code))
        self.print.clicked.connect(self._fetch_sheet)
        self.save.clicked.connect(self._choose_place)
        self.typed = QLineEdit()
        self.field = FormField(self.tr("&Type it back from the paper"), self.typed)
        self.typed.returnPressed.connect(self.confirm)
        self.said = PlainLabel(role="muted", wrap=True)
        self._arrange()

    def _arrange(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(self.code)
        column.addLayout(row_of(self.copy, self.print, self.save, None))
        column.addWidget(self.field)
        column.addWidget(self.said)
        column.addStretch()
        self.said.hide()
        self._show_buttons()

    def begin(self) -> None:
        """Have a code made, unless one is shown."""
        if not self._code and not self.is_busy:
            self._set_busy(busy=True)
            self._jobs.start(
                VaultService.new_recovery_code, done=self._show, failed=self._explain, owner=self
            )

    def confirm(self) -> None:
        """Compare what was typed; the core knows how forgiving to be."""
        if self.is_busy:
            return
        self.field.explain("")
        self._set_busy(busy=True)
        self._jobs.start(
            VaultService.confirm_recovery_code,
            text_of(self.typed),
            done=self._confirmed,
            failed=self._explain,
            owner=self,
        )

    def forget(self) -> None:
        """The code does not wait where nobody looks at it."""
        self._code = ""
        self.code.hide_secret()
        forget(self.typed)
        self.said.hide()
        self._show_buttons()

    def _show(self, code: str) -> None:
        self._code = code
        self.code.show_secret(code)
        self._set_busy(busy=False)
        self.typed.setFocus()

    def _confirmed(self, _: None) -> None:
        self._set_busy(busy=False)
        self.forget()
        self.confirmed.emit()

    def _fetch_sheet(self) -> None:
        self._jobs.start(
            VaultService.recovery_sheet,
            self._code,
            done=lambda sheet: print_text(self, sheet),
            failed=self._explain,
            owner=self,
        )

    def _choose_place(self) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Save the recovery code"), FILE_NAME, self.tr("Text (*.txt)")
        )
        if path:
            self.save_to(path)

    def save_to(self, path: str) -> None:
        """Have the core write the code to a file."""
        self._jobs.start(
            VaultService.save_recovery_sheet,
            path,
            self._code,
            done=lambda _: self._say_saved(path),
            failed=self._explain,
            owner=self,
        )

    def _say_saved(self, path: str) -> None:
        said = self.tr("Saved to {path}. Move it off this computer: it opens the vault.")
        self.said.setText(said.format(path=path))
        self.said.show()

    def _explain(self, error: AppError) -> None:
        self._set_busy(busy=False)
        self.field.explain(str(error))
        self.typed.setFocus()

    def _set_busy(self, *, busy: bool) -> None:
        self.is_busy = busy
        self._show_buttons()
        self.busy_changed.emit()

    def _show_buttons(self) -> None:
        for button in (self.copy, self.print, self.save):
            button.setEnabled(bool(self._code) and not self.is_busy)
