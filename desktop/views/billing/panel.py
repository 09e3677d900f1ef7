"""What every part of the Billing page has: an account, an application, and a way to complain."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from desktop.domain.billing.providers import Account
from desktop.domain.errors import AppError
from desktop.domain.usage import Application

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs
    from desktop.views.activities import Activities

Result = TypeVar("Result")


class BillingPanel(QWidget):
    """Shows one thing of one account; what it shows comes from the vault unless it says so."""

    failed = Signal(object)
    """An `AppError`."""
    toast_offered = Signal(str, object)
    """What was done, and a function that undoes it or None."""

    def __init__(self, jobs: "Jobs", activities: "Activities") -> None:
        super().__init__()
        self.jobs = jobs
        self.activities = activities
        self.account: Account | None = None
        self.application: Application | None = None
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(10)

    def show_for(self, account: Account, application: Application | None) -> None:
        """Show another account or application, or the same anew."""
        self.account, self.application = account, application
        self.reload()

    def reload(self) -> None:
        """Read again what is shown."""
        raise NotImplementedError

    def ask(
        self,
        method: Callable[..., Result],
        *arguments: object,
        done: Callable[[Result], None],
        failed: Callable[[AppError], None] | None = None,
    ) -> "Job":
        """Call a service; an answer for an account that was left meanwhile is dropped."""
        asked = (self.account, self.application)

        def show(answer: Result) -> None:
            if asked == (self.account, self.application):
                done(answer)

        return self.jobs.start(
            method, *arguments, done=show, failed=failed or self.failed.emit, owner=self
        )

    def run(
        self,
        title: str,
        method: Callable[..., Result],
        *arguments: object,
        done: Callable[[Result], None],
    ) -> "Job":
        """The same for what takes a while: it is listed among the activities."""
        return self.activities.start(
            title, method, *arguments, done=done, failed=self.failed.emit, owner=self
        )


def search_field(name: str, placeholder: str) -> QLineEdit:
    """A field that narrows a list down; `name` is for screen readers."""
    field = QLineEdit()
    field.setPlaceholderText(placeholder)
    field.setAccessibleName(name)
    field.setClearButtonEnabled(True)
    field.setFixedWidth(220)
    return field
