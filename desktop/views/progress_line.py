"""How far a long action is, with a way to stop it."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from desktop.views.icons import Button

if TYPE_CHECKING:
    from desktop.jobs import Job


class ProgressLine(QWidget):
    """Hidden until a job runs, and again when it has finished."""

    def __init__(self, name: str) -> None:
        """`name` is what goes on, for screen readers."""
        super().__init__()
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(name)
        self.cancel = Button(self.tr("Stop"))
        self.cancel.setAccessibleName(self.tr("Stop: {action}").format(action=name))
        self.cancel.clicked.connect(self.stop)
        self._job: Job | None = None
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.bar, 1)
        row.addWidget(self.cancel)
        self.hide()

    @property
    def is_running(self) -> bool:
        return self._job is not None

    def follow(self, job: "Job") -> None:
        """Show a job until it has finished."""
        self._job = job
        self.bar.setRange(0, 0)
        self.cancel.setEnabled(True)
        job.progressed.connect(self._show)
        job.finished.connect(self._end)
        self.show()

    def stop(self) -> None:
        """Ask the job to stop; it says itself when it has."""
        self.cancel.setEnabled(False)
        if self._job is not None:
            self._job.cancel()

    def _show(self, done: int, total: int | None) -> None:
        self.bar.setRange(0, total or 0)
        self.bar.setValue(done)

    def _end(self) -> None:
        self._job = None
        self.hide()
