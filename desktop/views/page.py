"""What every page of the main window has: a title, states, an application, and news to follow."""

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar, Final, TypeVar
from zoneinfo import ZoneInfo

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.connection import SyncPhase, SyncState
from desktop.domain.errors import AppError
from desktop.domain.usage import Application
from desktop.views import figures
from desktop.views.state_page import EmptyPanel, StatePage
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Job, Jobs

Answer = TypeVar("Answer")

HEADER_HEIGHT_PX: Final = 32
COALESCE_MS: Final = 80
"""News that come in one burst cause one reload."""


def local_day(time_zone: str) -> date:
    """Today in an application's time zone."""
    return datetime.now(ZoneInfo(time_zone)).date()


class Page(QWidget):
    """A destination of the sidebar. Reloads when what it shows has changed, once it is visible."""

    topics: ClassVar[frozenset[str]] = frozenset()
    """Notices of the core that make the page reload."""
    shows_live_data: ClassVar[bool] = False
    """While such a page is visible the core syncs every second."""

    is_about_an_application: ClassVar[bool] = True
    """Whether the page shows the chosen application, and so a badge when that is invented."""

    toast_offered = Signal(str, object)
    """What was done, and a function that undoes it or None."""
    connect_wanted = Signal()
    """The owner wants to see how an API is connected."""
    sample_wanted = Signal()
    sync_wanted = Signal()
    settings_wanted = Signal()
    """The owner wants to change how the service is reached."""
    moved = Signal()
    """The owner went to another place within the page."""
    destination_wanted = Signal(str)
    """Name of another page that the owner wants to see."""
    place_wanted = Signal(str, str)
    """Name of another page, and what of it the owner wants to see, in that page's own words."""

    def __init__(self, jobs: "Jobs", title: str) -> None:
        super().__init__()
        self.setObjectName("page")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.jobs = jobs
        self.application: Application | None = None
        self.header = QHBoxLayout()
        self.header.setSpacing(12)
        self.title = PlainLabel(title, role="title")
        self.header.addWidget(self.title)
        self.sample_badge = PlainLabel(self.tr("Sample data"), role="badge")
        self.sample_badge.hide()
        self.header.addWidget(self.sample_badge)
        self.as_of = PlainLabel(role="stamp")
        self.as_of.hide()
        self.header.addWidget(self.as_of)
        self.header.addStretch()
        self.title.setMinimumHeight(HEADER_HEIGHT_PX)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(24, 18, 24, 16)
        self._column.setSpacing(16)
        self._column.addLayout(self.header)
        self._is_stale = True
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(COALESCE_MS)
        self._soon.timeout.connect(self.reload)
        jobs.noticed.connect(self._hear)

    def show_states_of(self, content: QWidget, empty: EmptyPanel) -> None:
        """Put the page's content and its empty state under the title."""
        self.states = StatePage(content, empty)
        self._column.addWidget(self.states, 1)

    def set_application(self, application: Application | None) -> None:
        """Show another application's data."""
        if application != self.application:
            self.application = application
            invented = application is not None and application.is_sample
            self.sample_badge.setVisible(invented and self.is_about_an_application)
            self.reload()

    def show_sync(self, state: SyncState) -> None:
        """Say beside the title how old the page may be, while the service is out of reach."""
        away = state.phase in {SyncPhase.OFFLINE, SyncPhase.FAILED} and state.last_success
        self.as_of.setVisible(bool(away))
        if state.last_success is not None:
            said = self.tr("Offline · as of {moment}")
            self.as_of.setText(said.format(moment=figures.moment(state.last_success)))

    def reload(self) -> None:
        """Load now if the page is on screen, else when it next is."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._soon.stop()
        self._is_stale = False
        if self.application is None:
            self.states.show_empty()
        else:
            self.load(self.application)

    def load(self, application: Application) -> None:
        """Start the page's jobs."""
        raise NotImplementedError

    def wait_for(self, job: "Job") -> None:
        """Show that a load is under way."""
        self.states.show_loading(job)

    def still_about(
        self, application: Application, show: Callable[[Answer], None]
    ) -> Callable[[Answer], None]:
        """The same callback, deaf to answers about an application that was left meanwhile."""

        def show_if_current(answer: Answer) -> None:
            if application == self.application:
                show(answer)

        return show_if_current

    def explain(self, error: AppError) -> None:
        """A load failed."""
        self.states.show_error(error, self.reload)

    def place(self) -> object:
        """Where in the page the owner is, for Back; None where a page is one place."""
        return None

    def return_to(self, place: object) -> None:
        """Go back to a place of before."""

    def show_target(self, target: str) -> None:
        """Open what another page pointed at, on pages where that means something."""

    def secret_parts(self) -> tuple[QWidget, ...]:
        """Parts of the page that show a secret now and then."""
        return ()

    def create_new(self) -> None:
        """Ctrl+N: begin something new, on pages where that means something."""

    def focus_filter(self) -> None:
        """Ctrl+F: go to the field that narrows the page down."""

    def export_view(self) -> None:
        """Ctrl+E: save what is shown."""

    def _hear(self, topic: str) -> None:
        if topic in self.topics:
            self._is_stale = True
            if self.isVisible() and not self._soon.isActive():
                self._soon.start()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt calls it)
        super().showEvent(event)
        if self._is_stale:
            self.reload()


class Card(QFrame):
    """A frame in the colour of cards around widgets, from top to bottom."""

    def __init__(self, *parts: QWidget, spacing: int = 12) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 14, 16, 14)
        self.column.setSpacing(spacing)
        for part in parts:
            self.column.addWidget(part)


def row_of(*parts: QWidget | None, spacing: int = 8) -> QHBoxLayout:
    """Widgets side by side; None is the place that stretches."""
    row = QHBoxLayout()
    row.setSpacing(spacing)
    for part in parts:
        row.addStretch() if part is None else row.addWidget(part)
    return row
