"""The window after unlock: sidebar, menu bar, status bar, and one page at a time."""

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from desktop.domain.connection import SyncState
from desktop.domain.ids import ApplicationId
from desktop.domain.usage import Application
from desktop.domain.usage_views import UsageView
from desktop.services.sample_data import SampleDataService
from desktop.services.sync import SyncService
from desktop.views.activities import Activities
from desktop.views.clipboard import SecretClipboard
from desktop.views.deep_links import DeepLinks
from desktop.views.deletion_bar import DeletionBar
from desktop.views.destinations import Destinations
from desktop.views.dialogs.connect import ConnectDialog
from desktop.views.dialogs.shortcuts import ShortcutsDialog
from desktop.views.dialogs.workspaces import WorkspacesDialog
from desktop.views.history import History, Stop
from desktop.views.icons import window_icon
from desktop.views.leaving import Leaving
from desktop.views.menus import Menus
from desktop.views.news import News
from desktop.views.older_copy import OlderCopyBar
from desktop.views.page import Page, local_day
from desktop.views.preferences import Preferences
from desktop.views.safety import Safety
from desktop.views.sidebar import Sidebar
from desktop.views.status_strip import StatusStrip
from desktop.views.theme import Scheme, Theme
from desktop.views.toast import Toast
from desktop.views.translations import translate
from desktop.views.window_geometry import geometry_of, put_in_place
from desktop.views.window_message import WindowMessage
from desktop.views.workspace_button import WorkspaceButton

if TYPE_CHECKING:
    from desktop.jobs import Jobs

SMALLEST: Final = (1024, 640)
NARROW_BELOW_PX: Final = 1100


class MainWindow(QMainWindow):
    """Hands gestures to pages and services; decides nothing about data."""

    lock_requested = Signal()
    """End everything that can read the vault, and ask for the passphrase again."""
    restore_requested = Signal(str)
    """Lock, and offer to restore the backup in this folder; empty: one to be chosen."""
    quit_requested = Signal()
    """The owner has decided; the window may close."""
    switch_requested = Signal(str)
    """End everything that can read the vault, and open the workspace in this folder."""
    beside_requested = Signal(str)
    """Open the workspace in this folder in a window of its own."""
    lock_after_chosen = Signal(int)
    """Minutes without a sign of the owner until the window locks itself; 0 is never."""
    scheme_shown = Signal(object)
    """The `Scheme` in use, for whoever shows which one it is."""

    def __init__(
        self,
        jobs: "Jobs",
        theme: Theme,
        preferences: Preferences,
        today: Callable[[str], date] = local_day,
        workspace: str = "",
    ) -> None:
        """Build the window.

        Args:
            jobs: the bridge to a core whose vault is open by the time the window is shown.
            theme: the look of the application, already in use.
            preferences: the place to start at, and where to remember it.
            today: tells the day in a time zone.
            workspace: folder of the open workspace.
        """
        super().__init__()
        self._workspace = workspace
        translate(QCoreApplication.instance())
        self.setObjectName("window")
        self.setWindowTitle("UsageFlow Desktop")
        window_icon(self)
        self.setMinimumSize(*SMALLEST)
        self._jobs, self._theme, self._preferences = jobs, theme, preferences
        self._may_close = False
        self._is_live = False
        self._has_begun = False
        self._application: Application | None = None
        self.activities = Activities(jobs)
        self.clipboard = SecretClipboard()
        self.safety = Safety(jobs, preferences)
        self.news = News(jobs)
        self.leaving = Leaving(self, self.activities, preferences)
        self._history = History()
        self.links = DeepLinks(
            self, lambda: self.news.applications, lambda: self._application, self._show_view
        )
        self.pages = Destinations(jobs, self.activities, (self.clipboard, self.safety.guard), today)
        self._make_frame()
        self._connect()
        self._take_place()
        self._middle.setFocus()  # Tab then begins at the sidebar

    def _make_frame(self) -> None:
        self.sidebar = Sidebar()
        self.message, self.older_copy = WindowMessage(), OlderCopyBar(self._jobs)
        self.deletion = DeletionBar(self._jobs)
        self.strip = StatusStrip(self.activities)
        self.menus = Menus(self.menuBar())
        self.workspace = WorkspaceButton(self._jobs, self._workspace)
        self.sidebar.put_switcher(self.workspace)
        right = QVBoxLayout()
        right.setContentsMargins(0, 0, 0, 0)
        right.setSpacing(0)
        right.addWidget(self.older_copy)
        right.addWidget(self.deletion)
        right.addWidget(self.message)
        right.addWidget(self.pages, 1)
        self._middle = QWidget()
        row = QHBoxLayout(self._middle)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.sidebar)
        row.addLayout(right, 1)
        self.setCentralWidget(self._middle)
        self.setStatusBar(self.strip)  # after the middle, so that Tab comes here last
        self.toast = Toast(self)

    def _connect(self) -> None:
        self.sidebar.page_wanted.connect(self.show_page)
        self.sidebar.application_chosen.connect(self._show_application)
        self.sidebar.lock_wanted.connect(self.lock)
        self.strip.connection_wanted.connect(lambda: self.show_page("settings"))
        self.strip.sync_wanted.connect(self._show_records)
        self.strip.applications_wanted.connect(lambda: self.show_page("applications"))
        self.news.health_changed.connect(self.strip.show_health)
        self.news.applications_changed.connect(self._offer_applications)
        self.news.sync_changed.connect(self._show_sync)
        self.news.due_keys_changed.connect(self.sidebar.show_due_keys)
        self.news.connection_changed.connect(self.strip.show_connection)
        self.news.failed.connect(self.message.say_problem)
        self.message.sync_wanted.connect(self.sync_now)
        self.safety.lock_wanted.connect(self.lock)
        self.safety.lock_after_chosen.connect(self.lock_after_chosen)
        self.safety.restore_wanted.connect(self._restore)
        self.older_copy.restore_wanted.connect(self._restore)
        self.older_copy.accepted.connect(self._begin_again)
        self.older_copy.failed.connect(self.message.say_problem)
        self.deletion.place_wanted.connect(self.show_place)
        self.deletion.failed.connect(self.message.say_problem)
        self.leaving.decided.connect(self._quit)
        self.leaving.failed.connect(self.message.say_problem)
        self.workspace.chosen.connect(self._switch)
        self.workspace.manage_wanted.connect(self.show_workspaces)
        self.workspace.failed.connect(self.message.say_problem)
        self._jobs.unheard.connect(self.message.say_problem)
        self.pages.made.connect(self._take_in)
        self._connect_menus()

    def _take_in(self, page: Page) -> None:
        """Connect a page that was just made, and tell it what the others know."""
        page.toast_offered.connect(self.toast.offer)
        page.connect_wanted.connect(self._show_connecting)
        page.sample_wanted.connect(self._load_sample)
        page.sync_wanted.connect(self.sync_now)
        page.destination_wanted.connect(self.show_page)
        page.moved.connect(self._remember_stop)
        page.place_wanted.connect(self.show_place)
        for part in page.secret_parts():
            self.safety.guard.watch(part)
        page.settings_wanted.connect(self._show_connection)
        self.strip.come_last()
        if page is self.pages.existing("dashboard"):
            self._take_in_dashboard(page)
        page.set_application(self._application)
        if self.news.sync is not None:
            page.show_sync(self.news.sync)
        if page is self.pages.existing("settings"):
            self._take_in_settings(page)

    def _take_in_dashboard(self, page: Page) -> None:
        from desktop.views.dashboard_page import DashboardPage

        if isinstance(page, DashboardPage):
            page.compare_with(self._preferences.place.compared_with)
            page.comparison_chosen.connect(
                lambda chosen: self._preferences.change(compared_with=chosen)
            )

    def _take_in_settings(self, page: Page) -> None:
        from desktop.views.settings_page import SettingsPage

        if isinstance(page, SettingsPage):
            page.connect_dialog_wanted.connect(self._choose_service)
            page.workspace_removed.connect(self.lock)
            page.scheme_chosen.connect(self.use_scheme)
            page.at_quit_chosen.connect(self.leaving.remember)
            self.safety.take_in(page)
            page.at_quit.choose(self.leaving.choice)
            self.leaving.choice_changed.connect(page.at_quit.choose)
            self.scheme_shown.connect(page.scheme.choose)
            self._show_scheme()

    def _connect_menus(self) -> None:
        menus = self.menus
        menus.page_wanted.connect(self.show_page)
        menus.scheme_wanted.connect(self.use_scheme)
        menus.new_wanted.connect(self._create_new)
        menus.export_wanted.connect(self._export_view)
        menus.filter_wanted.connect(self._focus_filter)
        menus.reload_wanted.connect(self._reload)
        menus.lock_wanted.connect(self.lock)
        menus.quit_wanted.connect(self.ask_to_quit)
        menus.undo_wanted.connect(self.toast.take_back)
        menus.sync_wanted.connect(self.sync_now)
        menus.workspaces_wanted.connect(self.show_workspaces)
        menus.shortcuts_wanted.connect(self._show_shortcuts)
        menus.policy_wanted.connect(self._show_policy)
        menus.link_wanted.connect(self.links.ask_for_link)
        menus.back_wanted.connect(lambda: self._return_to(self._history.back()))
        menus.forward_wanted.connect(lambda: self._return_to(self._history.forward()))

    def _create_new(self) -> None:
        self.page.create_new()

    def _export_view(self) -> None:
        self.page.export_view()

    def _focus_filter(self) -> None:
        self.page.focus_filter()

    def _reload(self) -> None:
        self.page.reload()

    @property
    def page(self) -> Page:
        """The page on screen."""
        return self.pages.current()

    def show_page(self, name: str) -> None:
        """Go to a destination of the sidebar."""
        self._turn_to(name)
        self._remember_stop()

    def _remember_stop(self) -> None:
        self._history.visit(Stop(self.pages.current_name(), self.page.place()))

    def _return_to(self, stop: Stop | None) -> None:
        if stop is not None:
            self._turn_to(stop.page)
            if stop.place is not None:
                self.page.return_to(stop.place)

    def _show_view(self, application: Application, view: UsageView) -> None:
        from desktop.views.usage_page import UsagePage

        if application != self._application:
            self.sidebar.choose_application(application)
        self.show_page("usage")
        page = self.page
        if isinstance(page, UsagePage):
            page.open_view(view)

    def open_link(self, link: str) -> None:
        """Show what a link from outside asks for, once the applications are known."""
        if self.news.applications is not None:
            self.links.open(link)
            return

        def open_once(_: object) -> None:
            self.news.applications_changed.disconnect(waiting)
            QTimer.singleShot(0, self, lambda: self.links.open(link))

        waiting = self.news.applications_changed.connect(open_once)

    def _turn_to(self, name: str) -> None:
        self.sidebar.show_page(name)
        self.pages.go_to(name)
        self._set_live()

    def show_place(self, name: str, target: str) -> None:
        """Go to a destination, and to something on it; an empty target is the page itself."""
        self.show_page(name)
        if target:
            self.page.show_target(target)

    def _set_live(self) -> None:
        live = self._has_begun and self.page.shows_live_data
        if live != self._is_live:
            self._is_live = live
            self._jobs.start(
                SyncService.set_live, live, failed=self.message.say_problem, owner=self
            )

    def use_scheme(self, scheme: Scheme) -> None:
        """Change between light and dark, and remember it."""
        self._theme.use(scheme)
        self._preferences.change(scheme=scheme)
        self._show_scheme()

    def _show_scheme(self) -> None:
        self.menus.show_scheme(self._theme.scheme)
        self.scheme_shown.emit(self._theme.scheme)

    def _offer_applications(self, applications: tuple[Application, ...]) -> None:
        wanted = self._application_id()
        known = tuple(app for app in applications if app.application_id == wanted)
        chosen = next(iter(known or applications), None)
        self.sidebar.show_applications(applications, chosen.application_id if chosen else "")
        self._hand_out(chosen)

    def _application_id(self) -> str:
        if self._application is not None:
            return self._application.application_id
        return self._preferences.place.application_id

    def _show_application(self, application: Application) -> None:
        self._preferences.change(application_id=application.application_id)
        self._hand_out(application)

    def _hand_out(self, application: Application | None) -> None:
        self._application = application
        for page in self.pages.all_made():
            page.set_application(application)

    def _show_sync(self, state: SyncState) -> None:
        self.strip.show_state(state)
        self.message.show_sync(state)
        for page in self.pages.all_made():
            page.show_sync(state)

    def _show_records(self, tab: str) -> None:
        from desktop.views.sync_page import SyncPage, Tab

        self.show_page("sync")
        page = self.page
        if tab and isinstance(page, SyncPage):
            page.turn_to(Tab(tab))

    def _show_connecting(self) -> None:
        from desktop.views.settings_page import SettingsPage

        self.show_page("settings")
        page = self.page
        if isinstance(page, SettingsPage):
            QTimer.singleShot(0, page, page.show_connecting)

    def _show_connection(self) -> None:
        from desktop.views.settings_page import SettingsPage

        self.show_page("settings")
        page = self.page
        if isinstance(page, SettingsPage):
            QTimer.singleShot(0, page, page.show_connection)

    def _choose_service(self) -> None:
        ConnectDialog(self, self._jobs).open()

    def _load_sample(self) -> None:
        self.activities.start(
            self.tr("Load sample data"),
            SampleDataService.load,
            done=self._show_sample,
            failed=self.message.say_problem,
            owner=self,
        )

    def _show_sample(self, application_id: ApplicationId) -> None:
        """Turn to the sample, now or when the list of applications comes with it."""
        self._preferences.change(application_id=application_id)
        self._application = None
        applications = self.news.applications or ()
        if any(one.application_id == application_id for one in applications):
            self._offer_applications(applications)
        self.show_page("dashboard")

    def sync_now(self) -> None:
        """One whole round of sync; its outcome also comes as a notice."""
        self.activities.start(
            self.tr("Sync"),
            SyncService.run,
            done=self._show_sync,
            failed=self.message.say_problem,
            owner=self,
        )

    def _show_shortcuts(self) -> None:
        ShortcutsDialog(self, self.menus.actions).open()

    def _show_policy(self) -> None:
        from desktop.views.dialogs.privacy_policy import PrivacyPolicyDialog

        PrivacyPolicyDialog(self, self._jobs).open()

    def show_workspaces(self) -> None:
        """List the workspaces, to open, add, rename or remove them."""
        dialog = WorkspacesDialog(self, self._jobs, self._workspace)
        dialog.opened.connect(self._switch)
        dialog.opened_beside.connect(self.beside_requested)
        dialog.changed.connect(self.workspace.load)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _switch(self, directory: str) -> None:
        """Leave this workspace as by Lock, and open another one."""
        self.remember_place()
        self.clipboard.clear()
        self.switch_requested.emit(directory)

    def lock(self) -> None:
        """Remember the place and have everything that reads the vault ended."""
        self.remember_place()
        self.clipboard.clear()
        self.lock_requested.emit()

    def _restore(self, backup: str = "") -> None:
        """A restore takes the place of the open vault: everything that reads it ends first."""
        self.remember_place()
        self.clipboard.clear()
        self.restore_requested.emit(backup)

    def _begin_again(self) -> None:
        """What could only be read can be changed again."""
        self.news.ask_for_everything()
        for page in self.pages.all_made():
            page.reload()

    def ask_to_quit(self) -> None:
        """Quit, after a question about the embedded service where there is one."""
        self.leaving.ask(self.news.connection)

    def _quit(self) -> None:
        self.remember_place()
        self.clipboard.clear()
        self._may_close = True
        self.quit_requested.emit()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt calls it)
        if self._may_close:
            event.accept()
        else:
            event.ignore()
            self.ask_to_quit()

    def remember_place(self) -> None:
        """Write down page and geometry; nothing secret."""
        self._preferences.change(page=self.pages.current_name(), **geometry_of(self))

    def _take_place(self) -> None:
        place = self._preferences.place
        self._show_scheme()
        put_in_place(self, place)
        self.show_page(place.page if place.page in self.pages else "dashboard")

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 (Qt calls it)
        """Ask the core only now: the window is built while the vault is still being opened."""
        super().showEvent(event)
        if not self._has_begun:
            self._has_begun = True
            self.news.ask_for_everything()
            self.workspace.load()
            self.older_copy.look()
            self.deletion.look()
            self.safety.tell_core()
            self._set_live()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 (Qt calls it)
        super().resizeEvent(event)
        self.sidebar.set_narrow(narrow=self.width() < NARROW_BELOW_PX)
