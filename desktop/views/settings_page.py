"""Settings: look, service, how to connect an API, sample data, lock. Applies at once."""

from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from desktop.domain.usage import Application
from desktop.services.sample_data import SampleDataService
from desktop.views.activities import Activities
from desktop.views.choice import Choice
from desktop.views.clipboard import SecretClipboard
from desktop.views.dialogs.quit import AtQuit
from desktop.views.embedded_panel import EmbeddedPanel
from desktop.views.icons import Button
from desktop.views.page import Card, Page, row_of
from desktop.views.snippet_panel import SnippetPanel
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel
from desktop.views.theme import Scheme

if TYPE_CHECKING:
    from desktop.jobs import Jobs


LONGEST_WAIT_MINUTES: Final = 60
WAITS_MINUTES: Final = (1, 5, 10, 30, LONGEST_WAIT_MINUTES)


class SettingsPage(Page):
    """Cards from top to bottom."""

    topics: ClassVar[frozenset[str]] = frozenset({"connection", "configuration"})
    is_about_an_application: ClassVar[bool] = False
    scheme_chosen = Signal(object)
    """A `Scheme`."""
    at_quit_chosen = Signal(str)
    """A value of `AtQuit`, or nothing for the question at each Quit."""
    lock_wanted = Signal()
    lock_after_chosen = Signal(int)
    """Minutes; 0: never by itself."""
    connect_dialog_wanted = Signal()
    """The owner wants to choose a service, or another one."""

    def __init__(self, jobs: "Jobs", activities: Activities, clipboard: SecretClipboard) -> None:
        super().__init__(jobs, QCoreApplication.translate("SettingsPage", "Settings"))
        self._activities = activities
        self.scheme = Choice(
            self.tr("Theme"),
            (
                (Scheme.SYSTEM, self.tr("As the system")),
                (Scheme.LIGHT, self.tr("Light")),
                (Scheme.DARK, self.tr("Dark")),
            ),
        )
        self.scheme.changed.connect(lambda: self.scheme_chosen.emit(self.scheme.value()))
        self.at_quit = Choice(
            self.tr("When I quit, the embedded service"),
            (
                ("", self.tr("Ask me")),
                (str(AtQuit.KEEP), self.tr("Keeps running")),
                (str(AtQuit.STOP), self.tr("Stops")),
            ),
        )
        self.at_quit.changed.connect(lambda: self.at_quit_chosen.emit(self.at_quit.value()))
        self.lock_after = Choice(self.tr("Lock when nobody uses the window"), self._waits())
        self.lock_after.changed.connect(
            lambda: self.lock_after_chosen.emit(self.lock_after.value())
        )
        self.embedded = EmbeddedPanel(jobs)
        self.snippets = SnippetPanel(jobs, clipboard)
        self.load_sample = Button(self.tr("Load sample data"), icon_name="flask-conical")
        self.remove_sample = Button(self.tr("Remove sample data"), icon_name="trash-2")
        self.lock = Button(self.tr("Lock now"), icon_name="lock")
        self.load_sample.clicked.connect(self.sample_wanted)
        self.remove_sample.clicked.connect(self._remove_sample)
        self.lock.clicked.connect(self.lock_wanted)
        self.choose_service = Button(self.tr("Choose a service…"), icon_name="server")
        self.choose_service.clicked.connect(self.connect_dialog_wanted)
        self.show_states_of(self._content(), EmptyPanel("settings", "", ""))

    def show_lock_after(self, minutes: int) -> None:
        """Show the stored setting; one that is not offered shows as the longest wait."""
        offered = self.lock_after.buttons
        self.lock_after.choose(minutes if minutes in offered else LONGEST_WAIT_MINUTES)

    def _waits(self) -> tuple[tuple[int, str], ...]:
        minutes = ((m, self.tr("After {minutes} min").format(minutes=m)) for m in WAITS_MINUTES)
        return (*minutes, (0, self.tr("Never")))

    def _content(self) -> QWidget:
        inside = QWidget()
        inside.setObjectName("viewport")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(16)
        for part in self._cards():
            column.addWidget(part)
        column.addStretch()
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setAccessibleName(self.tr("All settings"))
        scroll.setWidget(inside)
        return scroll

    def _cards(self) -> tuple[Card, ...]:
        look = _section(self.tr("Appearance"), None)
        look.column.addLayout(row_of(PlainLabel(self.tr("Theme")), self.scheme, None))
        sample = _section(
            self.tr("Sample data"),
            self.tr("An invented application to look around with. It is never sent anywhere."),
        )
        sample.column.addLayout(row_of(self.load_sample, self.remove_sample, None))
        lock = _section(
            self.tr("Security"),
            self.tr("Locking ends every part of the program that could read the vault."),
        )
        away = PlainLabel(self.tr("Lock when nobody uses the window"))
        lock.column.addLayout(row_of(away, self.lock_after, None))
        lock.column.addWidget(
            PlainLabel(
                self.tr("It also locks when the computer sleeps or its screen is locked."),
                role="muted",
                wrap=True,
            )
        )
        lock.column.addLayout(row_of(self.lock, None))
        service = _section(self.tr("Service"), None)
        service.column.addWidget(self.embedded)
        label = PlainLabel(self.tr("When I quit, the embedded service"))
        service.column.addLayout(row_of(label, self.at_quit, None))
        service.column.addLayout(row_of(self.choose_service, None))
        self.connect_card = _section(
            self.tr("Connect your API"),
            self.tr(
                "Paste these lines into your API. They contain its key: treat them as a secret."
            ),
        )
        self.connect_card.column.addWidget(self.snippets)
        return look, service, self.connect_card, sample, lock

    def reload(self) -> None:
        """Ask for the service's state and the snippets."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self.states.show_content()
        self.embedded.load()
        self.snippets.load()

    def load(self, application: Application) -> None:  # noqa: ARG002 (settings belong to all)
        """Ask for the service's state and the snippets."""
        self.reload()

    def show_connecting(self) -> None:
        """Bring the snippet into view."""
        scroll = self.states.content
        if isinstance(scroll, QScrollArea):
            scroll.ensureWidgetVisible(self.connect_card, 0, 0)
        self.snippets.copy_code.setFocus()

    def _remove_sample(self) -> None:
        self.jobs.start(SampleDataService.remove, failed=self.explain, owner=self)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        """The snippet holds a key: it does not wait on a page nobody looks at."""
        super().hideEvent(event)
        self.snippets.forget()
        self._is_stale = True


def _section(title: str, about: str | None) -> Card:
    frame = Card(PlainLabel(title, role="heading"))
    if about:
        frame.column.addWidget(PlainLabel(about, role="muted", wrap=True))
    return frame
