"""Applications: their settings, how their SDKs are connected, their endpoints."""

from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.applications import (
    ApplicationSettings,
    ApplicationsPicture,
    ConnectionHealth,
    EndpointsPicture,
)
from desktop.domain.usage import Application, Stamp
from desktop.services.applications import ApplicationService
from desktop.views.applications.connection_panel import ConnectionPanel
from desktop.views.applications.endpoints_panel import EndpointsPanel
from desktop.views.applications.key_panel import KeyPanel
from desktop.views.applications.settings_panel import SettingsPanel
from desktop.views.applications.table import ApplicationTable
from desktop.views.choice import Choice
from desktop.views.clipboard import SecretClipboard
from desktop.views.conflict_desk import ConflictDesk
from desktop.views.icons import Button
from desktop.views.page import Card, Page, row_of
from desktop.views.state_page import EmptyPanel
from desktop.views.text import ElidedLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class Tab(StrEnum):
    CONNECTION = "connection"
    KEY = "key"
    ENDPOINTS = "endpoints"
    SETTINGS = "settings"


class ApplicationsPage(Page):
    """The list of applications; beside it the chosen one, or the form for a new one."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "sync", "connection"})
    is_about_an_application: ClassVar[bool] = False

    def __init__(self, jobs: "Jobs", clipboard: SecretClipboard) -> None:
        super().__init__(jobs, QCoreApplication.translate("ApplicationsPage", "Applications"))
        self.new = Button(self.tr("Ne&w application"), icon_name="plus")
        self.new.clicked.connect(self.create_new)
        self.header.addWidget(self.new)
        self._health = ConnectionHealth(Stamp(None, online=False))
        self._is_new = False
        self._has_zones = False
        self._wanted = self._shown = ""
        self.conflicts = ConflictDesk(jobs, frozenset({"application", "scrub_rule", "catalog"}))
        self.conflicts.decided.connect(self.reload)
        self.conflicts.failed.connect(self.explain)
        self._make_table()
        self._make_detail(clipboard)
        self.show_states_of(self._content(), self._empty())

    def _make_table(self) -> None:
        self.table = ApplicationTable()
        self.table.row_chosen.connect(self._show_chosen)

    def _make_detail(self, clipboard: SecretClipboard) -> None:
        self.heading = ElidedLabel(role="heading")
        self.tabs = Choice(
            self.tr("About the application"),
            (
                (Tab.CONNECTION, self.tr("Connection")),
                (Tab.KEY, self.tr("SDK key")),
                (Tab.ENDPOINTS, self.tr("Endpoints")),
                (Tab.SETTINGS, self.tr("Settings")),
            ),
        )
        self.tabs.changed.connect(self._turn)
        self.settings, self.connection = SettingsPanel(), ConnectionPanel()
        self.endpoints = EndpointsPanel(self.jobs)
        self.key = KeyPanel(self.jobs, clipboard)
        self.panels = {
            Tab.CONNECTION: self.connection,
            Tab.KEY: self.key,
            Tab.ENDPOINTS: self.endpoints,
            Tab.SETTINGS: self.settings,
        }
        self.key.made.connect(self.reload)
        self.key.failed.connect(self.explain)
        self.settings.save_wanted.connect(self._save)
        self.settings.archive_wanted.connect(self._archive)
        self.settings.rejected_dropped.connect(self._drop_rejected)
        self.endpoints.toast_offered.connect(self.toast_offered)
        self.endpoints.changed.connect(self._load_endpoints)
        self.endpoints.failed.connect(self.explain)

    def _content(self) -> QWidget:
        self._stack = QStackedWidget()
        for panel in self.panels.values():
            self._stack.addWidget(panel)
        detail = Card(self.heading)
        detail.column.addLayout(row_of(self.tabs, None))
        detail.column.addWidget(self._stack, 1)
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.conflicts)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(Card(self.table), 11)
        row.addWidget(detail, 9)
        column.addLayout(row, 1)
        return content

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        new = Button(self.tr("New application"))
        new.clicked.connect(self.create_new)
        return EmptyPanel(
            "layers",
            self.tr("No application yet"),
            self.tr("An application is an API that reports its calls with a key of its own."),
            connect,
            new,
        )

    def reload(self) -> None:
        """Applications belong to the workspace, whichever is on show."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._load_all()

    def load(self, application: Application) -> None:  # noqa: ARG002 (it is about all of them)
        """Ask for every application."""
        self._load_all()

    def _load_all(self) -> None:
        if not self._has_zones:
            self._has_zones = True
            self.jobs.start(
                ApplicationService.time_zones,
                done=self.settings.show_time_zones,
                failed=self.explain,
                owner=self,
            )
        self.conflicts.load()
        job = self.jobs.start(
            ApplicationService.picture, done=self._show, failed=self.explain, owner=self
        )
        self.wait_for(job)

    def _show(self, picture: ApplicationsPicture) -> None:
        self._health = picture.health
        if not picture.lines and not self._is_new:
            self.states.show_empty()
            return
        self.table.show_rows(picture.lines)
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = self._shown = ""
        if self.table.chosen() is None and not self._is_new:
            self.table.selectRow(0)
        elif not self._is_new:
            self._renew_chosen()
        known = picture.health.stamp.as_of is not None
        self.states.show_content(picture.health.stamp if known else None)

    def _show_chosen(self) -> None:
        line = self.table.chosen()
        if line is None:
            return
        which = line.settings.application_id
        if which != self._shown:
            self._shown = which
            self.settings.show_settings(line.settings)
        self._is_new = False
        self._renew_chosen()

    def _renew_chosen(self) -> None:
        """Show what changed around the settings, and them unless they are being typed in."""
        line = self.table.chosen()
        if line is None:
            return
        self.heading.set_whole_text(line.settings.name)
        self._offer_tabs(offered=True)
        if not self.settings.is_dirty():
            self.settings.show_settings(line.settings)
        self.connection.show_connection(line.connection, self._health)
        self.key.show_application(line)
        self._load_endpoints()

    def _offer_tabs(self, *, offered: bool) -> None:
        """What is there of a stored application only."""
        for tab in (Tab.CONNECTION, Tab.KEY, Tab.ENDPOINTS):
            self.tabs.buttons[tab].setEnabled(offered)

    def _load_endpoints(self) -> None:
        line = self.table.chosen()
        if line is None:
            return
        which = line.settings.application_id

        def show(picture: EndpointsPicture) -> None:
            chosen = self.table.chosen()
            if chosen is not None and chosen.settings.application_id == which:
                self.endpoints.show_endpoints(which, picture)

        self.jobs.start(
            ApplicationService.endpoints, which, done=show, failed=self.explain, owner=self
        )

    def _turn(self) -> None:
        self._stack.setCurrentWidget(self.panels[self.tabs.value()])

    def turn_to(self, tab: Tab) -> None:
        """Show a tab."""
        self.tabs.choose(tab)
        self._turn()

    def create_new(self) -> None:
        """Empty the settings for a new application."""
        self._is_new, self._shown = True, ""
        self.table.clearSelection()
        self.states.show_content()
        self.heading.set_whole_text(self.tr("New application"))
        self.settings.show_settings(None)
        self._offer_tabs(offered=False)
        self.turn_to(Tab.SETTINGS)
        self.settings.name.setFocus()

    def _save(self) -> None:
        line = None if self._is_new else self.table.chosen()
        draft = self.settings.draft()
        start, failed = self.jobs.start, self.settings.explain
        if line is None:
            create = ApplicationService.create
            start(create, draft, done=self._stored, failed=failed, owner=self)
        else:
            change = ApplicationService.change
            start(change, line.settings, draft, done=self._stored, failed=failed, owner=self)

    def _stored(self, settings: ApplicationSettings) -> None:
        self._is_new = False
        self.settings.show_settings(settings)
        said = self.tr("Saved “{name}”.").format(name=settings.name)
        self.toast_offered.emit(said, None)
        self._wanted = settings.application_id
        self.reload()

    def _archive(self) -> None:
        line = self.table.chosen()
        if line is not None:
            self._set_archived(line.settings, not line.settings.archived)

    def _set_archived(self, settings: ApplicationSettings, archived: bool) -> None:  # noqa: FBT001
        def stored(now: ApplicationSettings) -> None:
            said = self.tr("Archived “{name}”.") if archived else self.tr("“{name}” is back.")
            text = said.format(name=now.name)
            self.toast_offered.emit(text, lambda: self._set_archived(now, not archived))
            self.settings.show_settings(now)
            self.reload()

        self.jobs.start(
            ApplicationService.set_archived,
            settings,
            archived,
            done=stored,
            failed=self.settings.explain,
            owner=self,
        )

    def _drop_rejected(self) -> None:
        line = self.table.chosen()
        if line is not None:
            self.jobs.start(
                ApplicationService.discard_rejected,
                line.settings.application_id,
                done=lambda _: self.reload(),
                failed=self.explain,
                owner=self,
            )
