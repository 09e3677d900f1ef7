"""The first run: five steps from an empty profile to the first chart."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QProgressBar,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.views.capture_guard import CaptureGuard
from desktop.views.clipboard import SecretClipboard
from desktop.views.dialogs.cannot_unlock import CannotUnlockDialog, Way
from desktop.views.first_call_step import FirstCallStep
from desktop.views.first_run_steps import ServiceStep, SnippetStep, Step, VaultStep
from desktop.views.icons import Button
from desktop.views.page import local_day, row_of
from desktop.views.recovery_step import RecoveryStep
from desktop.views.text import PlainLabel
from desktop.views.translations import translate

if TYPE_CHECKING:
    from desktop.jobs import Jobs

CARD_WIDTH_PX: Final = 680
CARD_HEIGHT_PX: Final = 560
FIRST_AFTER_VAULT: Final = 2
"""Place of the first step that there is no way back from."""


class FirstRun(QWidget):
    """Back, Skip and Continue around one step at a time. All but the vault can be skipped."""

    finished = Signal()
    """The vault is open; the owner wants to see the main window."""
    quit_requested = Signal()

    def __init__(self, jobs: "Jobs", today: Callable[[str], date] = local_day) -> None:
        """Begin at the first step; `today` tells the day in a time zone."""
        super().__init__()
        translate(QCoreApplication.instance())
        self._jobs = jobs
        self.clipboard = SecretClipboard()
        self.guard = CaptureGuard()
        self.vault, self.service = VaultStep(jobs), ServiceStep(jobs)
        self.snippet = SnippetStep(jobs, self.clipboard)
        self.first_call = FirstCallStep(jobs, today)
        self.recovery = RecoveryStep(jobs, self.clipboard)
        self.steps: tuple[Step, ...] = (
            self.vault, self.recovery, self.service, self.snippet, self.first_call,
        )  # fmt: skip
        self.count, self.title = PlainLabel(role="section"), PlainLabel(role="title")
        self.about = PlainLabel(role="muted", wrap=True)
        self.progress = QProgressBar()
        self.progress.setRange(0, len(self.steps))
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress of the first run"))
        for part in (self.recovery.panel.code, self.snippet.snippets.code):
            self.guard.watch(part)
        self._make_buttons()
        self._arrange()
        self.vault.restore_wanted.connect(self._restore)
        for step in self.steps:
            step.completed.connect(self._advance)
            step.changed.connect(self._show_buttons)
        self._go_to(0)

    def _make_buttons(self) -> None:
        self.back = Button(self.tr("&Back"))
        self.skip = Button(self.tr("S&kip"), role="flat")
        self.go_on = Button(self.tr("&Continue"), role="primary")
        self.quit = Button(self.tr("&Quit"))
        self.back.clicked.connect(self._go_back)
        self.skip.clicked.connect(self._skip)
        self.go_on.clicked.connect(self._continue)
        self.quit.clicked.connect(self.quit_requested)
        QShortcut(QKeySequence("Alt+Left"), self).activated.connect(self._go_back)

    def _arrange(self) -> None:
        self.stack = QStackedWidget()
        for step in self.steps:
            self.stack.addWidget(step)
        frame = QFrame()
        frame.setProperty("role", "card")
        frame.setFixedSize(CARD_WIDTH_PX, CARD_HEIGHT_PX)
        column = QVBoxLayout(frame)
        column.setContentsMargins(32, 26, 32, 24)
        column.setSpacing(10)
        for part in (self.count, self.progress, self.title, self.about):
            column.addWidget(part)
        column.addSpacing(4)
        column.addWidget(self.stack, 1)
        column.addLayout(row_of(self.quit, self.back, None, self.skip, self.go_on))
        centred = QHBoxLayout()
        centred.addStretch()
        centred.addWidget(frame)
        centred.addStretch()
        outer = QVBoxLayout(self)
        outer.addStretch()
        outer.addLayout(centred)
        outer.addStretch()

    @property
    def step(self) -> Step:
        """The step on screen."""
        return self.steps[self.stack.currentIndex()]

    def _go_to(self, place: int) -> None:
        self.stack.setCurrentIndex(place)
        step = self.steps[place]
        text = self.tr("Step {number} of {count}").format(number=place + 1, count=len(self.steps))
        self.count.setText(text.upper())
        self.count.setAccessibleName(text)
        self.progress.setValue(place + 1)
        self.title.setText(step.title)
        self.about.setText(step.about)
        self._show_buttons()
        if self.isVisible():
            self.go_on.setFocus()
            step.enter()

    def _show_buttons(self) -> None:
        place = self.stack.currentIndex()
        is_last = place == len(self.steps) - 1
        self.quit.setVisible(place == 0)
        self.back.setVisible(place > FIRST_AFTER_VAULT)  # vault and code are made only once
        self.skip.setVisible(place > 0 and not is_last)
        self.go_on.setText(self.tr("&Open the dashboard") if is_last else self.tr("&Continue"))
        for button in (self.back, self.skip, self.go_on):
            button.setDisabled(self.step.is_busy)

    def _continue(self) -> None:
        if not self.step.is_busy:
            self.step.go_on()

    def _advance(self) -> None:
        if self.stack.currentIndex() + 1 < len(self.steps):
            self._go_to(self.stack.currentIndex() + 1)
        else:
            self._finish()

    def _restore(self) -> None:
        """A vault from a backup has everything the other steps would make."""
        dialog = CannotUnlockDialog(self, self._jobs, (Way.BACKUP,))
        dialog.accepted.connect(self._finish)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _go_back(self) -> None:
        if self.stack.currentIndex() > FIRST_AFTER_VAULT and not self.step.is_busy:
            self._go_to(self.stack.currentIndex() - 1)

    def _skip(self) -> None:
        """The recovery code can wait, and nothing else waits for it; the rest belongs together."""
        if self.step is self.recovery:
            self._advance()
        else:
            self._finish()

    def _finish(self) -> None:
        self.recovery.forget()
        self.snippet.snippets.forget()
        self.finished.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 (Qt calls it)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._continue()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt calls it)
        super().showEvent(event)
        self.step.enter()
