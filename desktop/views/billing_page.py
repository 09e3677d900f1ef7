"""Billing: what payment providers have, what goes there, and where the two sides differ."""

from collections.abc import Callable
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from contract.terms import BillingProvider
from desktop.domain.billing.mirror import ReadReceipt
from desktop.domain.billing.providers import Account, Mode, ProviderConnection
from desktop.domain.usage import Application
from desktop.services.billing.connections import BillingConnectionService
from desktop.services.billing.reading import MirrorService
from desktop.views.activities import Activities
from desktop.views.billing import words
from desktop.views.billing.connect_panel import ConnectPanel
from desktop.views.billing.events_panel import EventsPanel
from desktop.views.billing.lists_panel import ListsPanel
from desktop.views.billing.mapping_panel import MappingPanel
from desktop.views.billing.panel import BillingPanel
from desktop.views.billing.publish_panel import PublishPanel
from desktop.views.billing.reconcile_panel import ReconcilePanel
from desktop.views.billing.reports_panel import ReportsPanel
from desktop.views.choice import Choice
from desktop.views.icons import Button
from desktop.views.page import Card, Page, local_day, row_of
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class Tab(StrEnum):
    LISTS = "lists"
    PUBLISH = "publish"
    MAPPING = "mapping"
    REPORTS = "reports"
    RECONCILE = "reconcile"
    EVENTS = "events"
    CONNECTION = "connection"


class BillingPage(Page):
    """Provider and mode above, always on screen; below, one topic. Lists work without a network."""

    topics: ClassVar[frozenset[str]] = frozenset({"billing", "configuration"})

    def __init__(
        self,
        jobs: "Jobs",
        activities: Activities,
        today: Callable[[str], date] = local_day,
    ) -> None:
        """Make the page; `today` tells the day in a time zone."""
        super().__init__(jobs, QCoreApplication.translate("BillingPage", "Billing"))
        self._activities = activities
        self._connections: tuple[ProviderConnection, ...] = ()
        self.badge = PlainLabel(role="badge")
        self.badge.hide()
        self.read = Button(self.tr("&Read again"), icon_name="refresh-cw")
        self.read.clicked.connect(self._read)
        self.header.insertWidget(1, self.badge)
        self.header.addWidget(self.read)
        self._make_choices()
        self.connect_panel = ConnectPanel(jobs)
        self.connect_panel.connected.connect(self._connected)
        self.connect_panel.changed.connect(self.reload)
        self.connect_panel.failed.connect(self.explain)
        self.lists = ListsPanel(jobs, activities)
        self.publish = PublishPanel(jobs, activities)
        self.mapping = MappingPanel(jobs, activities)
        self.reports = ReportsPanel(jobs, activities, today)
        self.reconcile = ReconcilePanel(jobs, activities, today)
        self.events = EventsPanel(jobs, activities)
        self.show_states_of(self._content(), self._empty())

    def _make_choices(self) -> None:
        self.provider: Choice[BillingProvider] = Choice(
            self.tr("Provider"), tuple(words.PROVIDERS.items())
        )
        self.provider.changed.connect(self._show_account)
        modes = tuple((mode, words.say(label)) for mode, label in words.MODES.items())
        self.mode: Choice[Mode] = Choice(self.tr("Test or live"), modes)
        self.mode.changed.connect(self._show_account)
        self.tabs: Choice[Tab] = Choice(
            self.tr("Topic"),
            (
                (Tab.LISTS, self.tr("Lists")),
                (Tab.PUBLISH, self.tr("Publish")),
                (Tab.MAPPING, self.tr("Mapping")),
                (Tab.REPORTS, self.tr("Reports")),
                (Tab.RECONCILE, self.tr("Reconcile")),
                (Tab.EVENTS, self.tr("Events")),
                (Tab.CONNECTION, self.tr("Connection")),
            ),
        )
        self.tabs.changed.connect(self._show_account)

    def _content(self) -> QWidget:
        self._stack = QStackedWidget()
        for panel in self._panels():
            panel.failed.connect(self.explain)
            panel.toast_offered.connect(self.toast_offered)
            self._stack.addWidget(panel)
        self._stack.addWidget(self.connect_panel)
        self.not_connected = PlainLabel(role="muted", wrap=True)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addLayout(row_of(self.provider, self.mode, self.tabs, None, spacing=12))
        card = Card(self.not_connected)
        card.column.addWidget(self._stack, 1)
        column.addWidget(card, 1)
        return content

    def _panels(self) -> tuple[BillingPanel, ...]:
        """In the order of the tabs; the connection comes after them."""
        return (
            self.lists,
            self.publish,
            self.mapping,
            self.reports,
            self.reconcile,
            self.events,
        )

    def _empty(self) -> EmptyPanel:
        buttons = []
        for provider, name in words.PROVIDERS.items():
            role = "primary" if provider is BillingProvider.STRIPE else ""
            button = Button(self.tr("Connect {provider}").format(provider=name), role=role)
            button.clicked.connect(lambda _=False, one=provider: self._offer(one))
            buttons.append(button)
        return EmptyPanel(
            "credit-card",
            self.tr("No payment provider yet"),
            self.tr("Publish your prices and bill your usage through Stripe or Paddle."),
            *buttons,
        )

    def turn_to(self, tab: Tab) -> None:
        """Show one topic."""
        self.tabs.choose(tab)
        self._show_account()

    def _offer(self, provider: BillingProvider) -> None:
        self.states.show_content()
        self.turn_to(Tab.CONNECTION)
        self.connect_panel.offer(provider)

    def account(self) -> Account:
        """The side of the provider that is chosen."""
        return Account(self.provider.value(), self.mode.value())

    def reload(self) -> None:
        """Providers belong to the workspace; what is published there, to the application."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._soon.stop()
        self._is_stale = False
        connections = BillingConnectionService.connections
        self.wait_for(
            self.jobs.start(connections, done=self._show, failed=self.explain, owner=self)
        )

    def load(self, application: Application) -> None:  # noqa: ARG002 (asked for by `reload`)
        """Ask for the connections."""
        self.reload()

    def _show(self, connections: tuple[ProviderConnection, ...]) -> None:
        is_first = not self._connections
        self._connections = connections
        self.connect_panel.show_connections(connections)
        is_connecting = self.tabs.value() is Tab.CONNECTION and self.states.content.isVisible()
        if not connections and not is_connecting:
            self._hide_badge()
            self.states.show_empty()
            return
        if is_first and connections:
            self._choose(connections[0].account)
        self.states.show_content()
        self._show_account()

    def _choose(self, account: Account) -> None:
        self.provider.choose(account.provider)
        self.mode.choose(account.mode)

    def _hide_badge(self) -> None:
        self.badge.hide()
        self.read.setEnabled(False)

    def _is_connected(self) -> bool:
        return any(one.account == self.account() for one in self._connections)

    def _show_account(self) -> None:
        account, is_connected = self.account(), self._is_connected()
        self.badge.setText(words.say(words.MODE_SENTENCES[account.mode]))
        self.badge.set_role("badge" if account.mode is Mode.TEST else "live")
        self.badge.setVisible(bool(self._connections))
        self.read.setEnabled(is_connected)
        self._stack.setCurrentIndex(list(Tab).index(self.tabs.value()))
        panel = self._stack.currentWidget()
        needs = isinstance(panel, BillingPanel) and not is_connected
        self._stack.setVisible(not needs)
        self.not_connected.setVisible(needs)
        self.not_connected.setText(
            self.tr(
                "{provider} is not connected in this mode. Connect it under Connection."
            ).format(provider=words.PROVIDERS[account.provider])
        )
        if isinstance(panel, BillingPanel) and is_connected:
            panel.show_for(account, self.application)

    def _connected(self, connection: ProviderConnection) -> None:
        self._choose(connection.account)
        self.tabs.choose(Tab.LISTS)
        self._connections = (*self._connections, connection)
        self.reload()
        self._read_account(connection.account, is_full=True)

    def _read(self) -> None:
        self._read_account(self.account(), is_full=False)

    def _read_account(self, account: Account, *, is_full: bool) -> None:
        self.read.setEnabled(False)
        self._activities.start(
            self.tr("Read from {provider}").format(provider=words.PROVIDERS[account.provider]),
            MirrorService.read,
            account,
            is_full,
            done=self._was_read,
            failed=self._not_read,
            owner=self,
        )

    def _was_read(self, receipt: ReadReceipt) -> None:
        said = self.tr("%n object(s) changed.", "", receipt.changed)
        self.toast_offered.emit(" ".join((said, *receipt.left_out)), None)
        self.reload()

    def _not_read(self, error: Exception) -> None:
        self.read.setEnabled(True)
        self.states.show_error(error, self._read)  # type: ignore[arg-type]

    def focus_filter(self) -> None:
        """Ctrl+F: go to the search of the list."""
        field = getattr(self._stack.currentWidget(), "search", None)
        if field is not None:
            field.setFocus()
