"""Network: every host this workspace may contact, why, and what was exchanged with it."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication

from desktop.domain.network import HostContact, NetworkOptions, ProxyMode, Purpose, readable
from desktop.domain.usage import Application
from desktop.services.network import NetworkService
from desktop.views import figures
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page
from desktop.views.scrolled import Scrolled
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

PURPOSES = {
    Purpose.SERVICE: QT_TRANSLATE_NOOP("NetworkPage", "Your API's calls are counted there"),
    Purpose.PROXY: QT_TRANSLATE_NOOP("NetworkPage", "The proxy on the way there"),
    Purpose.MAIL: QT_TRANSLATE_NOOP("NetworkPage", "Your mail server sends notices"),
    Purpose.SIGN_IN: QT_TRANSLATE_NOOP("NetworkPage", "You sign in there"),
    Purpose.BILLING: QT_TRANSLATE_NOOP("NetworkPage", "Your payment provider"),
}


class NetworkPage(Page):
    """Read from the vault: it works without a network."""

    topics: ClassVar[frozenset[str]] = frozenset({"sync", "connection"})
    is_about_an_application: ClassVar[bool] = False

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, QCoreApplication.translate("NetworkPage", "Network"))
        self.settings = Button(self.tr("Connection &settings"), icon_name="settings")
        self.settings.clicked.connect(self.settings_wanted)
        self.header.addWidget(self.settings)
        self.table: DataTable[HostContact] = DataTable(
            self.tr("Hosts"),
            (
                Column(self.tr("Host"), lambda one: one.host),
                Column(
                    self.tr("Why"),
                    lambda one: QCoreApplication.translate(
                        "NetworkPage", str(PURPOSES[one.purpose])
                    ),
                ),
                Column(self.tr("Last contact"), _contact, _contact_value),
                Column(
                    self.tr("Sent"),
                    lambda one: figures.size(one.sent_bytes),
                    lambda one: one.sent_bytes,
                    is_number=True,
                ),
                Column(
                    self.tr("Received"),
                    lambda one: figures.size(one.received_bytes),
                    lambda one: one.received_bytes,
                    is_number=True,
                ),
                Column(self.tr("Last error"), _error),
            ),
            key=lambda one: one.host,
        )
        for place, width_px in ((1, 250), (2, 130), (5, 220)):
            self.table.setColumnWidth(place, width_px)
        self.ways = Lines(spacing=6)
        self.show_states_of(self._content(), self._empty())

    def _content(self) -> Scrolled:
        about = PlainLabel(
            self.tr(
                "This workspace contacts these hosts and no other. A host gets on the list when "
                "you name it, as a service or a proxy; nothing a service answers can add one."
            ),
            role="muted",
            wrap=True,
        )
        ways = Card(PlainLabel(self.tr("How they are reached"), role="heading"), self.ways)
        return Scrolled(self.tr("All about the network"), Card(about, self.table), ways)

    def _empty(self) -> EmptyPanel:
        choose = Button(self.tr("Choose a service"), role="primary")
        choose.clicked.connect(self.settings_wanted)
        return EmptyPanel(
            "cloud-off",
            self.tr("No host yet"),
            self.tr("Nothing is contacted before you choose a service."),
            choose,
        )

    def reload(self) -> None:
        """The network belongs to the workspace, whichever application is on show."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        job = self.jobs.start(
            NetworkService.hosts, done=self._show_hosts, failed=self.explain, owner=self
        )
        self.wait_for(job)

    def load(self, application: Application) -> None:  # noqa: ARG002 (it is about all of them)
        """Ask for the hosts."""
        self.reload()

    def _show_hosts(self, hosts: tuple[HostContact, ...]) -> None:
        if not hosts:
            self.states.show_empty()
            return
        self.table.show_rows(hosts)
        self.jobs.start(
            NetworkService.options, done=self._show_options, failed=self.explain, owner=self
        )

    def _show_options(self, options: NetworkOptions) -> None:
        self.ways.fill(
            IconLine(icon_name, "muted", text)
            for icon_name, text in (
                ("shield-check", self._trust(options)),
                ("key-round", self._pin(options)),
                ("server", self._proxy(options)),
            )
        )
        self.states.show_content()

    def _trust(self, options: NetworkOptions) -> str:
        if options.ca_name:
            said = self.tr(
                "Certificates are checked by the trust store of this computer and by {file}."
            )
            return said.format(file=options.ca_name)
        return self.tr("Certificates are checked by the trust store of this computer.")

    def _pin(self, options: NetworkOptions) -> str:
        if options.is_pinned:
            said = self.tr("The service must show the pinned key {fingerprint}.")
            return said.format(fingerprint=readable(options.pin))
        return self.tr("No key is pinned.")

    def _proxy(self, options: NetworkOptions) -> str:
        if options.proxy is ProxyMode.OWN:
            said = self.tr("The way goes through the proxy {proxy}.")
            return said.format(proxy=options.proxy_url)
        if options.proxy is ProxyMode.NONE:
            return self.tr("No proxy is used.")
        return self.tr("A proxy is used where the settings of this computer name one.")


def _contact(one: HostContact) -> str:
    return figures.NOTHING if one.last_contact is None else figures.moment(one.last_contact)


def _contact_value(one: HostContact) -> float:
    return 0.0 if one.last_contact is None else one.last_contact.timestamp()


def _error(one: HostContact) -> str:
    if one.last_error_at is None:
        return figures.NOTHING
    return f"{one.last_error}, {figures.moment(one.last_error_at)}"
