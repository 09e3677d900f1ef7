"""The status bar: connection, waiting changes, conflicts, running jobs. Each part is a button."""

from typing import Final

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QStatusBar, QVBoxLayout, QWidget

from contract.terms import ConnectionState
from desktop.domain.applications import ConnectionHealth
from desktop.domain.connection import ConnectionInfo, ServiceKind, SyncPhase, SyncState
from desktop.domain.errors import AccountDeleted
from desktop.views import figures
from desktop.views.activities import Activities, Activity
from desktop.views.icons import GAP_PX, Button, icon
from desktop.views.text import PlainLabel, plain_mnemonic, set_tooltip

ICON_PX: Final = 14
AWAY: Final = frozenset({ConnectionState.LOST, ConnectionState.SILENT})


class StatusStrip(QStatusBar):
    """Shows the state of sync in words and icons."""

    connection_wanted = Signal()
    sync_wanted = Signal(str)
    """The owner wants to see how sync stands: all of it, or the `queue` or `conflicts`."""
    applications_wanted = Signal()
    """The owner wants to see which SDKs are away."""

    def __init__(self, activities: Activities) -> None:
        super().__init__()
        self.network = Button("")
        self.address = Button("")
        self.waiting = Button("")
        self.conflicts = Button("")
        self.sdks = Button("")
        self.jobs = Button("")
        self._parts = (
            self.network,
            self.address,
            self.waiting,
            self.conflicts,
            self.sdks,
            self.jobs,
        )
        for button in self._parts:
            button.setIconSize(QSize(ICON_PX + GAP_PX, ICON_PX))
            self.addWidget(button)
        self.network.clicked.connect(lambda: self.sync_wanted.emit(""))
        self.address.clicked.connect(self.connection_wanted)
        self.waiting.clicked.connect(lambda: self.sync_wanted.emit("queue"))
        self.conflicts.clicked.connect(lambda: self.sync_wanted.emit("conflicts"))
        self.sdks.clicked.connect(self.applications_wanted)
        self.jobs.clicked.connect(self._toggle_panel)
        self._activities = activities
        self.panel = JobPanel(self)
        activities.changed.connect(self._show_jobs)
        self._state: SyncState | None = None
        self.show_state(None)
        self.show_connection(None)
        self.show_health(None)
        self._show_jobs()

    def come_last(self) -> None:
        """Be reached by Tab after everything else of the window."""
        widget = self.window().previousInFocusChain()
        while widget and (widget in self._parts or not widget.focusPolicy().value):
            widget = widget.previousInFocusChain()
        for button in self._parts if widget else ():
            QWidget.setTabOrder(widget or button, button)
            widget = button

    def show_state(self, state: SyncState | None) -> None:
        """Show how sync stands; None while it is not known."""
        self._state = state
        phase = state.phase if state else SyncPhase.NOT_CONNECTED
        text, icon_name, colour = self._phase(phase)
        if state is not None and state.problem_code == AccountDeleted.code:
            text, icon_name, colour = self.tr("Account deleted"), "cloud-off", "muted"
        self._say(self.network, text, state.problem if state else "")
        self.network.setIcon(icon(icon_name, colour, ICON_PX, GAP_PX))
        waiting = state.waiting_edits if state else 0
        conflicts = state.conflicts if state else 0
        self._say(self.waiting, self.tr("%n change(s) waiting", "", waiting))
        self._say(self.conflicts, self.tr("%n conflict(s)", "", conflicts))
        self.conflicts.setIcon(icon("git-compare-arrows", "warn", ICON_PX, GAP_PX))
        self.conflicts.setVisible(conflicts > 0)

    def _phase(self, phase: SyncPhase) -> tuple[str, str, str]:
        return {
            SyncPhase.IDLE: (self.tr("Online"), "cloud", "ok"),
            SyncPhase.RUNNING: (self.tr("Syncing"), "refresh-cw", "accent"),
            SyncPhase.OFFLINE: (self._offline_text(), "cloud-off", "warn"),
            SyncPhase.NOT_CONNECTED: (self.tr("No service chosen"), "cloud-off", "muted"),
            SyncPhase.FAILED: (self.tr("Sync failed"), "triangle-alert", "bad"),
        }[phase]

    def _offline_text(self) -> str:
        if self._state is None or self._state.last_success is None:
            return self.tr("Offline")
        moment = figures.moment(self._state.last_success)
        return self.tr("Offline, as of {moment}").format(moment=moment)

    def show_connection(self, info: ConnectionInfo | None) -> None:
        """Show which service this workspace reports to."""
        if info is None or info.kind is ServiceKind.NONE:
            self.address.hide()
            return
        place = info.url.partition("://")[2] or info.url
        embedded = info.kind is ServiceKind.EMBEDDED
        text = self.tr("Embedded service on {place}") if embedded else self.tr("Service at {place}")
        self._say(self.address, text.format(place=place), info.warning)
        self.address.show()

    def show_health(self, health: ConnectionHealth | None) -> None:
        """Name the applications whose SDKs went away or silent; nothing while all is well."""
        away = [one for one in health.applications if one.state in AWAY] if health else []
        self._say(self.sdks, self.tr("%n application(s) not reporting", "", len(away)))
        self.sdks.setIcon(icon("plug", "warn", ICON_PX, GAP_PX))
        self.sdks.setVisible(bool(away))

    def _say(self, button: Button, text: str, tooltip: str = "") -> None:
        button.setText(plain_mnemonic(text))
        button.setAccessibleName(text)
        set_tooltip(button, tooltip)

    def _show_jobs(self) -> None:
        running = len(self._activities.running)
        self._say(self.jobs, self.tr("%n job(s) running", "", running))
        self.jobs.setVisible(running > 0)
        self.panel.show_activities(self._activities.running)
        if not running:
            self.panel.hide()

    def _toggle_panel(self) -> None:
        window = self.window()
        self.panel.setParent(window)
        self.panel.adjustSize()
        corner = self.jobs.mapTo(window, self.jobs.rect().topLeft())
        self.panel.move(corner.x(), corner.y() - self.panel.height() - 8)
        self.panel.setVisible(self.panel.isHidden())
        self.panel.raise_()


class JobPanel(QFrame):
    """The running jobs with their progress, each with a way to stop it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "toast")
        self.setAccessibleName(self.tr("Running jobs"))
        self._column = QVBoxLayout(self)
        self.hide()
        self._rows: dict[int, _JobRow] = {}

    def show_activities(self, activities: list[Activity]) -> None:
        """One row for each; rows of those that ended go."""
        alive = {id(activity): activity for activity in activities}
        for gone in self._rows.keys() - alive.keys():
            self._rows.pop(gone).deleteLater()
        for key, activity in alive.items():
            if key not in self._rows:
                self._rows[key] = _JobRow(activity)
                self._column.addWidget(self._rows[key])
            self._rows[key].show_progress()


class _JobRow(QWidget):
    def __init__(self, activity: Activity) -> None:
        super().__init__()
        self._activity = activity
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setFixedWidth(160)
        self.bar.setAccessibleName(activity.title)
        self.cancel = Button(self.tr("Cancel"))
        self.cancel.setAccessibleName(self.tr("Cancel: {job}").format(job=activity.title))
        self.cancel.clicked.connect(self._cancel)
        row = QHBoxLayout(self)
        for part in (PlainLabel(activity.title), self.bar, self.cancel):
            row.addWidget(part)

    def show_progress(self) -> None:
        self.bar.setRange(0, self._activity.total or 0)
        self.bar.setValue(self._activity.done)

    def _cancel(self) -> None:
        self.cancel.setEnabled(False)
        if self._activity.job is not None:
            self._activity.job.cancel()
