"""The step of the first run that makes the recovery code count: shown, printed, typed back."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit

from desktop.domain.errors import AppError
from desktop.services.vault_keeping import VaultService
from desktop.views.clipboard import SecretClipboard
from desktop.views.first_run_steps import Step
from desktop.views.form_field import FormField, text_of
from desktop.views.icons import Button
from desktop.views.page import row_of

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class RecoveryStep(Step):
    """Shows a code once; it counts when it was typed back. May be skipped, and done later."""

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(jobs, "", "")
        self._clipboard = clipboard
        self.title = self.tr("Write down the recovery code")
        self.about = self.tr(
            "It opens the vault when the passphrase is forgotten. Print it or copy it by hand, and "
            "keep it where nobody finds it together with this computer."
        )
        self.code = QLineEdit()
        self.code.setReadOnly(True)
        self.code.setProperty("role", "code")
        self.code.setAccessibleName(self.tr("Recovery code"))
        self.copy = Button(self.tr("&Copy for 20 seconds"), icon_name="copy")
        self.copy.clicked.connect(lambda: self._clipboard.copy(self.code.text()))
        self.typed = QLineEdit()
        self.field = FormField(self.tr("&Type it back from the paper"), self.typed)
        self.typed.returnPressed.connect(self.go_on)
        self.column.addWidget(self.code)
        self.column.addLayout(row_of(self.copy, None))
        self.column.addSpacing(8)
        self.column.addWidget(self.field)
        self.column.addStretch()

    def enter(self) -> None:
        """Ask for a code, once."""
        if not self.code.text() and not self.is_busy:
            self.set_busy(busy=True)
            self.jobs.start(
                VaultService.new_recovery_code, done=self._show, failed=self._explain, owner=self
            )

    def go_on(self) -> None:
        """Compare what was typed; the core knows how forgiving to be."""
        if self.is_busy:
            return
        self.field.explain("")
        self.set_busy(busy=True)
        self.jobs.start(
            VaultService.confirm_recovery_code,
            text_of(self.typed),
            done=self._confirmed,
            failed=self._explain,
            owner=self,
        )

    def forget(self) -> None:
        """The code does not wait on a page nobody looks at."""
        self.code.clear()
        self.typed.clear()

    def _show(self, code: str) -> None:
        self.set_busy(busy=False)
        self.code.setText(code)
        self.typed.setFocus()

    def _confirmed(self, _: None) -> None:
        self.set_busy(busy=False)
        self.forget()
        self.completed.emit()

    def _explain(self, error: AppError) -> None:
        self.set_busy(busy=False)
        self.field.explain(str(error))
        self.typed.setFocus()
