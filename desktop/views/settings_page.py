"""Settings: look, security, backups, service. Applies at once."""

from collections.abc import Iterator
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.usage import Application
from desktop.domain.vault import VaultInfo
from desktop.services.sample_data import SampleDataService
from desktop.services.vault_keeping import VaultService
from desktop.views.activities import Activities
from desktop.views.capture_guard import CaptureGuard
from desktop.views.choice import Choice
from desktop.views.clipboard import SecretClipboard
from desktop.views.connection_options import ConnectionOptions
from desktop.views.dialogs.quit import AtQuit
from desktop.views.embedded_panel import EmbeddedPanel
from desktop.views.icons import Button
from desktop.views.page import Card, Page, row_of
from desktop.views.settings.account_panel import AccountPanel, MailPanel
from desktop.views.settings.backups_panel import BackupsPanel
from desktop.views.settings.links_card import LinksCard
from desktop.views.settings.locking_card import CaptureCard, LockingCard
from desktop.views.settings.vault_card import VaultCard
from desktop.views.settings.ways_in_card import WaysInCard
from desktop.views.snippet_panel import SnippetPanel
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel
from desktop.views.theme import Scheme

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class Tab(StrEnum):
    """A part of the settings."""

    GENERAL = "general"
    SECURITY = "security"
    BACKUPS = "backups"
    SERVICE = "service"
    CONNECTION = "connection"
    ACCOUNT = "account"
    MAIL = "mail"


class SettingsPage(Page):
    """Cards from top to bottom, a tab for each topic."""

    topics: ClassVar[frozenset[str]] = frozenset(
        {"connection", "configuration", "backup", "mail", "privacy"}
    )
    is_about_an_application: ClassVar[bool] = False
    scheme_chosen = Signal(object)
    """A `Scheme`."""
    at_quit_chosen = Signal(str)
    """A value of `AtQuit`, or nothing for the question at each Quit."""
    workspace_removed = Signal()
    """What was left of a deleted account is gone: there is nothing to show any more."""
    connect_dialog_wanted = Signal()
    """The owner wants to choose a service, or another one."""

    def __init__(
        self,
        jobs: "Jobs",
        activities: Activities,
        clipboard: SecretClipboard,
        guard: CaptureGuard | None = None,
    ) -> None:
        """`guard` keeps secrets out of recordings of the screen, where the system can."""
        super().__init__(jobs, QCoreApplication.translate("SettingsPage", "Settings"))
        guard = guard or CaptureGuard()
        self.tab = Choice(
            self.tr("Settings"),
            (
                (Tab.GENERAL, self.tr("General")),
                (Tab.SECURITY, self.tr("Security")),
                (Tab.BACKUPS, self.tr("Backups")),
                (Tab.SERVICE, self.tr("Service")),
                (Tab.CONNECTION, self.tr("Connection")),
                (Tab.ACCOUNT, self.tr("Account")),
                (Tab.MAIL, self.tr("Mail")),
            ),
        )
        self.tab.changed.connect(self._show_tab)
        self.header.insertWidget(1, self.tab)
        self.header.insertSpacing(1, 12)
        self._make_general(jobs)
        self._make_service(jobs, clipboard)
        self.ways_in = WaysInCard(jobs, clipboard)
        self.vault = VaultCard(jobs, activities)
        self.locking = LockingCard()
        self.capture = CaptureCard(is_possible=guard.is_possible)
        self.backups = BackupsPanel(jobs, activities)
        self.account = AccountPanel(jobs)
        self.mail = MailPanel(jobs)
        self.account.deletion.export_wanted.connect(lambda: self.destination_wanted.emit("exports"))
        self.account.deletion.removed.connect(self.workspace_removed)
        self.account.deletion.moved_on.connect(self._show_deletion)
        for card in (self.ways_in, self.vault):
            card.said.connect(lambda text: self.toast_offered.emit(text, None))
            card.changed.connect(self._load_security)
        self.ways_in.secret_dialog_opened.connect(guard.watch)
        self.show_states_of(self._content(), EmptyPanel("settings", "", ""))

    def secret_parts(self) -> tuple[QWidget, ...]:
        """The snippet holds a key."""
        return (self.snippets.code,)

    def _make_general(self, jobs: "Jobs") -> None:
        self.links = LinksCard(jobs)
        self.scheme = Choice(
            self.tr("Theme"),
            (
                (Scheme.SYSTEM, self.tr("As the system")),
                (Scheme.LIGHT, self.tr("Light")),
                (Scheme.DARK, self.tr("Dark")),
            ),
        )
        self.scheme.changed.connect(lambda: self.scheme_chosen.emit(self.scheme.value()))
        self.load_sample = Button(self.tr("Load sample data"), icon_name="flask-conical")
        self.remove_sample = Button(self.tr("Remove sample data"), icon_name="trash-2")
        self.load_sample.clicked.connect(self.sample_wanted)
        self.remove_sample.clicked.connect(self._remove_sample)

    def _make_service(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        self.at_quit = Choice(
            self.tr("When I quit, the embedded service"),
            (
                ("", self.tr("Ask me")),
                (str(AtQuit.KEEP), self.tr("Keeps running")),
                (str(AtQuit.STOP), self.tr("Stops")),
            ),
        )
        self.at_quit.changed.connect(lambda: self.at_quit_chosen.emit(self.at_quit.value()))
        self.embedded = EmbeddedPanel(jobs)
        self.snippets = SnippetPanel(jobs, clipboard)
        self.connection = ConnectionOptions(jobs)
        self.choose_service = Button(self.tr("Choose a service…"), icon_name="server")
        self.choose_service.clicked.connect(self.connect_dialog_wanted)

    def _content(self) -> QWidget:
        security = (self.ways_in, self.vault, self.locking, self.capture)
        self._parts: dict[Tab, QWidget] = {
            Tab.GENERAL: _scrolling(self.tr("General settings"), *self._general_cards()),
            Tab.SECURITY: _scrolling(self.tr("Security settings"), *security),
            Tab.BACKUPS: self.backups,
            Tab.SERVICE: _scrolling(self.tr("Service settings"), *self._service_cards()),
            Tab.CONNECTION: _scrolling(self.tr("Connection settings"), self._connection_card()),
            Tab.ACCOUNT: _scrolling(self.tr("Account settings"), *self.account.cards()),
            Tab.MAIL: _scrolling(self.tr("Mail settings"), *self.mail.cards()),
        }
        self._stack = QStackedWidget()
        for part in self._parts.values():
            self._stack.addWidget(part)
        return self._stack

    def _general_cards(self) -> Iterator[Card]:
        look = _section(self.tr("Appearance"), None)
        look.column.addLayout(row_of(PlainLabel(self.tr("Theme")), self.scheme, None))
        yield look
        yield self.links
        sample = _section(
            self.tr("Sample data"),
            self.tr("An invented application to look around with. It is never sent anywhere."),
        )
        sample.column.addLayout(row_of(self.load_sample, self.remove_sample, None))
        yield sample

    def _service_cards(self) -> Iterator[Card]:
        service = _section(self.tr("Service"), None)
        service.column.addWidget(self.embedded)
        label = PlainLabel(self.tr("When I quit, the embedded service"))
        service.column.addLayout(row_of(label, self.at_quit, None))
        service.column.addLayout(row_of(self.choose_service, None))
        yield service
        self.connect_card = _section(
            self.tr("Connect your API"),
            self.tr(
                "Paste these lines into your API. They contain its key: treat them as a secret."
            ),
        )
        self.connect_card.column.addWidget(self.snippets)
        yield self.connect_card

    def _connection_card(self) -> Card:
        self.connection_card = _section(
            self.tr("Connection"),
            self.tr("How the service is reached. A change holds from the next request on."),
        )
        self.connection_card.column.addWidget(self.connection)
        return self.connection_card

    def turn_to(self, tab: Tab) -> None:
        """Show a tab."""
        self.tab.choose(tab)
        self._show_tab()

    def _show_tab(self) -> None:
        self._stack.setCurrentWidget(self._parts[self.tab.value()])
        self.snippets.forget()
        self.reload()

    def reload(self) -> None:
        """Ask for what the open tab shows."""
        self._is_stale = not self.isVisible()
        if not self.isVisible():
            return
        self.states.show_content()
        match self.tab.value():
            case Tab.SECURITY:
                self._load_security()
                self.ways_in.ask_keyring()
            case Tab.BACKUPS:
                self.backups.load()
            case Tab.SERVICE:
                self.embedded.load()
                self.snippets.load()
            case Tab.CONNECTION:
                self.connection.load()
            case Tab.ACCOUNT:
                self.account.load()
            case Tab.MAIL:
                self.mail.load()
            case _:
                self.links.load()

    def _load_security(self) -> None:
        start = self.jobs.start
        start(VaultService.info, done=self._show_info, failed=self.explain, owner=self)
        start(
            VaultService.findings,
            done=self.vault.show_findings,
            failed=self.explain,
            owner=self,
        )

    def _show_info(self, info: VaultInfo) -> None:
        self.ways_in.show_info(info)
        self.vault.show_info(info)

    def load(self, application: Application) -> None:  # noqa: ARG002 (settings belong to all)
        """Ask for what the open tab shows."""
        self.reload()

    def show_connecting(self) -> None:
        """Bring the snippet into view."""
        self.turn_to(Tab.SERVICE)
        scroll = self._parts[Tab.SERVICE]
        if isinstance(scroll, QScrollArea):
            scroll.ensureWidgetVisible(self.connect_card, 0, 0)
        self.snippets.copy_code.setFocus()

    def show_target(self, target: str) -> None:
        """Show the tab that another page pointed at; the account's end is at its foot."""
        self.turn_to(Tab(target))
        if target == Tab.ACCOUNT:
            self._show_deletion()

    def _show_deletion(self) -> None:
        """Bring the card into view once the layout has taken its new height."""
        scroll, card = self._parts[Tab.ACCOUNT], self.account.deletion
        if isinstance(scroll, QScrollArea) and card.isVisible():
            QTimer.singleShot(0, card, lambda: scroll.ensureWidgetVisible(card, 0, 0))

    def show_connection(self) -> None:
        """Show how the service is reached."""
        self.turn_to(Tab.CONNECTION)

    def _remove_sample(self) -> None:
        self.jobs.start(SampleDataService.remove, failed=self.explain, owner=self)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 (Qt calls it)
        """The snippet holds a key: it does not wait on a page nobody looks at."""
        super().hideEvent(event)
        self.snippets.forget()
        self.connection.forget_typed()
        self.account.forget_typed()
        self.mail.forget_typed()
        self._is_stale = True


def _scrolling(name: str, *cards: Card) -> QScrollArea:
    inside = QWidget()
    inside.setObjectName("viewport")
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 8, 0)
    column.setSpacing(16)
    for card in cards:
        column.addWidget(card)
    column.addStretch()
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setAccessibleName(name)
    scroll.setWidget(inside)
    return scroll


def _section(title: str, about: str | None) -> Card:
    frame = Card(PlainLabel(title, role="heading"))
    if about:
        frame.column.addWidget(PlainLabel(about, role="muted", wrap=True))
    return frame
