"""The last step of the first run: the first call arrives, or sample data stands in for it."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from PySide6.QtWidgets import QProgressBar

from desktop.domain.errors import AppError
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import Application, Dashboard, DateRange
from desktop.domain.usage_questions import Comparison
from desktop.services.sample_data import SampleDataService
from desktop.services.sync import SyncService
from desktop.services.usage import UsageService
from desktop.views import figures
from desktop.views.first_run_steps import Step
from desktop.views.icons import Button, IconLabel
from desktop.views.message_bar import MessageBar, Tone
from desktop.views.page import row_of
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

DAYS_WATCHED: Final = 7


class FirstCallStep(Step):
    """Wait for the first call, or fill in sample data."""

    def __init__(self, jobs: "Jobs", today: Callable[[str], date]) -> None:
        super().__init__(jobs, "", "")
        self.title = self.tr("Waiting for the first call")
        self.about = self.tr(
            "Call any route of your API. It shows up here within two seconds. You can also go on "
            "and let it come later."
        )
        self._today = today
        self.has_call = False
        self.sample_id = ApplicationId("")
        """The sample, once it was loaded."""
        self.icon = IconLabel("clock", "muted", 32)
        self.news = PlainLabel(self.tr("No call has arrived yet."), wrap=True)
        self.busy = QProgressBar()
        self.busy.setRange(0, 0)
        self.busy.setTextVisible(False)
        self.busy.setAccessibleName(self.tr("Waiting for the first call"))
        self.sample = Button(self.tr("Load &sample data"), icon_name="flask-conical")
        self.sample.clicked.connect(self._load_sample)
        self.message = MessageBar()
        self.column.addWidget(self.message)
        self.column.addLayout(row_of(self.icon, self.news, None, spacing=12))
        self.column.addWidget(self.busy)
        self.column.addSpacing(16)
        self.column.addWidget(
            PlainLabel(
                self.tr(
                    "Only want to look around? Sample data is marked and removed in one click."
                ),
                role="muted",
                wrap=True,
            )
        )
        self.column.addLayout(row_of(self.sample, None))
        self.column.addStretch()
        jobs.noticed.connect(self._hear)

    def enter(self) -> None:
        """Have the core sync every second, and look at once."""
        self.jobs.start(SyncService.set_live, True, failed=self._explain, owner=self)  # noqa: FBT003
        self._look()

    def _hear(self, topic: str) -> None:
        if topic == "usage" and self.isVisible() and not self.has_call:
            self._look()

    def _look(self) -> None:
        self.jobs.start(
            UsageService.applications, done=self._look_at, failed=self._explain, owner=self
        )

    def _look_at(self, applications: tuple[Application, ...]) -> None:
        for application in applications:
            if not application.is_sample:
                end = self._today(application.time_zone) + timedelta(days=1)
                period = DateRange(end - timedelta(days=DAYS_WATCHED), end)
                self.jobs.start(
                    UsageService.dashboard,
                    application.application_id,
                    period,
                    Comparison.PREVIOUS,
                    done=self._take,
                    failed=self._explain,
                    owner=self,
                )

    def _take(self, picture: Dashboard) -> None:
        if picture.requests.now > 0 and not self.has_call:
            self.has_call = True
            calls = figures.count(picture.requests.now)
            self.news.setText(
                self.tr("The first call has arrived ({calls} so far).").format(calls=calls)
            )
            self.news.set_role("ok")
            self.icon.set_icon("circle-check", "ok")
            self.busy.hide()
            self.changed.emit()

    def _load_sample(self) -> None:
        self.set_busy(busy=True)
        self.sample.setEnabled(False)
        self.jobs.start(SampleDataService.load, done=self._loaded, failed=self._explain, owner=self)

    def _loaded(self, application_id: ApplicationId) -> None:
        self.set_busy(busy=False)
        self.sample_id = application_id
        self.completed.emit()

    def _explain(self, error: AppError) -> None:
        self.set_busy(busy=False)
        self.sample.setEnabled(True)
        self.message.say(Tone.BAD, str(error))
