"""When the vault locks, and what others may record of the screen."""

from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox

from desktop.views.choice import Choice
from desktop.views.icons import Button
from desktop.views.page import Card, row_of
from desktop.views.text import PlainLabel

LONGEST_WAIT_MINUTES: Final = 60
WAITS_MINUTES: Final = (1, 5, 10, 30, LONGEST_WAIT_MINUTES)


class LockingCard(Card):
    """Applies at once."""

    lock_wanted = Signal()
    lock_after_chosen = Signal(int)
    """Minutes; 0: never by itself."""
    events_chosen = Signal(bool, bool)
    """Whether sleep locks, and whether a locked or left session does."""

    def __init__(self) -> None:
        super().__init__(PlainLabel(self.tr("Locking"), role="heading"))
        self.after = Choice(self.tr("Lock when nobody uses the window"), self._waits())
        self.after.changed.connect(lambda: self.lock_after_chosen.emit(self.after.value()))
        self.on_sleep = QCheckBox(self.tr("Lock when the computer goes to &sleep"))
        self.on_session = QCheckBox(
            self.tr("Lock when the screen is locked or &another user takes over")
        )
        for box in (self.on_sleep, self.on_session):
            box.setChecked(True)
            box.clicked.connect(self._tell_events)
        self.lock = Button(self.tr("&Lock now"), icon_name="lock")
        self.lock.clicked.connect(self.lock_wanted)
        about = self.tr("Locking ends every part of the program that could read the vault.")
        away = PlainLabel(self.tr("Lock when nobody uses the window"))
        self.column.addWidget(PlainLabel(about, role="muted", wrap=True))
        self.column.addLayout(row_of(away, self.after, None))
        for box in (self.on_sleep, self.on_session):
            self.column.addWidget(box)
        self.column.addLayout(row_of(self.lock, None))

    def show_wait(self, minutes: int) -> None:
        """Show the stored setting; one that is not offered shows as the longest wait."""
        offered = self.after.buttons
        self.after.choose(minutes if minutes in offered else LONGEST_WAIT_MINUTES)

    def show_events(self, *, sleep: bool, session: bool) -> None:
        """Show which events lock."""
        self.on_sleep.setChecked(sleep)
        self.on_session.setChecked(session)

    def _tell_events(self) -> None:
        self.events_chosen.emit(self.on_sleep.isChecked(), self.on_session.isChecked())

    def _waits(self) -> tuple[tuple[int, str], ...]:
        minutes = ((m, self.tr("After {minutes} min").format(minutes=m)) for m in WAITS_MINUTES)
        return (*minutes, (0, self.tr("Never")))


class CaptureCard(Card):
    """The switch of the guard, or the sentence that there is none."""

    chosen = Signal(bool)

    def __init__(self, *, is_possible: bool) -> None:
        """`is_possible`: whether this system can leave a window out of a recording."""
        super().__init__(PlainLabel(self.tr("Screenshots and shared screens"), role="heading"))
        self.guard = QCheckBox(self.tr("Leave the &window out while it shows a secret"))
        self.guard.setChecked(True)
        self.guard.clicked.connect(self.chosen)
        self.guard.setVisible(is_possible)
        self.about = PlainLabel(
            self.tr(
                "Others then see the window black, or not at all, for as long as a secret is shown."
            )
            if is_possible
            else self.tr(
                "This system gives programs no way to stay out of screenshots and shared screens. "
                "Secrets are on screen only while you hold a button: let go before you share."
            ),
            role="muted",
            wrap=True,
        )
        self.column.addWidget(self.guard)
        self.column.addWidget(self.about)
