"""The step of the first run that makes the recovery code count."""

from typing import TYPE_CHECKING

from desktop.views.clipboard import SecretClipboard
from desktop.views.first_run_steps import Step
from desktop.views.recovery_panel import RecoveryPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class RecoveryStep(Step):
    """Shows a code once; it counts when it was typed back. May be skipped, and done later."""

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(jobs, "", "")
        self.title = self.tr("Write down the recovery code")
        self.about = self.tr(
            "It opens the vault when the passphrase is forgotten. Print it or copy it by hand, and "
            "keep it where nobody finds it together with this computer."
        )
        self.panel = RecoveryPanel(jobs, clipboard)
        self.panel.confirmed.connect(self.completed)
        self.panel.busy_changed.connect(lambda: self.set_busy(busy=self.panel.is_busy))
        self.column.addWidget(self.panel)
        self.column.addStretch()

    def enter(self) -> None:
        """Ask for a code, once."""
        self.panel.begin()

    def go_on(self) -> None:
        """Compare what was typed."""
        self.panel.confirm()

    def forget(self) -> None:
        """The code does not wait on a page nobody looks at."""
        self.panel.forget()
