"""How much usage the vault holds, and how much of it is to be kept."""

from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from desktop.domain.usage_questions import VaultExtent
from desktop.services.usage_keeping import UsageKeepingService
from desktop.views.dialogs.question import QuestionDialog
from desktop.views.icons import Button
from desktop.views.page import row_of
from desktop.views.text import PlainLabel
from desktop.views.usage import words

if TYPE_CHECKING:
    from desktop.jobs import Jobs

OFFERED_MONTHS: Final = (0, 12, 24, 36, 60)
"""Before the current month; 0 keeps everything."""


class KeepingLine(QWidget):
    """One line; the button asks before anything older may go."""

    failed = Signal(object)

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self._held: VaultExtent | None = None
        self.text = PlainLabel(role="muted")
        self.keep = Button("")
        self.keep.setText(self.tr("Keep"))
        self.keep.setAccessibleName(self.tr("How much usage to keep"))
        self.choices = QMenu(self.keep)
        for months in OFFERED_MONTHS:
            action = self.choices.addAction(self._words(months))
            action.triggered.connect(partial(self.ask, months))
        self.keep.setMenu(self.choices)
        row = row_of(self.text, None, self.keep)
        row.setContentsMargins(0, 0, 0, 0)
        self.setLayout(row)

    def _words(self, months: int) -> str:
        if months == 0:
            return self.tr("Keep everything")
        return self.tr("Keep %n month(s)", "", months)

    def load(self) -> None:
        """Read how much there is."""
        self._jobs.start(
            UsageKeepingService.extent, done=self._show, failed=self.failed.emit, owner=self
        )

    def _show(self, held: VaultExtent) -> None:
        self._held = held
        self.text.setText(words.extent(held))
        self.keep.setText(self._words(held.keep_months))

    def ask(self, months: int, _: object = None) -> None:
        """Keep everything at once; less only after a confirmation."""
        if months == 0:
            self._decide(months)
            return
        going = self.tr("Usage from before the last %n month(s) will be deleted.", "", months)
        dialog = QuestionDialog(
            self,
            self.tr("How much usage to keep"),
            f"{going} {self.tr('Invoices that need it can then not be made anew.')}",
            self.tr("&Delete what is older"),
        )
        dialog.agreed.connect(partial(self._decide, months))
        dialog.open()

    def _decide(self, months: int) -> None:
        self._jobs.start(
            UsageKeepingService.keep, months, done=lambda _: self.load(),
            failed=self.failed.emit, owner=self,
        )  # fmt: skip
