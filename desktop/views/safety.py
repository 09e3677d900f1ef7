"""What keeps the vault safe, between the Settings page, the preferences and the core."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from desktop.services.locking import LockingService
from desktop.views.capture_guard import CaptureGuard
from desktop.views.preferences import Preferences

if TYPE_CHECKING:
    from desktop.jobs import Jobs
    from desktop.views.settings_page import SettingsPage


class Safety(QObject):
    """Remembers what the owner chooses and applies it at once."""

    lock_wanted = Signal()
    lock_after_chosen = Signal(int)
    """Minutes without a sign of the owner; 0 is never."""
    restore_wanted = Signal(str)
    """Folder of a backup, or nothing for another one."""

    def __init__(self, jobs: "Jobs", preferences: Preferences) -> None:
        super().__init__()
        self._jobs, self._preferences = jobs, preferences
        self.guard = CaptureGuard()
        self.guard.use(wanted=preferences.place.guards_capture)

    def take_in(self, page: "SettingsPage") -> None:
        """Show what is stored on the page, and hear what is chosen there."""
        place, locking = self._preferences.place, page.locking
        locking.show_wait(place.lock_after_minutes)
        locking.show_events(sleep=place.lock_on_sleep, session=place.lock_on_session)
        locking.lock_wanted.connect(self.lock_wanted)
        locking.lock_after_chosen.connect(self.lock_after_chosen)
        locking.events_chosen.connect(self._remember_events)
        page.capture.guard.setChecked(place.guards_capture)
        page.capture.chosen.connect(self._remember_guard)
        page.backups.restore_wanted.connect(self.restore_wanted)

    def tell_core(self) -> None:
        """Tell the core which events lock; until then every one does."""
        place = self._preferences.place
        self._jobs.start(
            LockingService.lock_on, place.lock_on_sleep, place.lock_on_session, owner=self
        )

    def _remember_events(self, sleep: bool, session: bool) -> None:  # noqa: FBT001 (from a signal)
        self._preferences.change(lock_on_sleep=sleep, lock_on_session=session)
        self.tell_core()

    def _remember_guard(self, wanted: bool) -> None:  # noqa: FBT001 (from a signal)
        self._preferences.change(guards_capture=wanted)
        self.guard.use(wanted=wanted)
