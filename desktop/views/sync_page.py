"""Sync: how it stands, edits on their way, conflicts, and what it has done."""

from collections.abc import Callable
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.domain.connection import SyncState
from desktop.domain.editing import Conflict
from desktop.domain.errors import AppError
from desktop.domain.syncing import Draft, HistoryEntry, LiveState, OutgoingEdit, Refusal
from desktop.domain.usage import Application
from desktop.services.conflicts import ConflictService
from desktop.services.live_updates import LiveUpdates
from desktop.services.sync import SyncService
from desktop.services.sync_records import SyncRecordsService
from desktop.views.choice import Choice
from desktop.views.conflict_desk import ConflictDesk
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page, row_of
from desktop.views.scrolled import Scrolled
from desktop.views.state_page import EmptyPanel
from desktop.views.sync import words
from desktop.views.sync.queue_panel import QueuePanel
from desktop.views.sync.record_panels import DraftsPanel, HistoryPanel, RefusalsPanel
from desktop.views.sync.status_card import StatusCard
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

HISTORY_PAGE: Final = 100


class Tab(StrEnum):
    QUEUE = "queue"
    CONFLICTS = "conflicts"
    HISTORY = "history"
    REFUSALS = "refusals"
    DRAFTS = "drafts"


class SyncPage(Page):
    """Everything is read from the vault: the page works without a network."""

    topics: ClassVar[frozenset[str]] = frozenset({"sync", "configuration", "connection", "usage"})
    is_about_an_application: ClassVar[bool] = False

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, QCoreApplication.translate("SyncPage", "Sync"))
        self.sync_now = Button(self.tr("&Sync now"), role="primary", icon_name="refresh-cw")
        self.sync_now.clicked.connect(self.sync_wanted)
        self.header.addWidget(self.sync_now)
        self._state: SyncState | None = None
        self.status = StatusCard()
        self.status.connection_wanted.connect(self.settings_wanted)
        self.status.past_held.connect(self._hold_past)
        self._make_panels()
        self._make_conflicts()
        self.show_states_of(self._content(), self._empty())
        self._make_keys()

    def _make_panels(self) -> None:
        self.queue, self.history = QueuePanel(), HistoryPanel()
        self.refusals, self.drafts = RefusalsPanel(), DraftsPanel()
        self.queue.inspected.connect(self._inspect)
        self.queue.undo_wanted.connect(
            lambda position: self._act(SyncRecordsService.undo, position)
        )
        self.history.older_wanted.connect(self._load_older)
        self.refusals.forget_wanted.connect(lambda: self._act(SyncRecordsService.forget_refusals))
        self.drafts.use_wanted.connect(lambda one: self._act(ConflictService.use_draft, one))
        self.drafts.discard_wanted.connect(
            lambda one: self._act(ConflictService.discard_draft, one)
        )

    def _make_conflicts(self) -> None:
        self.desk = ConflictDesk(self.jobs, by_field=True)
        self.desk.decided.connect(self.reload)
        self.desk.failed.connect(self.explain)
        self.conflicts: DataTable[Conflict] = DataTable(
            self.tr("Conflicts"),
            (
                Column(self.tr("Row"), lambda one: one.title or one.entity_id),
                Column(self.tr("Kind"), lambda one: words.entity(one.entity)),
                Column(self.tr("Fields"), lambda one: ", ".join(d.field for d in one.differences)),
            ),
            key=lambda one: one.conflict_id,
        )
        self.conflicts.setColumnWidth(2, 300)
        self.conflicts.row_chosen.connect(self._show_conflict)
        self.no_conflict = PlainLabel(self.tr("No edit met another one."), role="muted")

    def _content(self) -> QWidget:
        self.tabs = Choice(
            self.tr("Records of sync"), tuple((tab, self._label(tab, 0)) for tab in Tab)
        )
        self.tabs.changed.connect(self._turn)
        conflicts = QWidget()
        column = QVBoxLayout(conflicts)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        for part in (self.no_conflict, self.conflicts, self.desk):
            column.addWidget(part)
        column.addStretch()
        self._stack = QStackedWidget()
        for panel in (self.queue, conflicts, self.history, self.refusals, self.drafts):
            self._stack.addWidget(panel)
        records = Card()
        records.column.addLayout(row_of(self.tabs, None))
        records.column.addWidget(self._stack, 1)
        return Scrolled(self.tr("All about sync"), self.status, records)

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Choose a service"), role="primary")
        connect.clicked.connect(self.settings_wanted)
        return EmptyPanel(
            "cloud-off",
            self.tr("No service yet"),
            self.tr("Sync begins with the service that your API reports to."),
            connect,
        )

    def _make_keys(self) -> None:
        for keys, act in (
            ("J", lambda: self._step(1)),
            ("K", lambda: self._step(-1)),
            ("1", lambda: self._decide(self.desk.keep_mine)),
            ("2", lambda: self._decide(self.desk.keep_theirs)),
            ("3", lambda: self._decide(self.desk.keep_both)),
        ):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            shortcut.activated.connect(act)

    def _label(self, tab: Tab, count: int) -> str:
        said = {
            Tab.QUEUE: self.tr("Waiting"),
            Tab.CONFLICTS: self.tr("Conflicts"),
            Tab.HISTORY: self.tr("History"),
            Tab.REFUSALS: self.tr("Left out"),
            Tab.DRAFTS: self.tr("Drafts"),
        }[tab]
        return f"{said} ({count})" if count else said

    def turn_to(self, tab: Tab) -> None:
        """Show one kind of records."""
        self.tabs.choose(tab)
        self._turn()

    def _turn(self) -> None:
        self._stack.setCurrentIndex(list(Tab).index(self.tabs.value()))

    def reload(self) -> None:
        """Sync belongs to the workspace, whichever application is on show."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        start = self.jobs.start
        self.wait_for(start(SyncService.state, done=self._take, failed=self.explain, owner=self))

    def load(self, application: Application) -> None:  # noqa: ARG002 (it is about all of them)
        """Ask for everything."""
        self.reload()

    def _take(self, state: SyncState) -> None:
        self._state = state
        for method, take in (
            (SyncRecordsService.progress, self.status.show_progress),
            (SyncRecordsService.outgoing, self._show_queue),
            (ConflictService.conflicts, self._show_conflicts),
            (SyncRecordsService.refusals, self._show_refusals),
            (ConflictService.drafts, self._show_drafts),
        ):
            self._ask(method, take)
        self._ask(LiveUpdates.state, self._show_state)
        self.jobs.start(
            SyncRecordsService.history,
            None,
            HISTORY_PAGE,
            done=lambda entries: self.history.show_first(entries, HISTORY_PAGE),
            failed=self.explain,
            owner=self,
        )

    def _ask(self, method: Callable[..., object], take: Callable[..., None]) -> None:
        self.jobs.start(method, done=take, failed=self.explain, owner=self)

    def _show_state(self, live: LiveState) -> None:
        if self._state is not None:
            self.status.show_state(self._state, live)
            self.states.show_content()

    def _show_queue(self, edits: tuple[OutgoingEdit, ...]) -> None:
        self.queue.show_edits(edits)
        self._count(Tab.QUEUE, len(edits))

    def _show_conflicts(self, conflicts: tuple[Conflict, ...]) -> None:
        self.conflicts.show_rows(conflicts)
        self.conflicts.setVisible(len(conflicts) > 1)
        self.no_conflict.setVisible(not conflicts)
        self._count(Tab.CONFLICTS, len(conflicts))
        self._show_conflict()

    def _show_conflict(self) -> None:
        rows = self.conflicts.table_model.rows
        chosen = self.conflicts.chosen()
        self.desk.show_conflicts(rows if chosen is None else (chosen,))

    def _show_refusals(self, refusals: tuple[Refusal, ...]) -> None:
        self.refusals.show_refusals(refusals)
        self._count(Tab.REFUSALS, len(refusals))

    def _show_drafts(self, drafts: tuple[Draft, ...]) -> None:
        self.drafts.show_drafts(drafts)
        self._count(Tab.DRAFTS, len(drafts))

    def _count(self, tab: Tab, count: int) -> None:
        label = self._label(tab, count)
        self.tabs.buttons[tab].setText(label)
        self.tabs.buttons[tab].setAccessibleName(f"{self.tabs.accessibleName()}: {label}")

    def _inspect(self, position: int) -> None:
        self.jobs.start(
            SyncRecordsService.inspect,
            position,
            done=self.queue.show_changes,
            failed=self.explain,
            owner=self,
        )

    def _load_older(self, before: int) -> None:
        def show(entries: tuple[HistoryEntry, ...]) -> None:
            self.history.show_more(entries, HISTORY_PAGE)

        self.jobs.start(
            SyncRecordsService.history,
            before,
            HISTORY_PAGE,
            done=show,
            failed=self.explain,
            owner=self,
        )

    def _act(self, method: Callable[..., None], *arguments: object) -> None:
        self.jobs.start(
            method, *arguments, done=lambda _: self.reload(), failed=self._refused, owner=self
        )

    def _refused(self, error: AppError) -> None:
        self.explain(error)
        self.queue.show_edits(self.queue.table.table_model.rows)

    def _hold_past(self, held: bool) -> None:  # noqa: FBT001 (from a signal)
        self._act(SyncService.hold_past, held)

    def _step(self, by: int) -> None:
        """Go to the next conflict, or the one before."""
        rows = self.conflicts.table_model.rows
        if rows and self.tabs.value() is Tab.CONFLICTS:
            chosen = self.conflicts.chosen()
            place = rows.index(chosen) + by if chosen in rows else 0
            self.conflicts.choose(rows[place % len(rows)].conflict_id)

    def _decide(self, button: Button) -> None:
        if self.tabs.value() is Tab.CONFLICTS and button.isVisible():
            button.click()
