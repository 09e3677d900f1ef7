"""Policies: every endpoint, and what rules it."""

from typing import TYPE_CHECKING, ClassVar, Final

from PySide6.QtCore import QCoreApplication, QModelIndex
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.domain.applications import ApplicationSettings
from desktop.domain.policies import Endpoint, Policy, PolicyDraft
from desktop.domain.usage import Application
from desktop.services.applications import ApplicationService
from desktop.services.blocks import BlockService
from desktop.services.policies import PolicyService
from desktop.views.conflict_desk import ConflictDesk
from desktop.views.icons import Button
from desktop.views.page import Card, Page
from desktop.views.policies.detail import PolicyDetail
from desktop.views.policies.endpoint_table import EndpointTable, matches
from desktop.views.policies.tabs import Tab
from desktop.views.state_page import EmptyPanel

if TYPE_CHECKING:
    from desktop.jobs import Jobs

NEW: Final = ""
"""Key of the draft of a policy whose endpoint is still to be named."""
ENTITIES: Final = frozenset({"policy", "block", "limit_override", "application"})


class PoliciesPage(Page):
    """Edits are stored at once and sent by sync. A click on a cell opens what it is about."""

    topics: ClassVar[frozenset[str]] = frozenset({"configuration", "sync"})

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, QCoreApplication.translate("PoliciesPage", "Policies"))
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter"))
        self.filter.setAccessibleName(self.tr("Filter the endpoints"))
        self.filter.setClearButtonEnabled(True)
        self.filter.setFixedWidth(200)
        self.filter.textChanged.connect(lambda _: self._show_filtered())
        self.test = Button(self.tr("&Test a request"), icon_name="play")
        self.test.clicked.connect(self._test)
        self.new = Button(self.tr("Ne&w policy"), icon_name="plus")
        self.new.clicked.connect(self.create_new)
        for part in (self.filter, self.test, self.new):
            self.header.addWidget(part)
        self._endpoints: tuple[Endpoint, ...] = ()
        self._drafts: dict[str, PolicyDraft] = {}
        self._is_new = False
        self._settings: ApplicationSettings | None = None
        self._wanted = self._shown = ""
        self.conflicts = ConflictDesk(jobs, ENTITIES)
        self.conflicts.decided.connect(self.reload)
        self.conflicts.failed.connect(self.explain)
        self._make_table()
        self._make_detail()
        self.show_states_of(self._content(), self._empty())

    def _make_table(self) -> None:
        self.table = EndpointTable(self._drafts)
        self.table.row_chosen.connect(self._show_chosen)
        self.table.clicked.connect(self._open_cell)

    def _make_detail(self) -> None:
        self.detail = PolicyDetail(self.jobs)
        self.detail.save_wanted.connect(self._save)
        self.detail.edited.connect(self._remember_draft)
        self.detail.discarded.connect(self._discard)
        self.detail.deletion_wanted.connect(self._delete)
        self.detail.rejected_dropped.connect(self._drop_rejected)
        for part in (self.detail.overrides, self.detail.routes, self.detail.blocks):
            part.toast_offered.connect(self.toast_offered)
            part.changed.connect(self.reload)
            part.failed.connect(self.explain)
        self.detail.request.failed.connect(self.explain)

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.conflicts)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(Card(self.table), 11)
        row.addWidget(self.detail, 9)
        column.addLayout(row, 1)
        return content

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        new = Button(self.tr("New policy"))
        new.clicked.connect(self.create_new)
        return EmptyPanel(
            "shield-check",
            self.tr("No endpoint yet"),
            self.tr("Endpoints appear here with their first call. A policy can be made before."),
            connect,
            new,
        )

    def load(self, application: Application) -> None:
        """Ask for the endpoints, the application's lists, customers and conflicts."""
        which = application.application_id
        start = self.jobs.start
        show_settings = self.still_about(application, self._take_settings)
        start(
            ApplicationService.settings,
            which,
            done=show_settings,
            failed=self.explain,
            owner=self,
        )
        customers = self.still_about(application, self.detail.show_customers)
        start(BlockService.customers, which, done=customers, failed=self.explain, owner=self)
        self.conflicts.load()
        done = self.still_about(application, self._show)
        job = self.jobs.start(
            PolicyService.endpoints, which, done=done, failed=self.explain, owner=self
        )
        self.wait_for(job)

    def _take_settings(self, settings: ApplicationSettings) -> None:
        self._settings = settings
        self.detail.routes.show_settings(settings, self._endpoints)

    def _show(self, endpoints: tuple[Endpoint, ...]) -> None:
        self._endpoints = endpoints
        if self._settings is not None:
            self.detail.routes.show_settings(self._settings, endpoints)
        if not endpoints and not self._is_new:
            self.states.show_empty()
            return
        self._show_filtered()
        self.states.show_content()

    def _show_filtered(self) -> None:
        asked = self.filter.text().casefold().split()
        self.table.show_rows(tuple(line for line in self._endpoints if matches(line, asked)))
        if self._wanted and self.table.choose(self._wanted):
            self._wanted = ""
        if self.table.chosen() is None and not self._is_new:
            self.table.selectRow(0)
        elif not self._is_new:
            self._show_chosen()

    def _show_chosen(self) -> None:
        line = self.table.chosen()
        if line is None:
            return
        self._is_new = False
        if line.key == self._shown and line.key in self._drafts:
            self.detail.renew(line)  # what is being typed stays as it is, and so does the cursor
        else:
            self._shown = line.key
            self.detail.show_endpoint(line, self._drafts.get(line.key))

    def _open_cell(self, index: QModelIndex) -> None:
        self.detail.turn_to(EndpointTable.TABS[index.column()])

    def set_application(self, application: Application | None) -> None:
        """Show another application's endpoints; drafts belong to the one before."""
        if application != self.application:
            self._drafts.clear()
            self._is_new = False
            self._settings = None
        super().set_application(application)

    def create_new(self) -> None:
        """Name an endpoint that is not on the list."""
        if self.application is None:
            return
        self._is_new, self._shown = True, ""
        self.table.clearSelection()
        self.states.show_content()
        self.detail.show_new(self.application.application_id)
        self.detail.route.url.setFocus()

    def focus_filter(self) -> None:
        """Go to the filter."""
        self.filter.setFocus()
        self.filter.selectAll()

    def _test(self) -> None:
        if not self._is_new:
            self.detail.turn_to(Tab.REQUEST)
            self.detail.request.run()

    def _key(self) -> str:
        line = None if self._is_new else self.table.chosen()
        return line.key if line is not None else NEW

    def _remember_draft(self) -> None:
        """What is typed survives a look at another endpoint and a reload."""
        self._drafts[self._key()] = self.detail.draft()
        self.table.viewport().update()

    def _discard(self) -> None:
        self._drafts.pop(self._key(), None)
        if self._is_new and self.application is not None:
            self.detail.show_new(self.application.application_id)
        self._show_chosen()
        self.table.viewport().update()

    def _save(self) -> None:
        edited, line = self._key(), None if self._is_new else self.table.chosen()
        seen = line.policy if line is not None else None

        def stored(policy: Policy) -> None:
            self._drafts.pop(edited, None)
            self._is_new = False
            said = self.tr("Saved the policy of {route}.").format(route=_route(policy))
            undo = None if seen is None else lambda: self._restore(seen)
            self.toast_offered.emit(said, undo)
            self._choose_after(policy)

        self.jobs.start(
            PolicyService.save_policy,
            self.detail.draft(),
            seen,
            self.detail.other_urls(),
            done=stored,
            failed=self.detail.explain,
            owner=self,
        )

    def _choose_after(self, policy: Policy) -> None:
        """Reload with the saved policy's line chosen, which may be new."""
        self._wanted = f"{policy.method} {policy.url} {policy.function}"
        self.reload()

    def _delete(self) -> None:
        line = self.table.chosen()
        policy = line.policy if line is not None else None
        if line is None or policy is None:
            return

        def deleted(_: None) -> None:
            self._drafts.pop(line.key, None)
            said = self.tr("Deleted the policy of {route}.").format(route=_route(policy))
            self.toast_offered.emit(said, lambda: self._restore(policy))
            self.reload()

        self.jobs.start(
            PolicyService.delete_policy,
            policy.policy_id,
            done=deleted,
            failed=self.detail.explain,
            owner=self,
        )

    def _restore(self, policy: Policy) -> None:
        self.jobs.start(
            PolicyService.restore_policy,
            policy,
            done=lambda _: self.reload(),
            failed=self.explain,
            owner=self,
        )

    def _drop_rejected(self) -> None:
        line = self.table.chosen()
        if line is not None and line.policy is not None:
            self._drafts.pop(line.key, None)
            self.jobs.start(
                PolicyService.discard_rejected,
                line.policy.policy_id,
                done=lambda _: self.reload(),
                failed=self.explain,
                owner=self,
            )


def _route(policy: Policy) -> str:
    return f"{policy.method} {policy.url}"
