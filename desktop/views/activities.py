"""Long actions under way: what the status bar counts, and its panel shows and cancels."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from desktop.domain.errors import AppError
    from desktop.jobs import Job, Jobs

Result = TypeVar("Result")


@dataclass(slots=True, eq=False)
class Activity:
    """One long action; `total` is None while nobody knows how long it takes."""

    title: str
    job: "Job | None" = None
    done: int = 0
    total: int | None = None


class Activities(QObject):
    """Starts long calls and keeps the list of those that run."""

    changed = Signal()

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__()
        self._jobs = jobs
        self.running: list[Activity] = []

    def start(  # noqa: PLR0913 (as `Jobs.start`)
        self,
        title: str,
        method: Callable[..., Result],
        *arguments: object,
        done: Callable[[Result], None] | None = None,
        failed: "Callable[[AppError], None] | None" = None,
        progressed: Callable[[int, int | None], None] | None = None,
        owner: QObject | None = None,
    ) -> "Job":
        """As `Jobs.start`, and listed under a title until it has finished."""
        activity = Activity(title)

        def note(steps: int, total: int | None) -> None:
            activity.done, activity.total = steps, total
            self.changed.emit()
            if progressed is not None:
                progressed(steps, total)

        job = self._jobs.start(
            method, *arguments, done=done, failed=failed, progressed=note, owner=owner
        )
        activity.job = job
        self.running.append(activity)
        job.finished.connect(lambda: self._forget(activity))
        self.changed.emit()
        return job

    def _forget(self, activity: Activity) -> None:
        if activity in self.running:
            self.running.remove(activity)
        self.changed.emit()
