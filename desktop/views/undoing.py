"""What is stored at once and taken back by Undo, instead of being asked about."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from desktop.jobs import Jobs


class Undoing(QObject):
    """Tells of changes that a part of a page made, each with the call that takes it back."""

    toast_offered = Signal(str, object)
    """What was done, and a function that undoes it."""
    changed = Signal()
    """What the part shows is to be read again."""
    failed = Signal(object)
    """An `AppError`."""

    def __init__(self, jobs: "Jobs", part: "QWidget") -> None:
        super().__init__(part)
        self._jobs = jobs
        self._part = part

    def done(self, said: str, method: Callable[..., Any], argument: object) -> None:
        """Say what was done; Undo calls a service's method with the argument."""

        def take_back() -> None:
            self._jobs.start(
                method,
                argument,
                done=lambda _: self.changed.emit(),
                failed=self.failed.emit,
                owner=self._part,
            )

        self.toast_offered.emit(said, take_back)
        self.changed.emit()
