"""Traces: single calls, newest first, and why each was let through or refused."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.errors import AppError
from desktop.domain.policies import Block, BlockDraft, Endpoint
from desktop.domain.traces import TraceDetail, TraceLine, TracesPicture
from desktop.domain.usage import Application
from desktop.services.blocks import BlockService
from desktop.services.export import ExportReceipt
from desktop.services.identities import IdentityService
from desktop.services.policies import PolicyService
from desktop.services.traces import TraceService
from desktop.views import figures
from desktop.views.icons import Button
from desktop.views.page import Card, Page
from desktop.views.paging import NextPages
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel
from desktop.views.traces.drawer import TraceDrawer
from desktop.views.traces.filters import TraceFilters
from desktop.views.traces.table import TraceTable

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class TracesPage(Page):
    """The list, its filters, and a drawer for the call that is chosen."""

    topics: ClassVar[frozenset[str]] = frozenset({"usage", "sync"})
    shows_live_data: ClassVar[bool] = True

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, QCoreApplication.translate("TracesPage", "Traces"))
        self.export = Button(self.tr("Export opened…"), icon_name="download")
        self.export.clicked.connect(self.export_view)
        self.refresh = Button(self.tr("&Refresh"), icon_name="refresh-cw")
        self.refresh.clicked.connect(self.reload)
        self.stamp = PlainLabel(role="stamp")
        for part in (self.stamp, self.refresh, self.export):
            self.header.addWidget(part)
        self.filters = TraceFilters()
        self.filters.changed.connect(self.reload)
        self.table = TraceTable()
        self.table.row_chosen.connect(self._open)
        self.pages = NextPages(self.table)
        self.pages.wanted.connect(self._ask_for_more)
        self.drawer = TraceDrawer()
        self.drawer.block_wanted.connect(self._block)
        self.drawer.forget_wanted.connect(self._forget)
        self.drawer.identity_wanted.connect(self._reveal)
        self.drawer.closed.connect(self.table.clearSelection)
        self._lines: tuple[TraceLine, ...] = ()
        self.show_states_of(self._content(), self._empty())
        self._column.insertWidget(1, self.filters)

    def _content(self) -> QWidget:
        content = QWidget()
        row = QHBoxLayout(content)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(14)
        self.count = PlainLabel(role="muted")
        holder = Card(self.table, self.count, spacing=6)
        row.addWidget(holder, 11)
        row.addWidget(self.drawer, 8)
        outer = QWidget()
        column = QVBoxLayout(outer)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(content)
        return outer

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        clear = Button(self.tr("Clear the filters"))
        clear.clicked.connect(self.filters.clear)
        return EmptyPanel(
            "list",
            self.tr("No call to show"),
            self.tr("Calls appear here as your API reports them, scrubbed of what is personal."),
            connect,
            clear,
        )

    def set_application(self, application: Application | None) -> None:
        """Show another application's calls."""
        if application != self.application:
            self.filters.forget()
            self._lines = ()
            self.table.show_rows(())
            self.drawer.close_it()
        super().set_application(application)

    def load(self, application: Application) -> None:
        """Ask for the newest page, and for what the filters offer."""
        start, which = self.jobs.start, application.application_id
        endpoints = self.still_about(application, self._offer_endpoints)
        start(PolicyService.endpoints, which, done=endpoints, failed=self.explain, owner=self)
        customers = self.still_about(application, self.filters.show_customers)
        start(BlockService.customers, which, done=customers, failed=self.explain, owner=self)
        query = self.filters.query(application)

        def show(picture: TracesPicture) -> None:
            if query == self.filters.query(application):
                self._show(picture)

        job = start(
            TraceService.page,
            query,
            None,
            done=self.still_about(application, show),
            failed=self.explain,
            owner=self,
        )
        self.wait_for(job)

    def _offer_endpoints(self, endpoints: tuple[Endpoint, ...]) -> None:
        self.filters.show_endpoints(endpoints)

    def _show(self, picture: TracesPicture) -> None:
        self.pages.reached(picture.next_cursor)
        self._lines = picture.lines
        if not picture.lines and not self.filters.is_narrowed():
            self.states.show_empty()
            return
        self._show_lines()
        self.stamp.setText(self._stamp_text(picture))
        self.states.show_content(picture.stamp)

    def _show_lines(self) -> None:
        self.table.show_rows(self._lines)
        shown = len(self._lines)
        more = self.tr("%n call(s), scroll for more", "", shown)
        self.count.setText(more if self.pages.has_more else self.tr("%n call(s)", "", shown))

    def _stamp_text(self, picture: TracesPicture) -> str:
        if picture.stamp.as_of is None or not picture.stamp.online:
            return ""
        return self.tr("As of {moment}").format(moment=figures.moment(picture.stamp.as_of))

    def _ask_for_more(self, cursor: str) -> None:
        application = self.application
        if application is None:
            return

        def add(picture: TracesPicture) -> None:
            self.pages.reached(picture.next_cursor)
            known = {line.trace_id for line in self._lines}
            new = tuple(line for line in picture.lines if line.trace_id not in known)
            self._lines = (*self._lines, *new)
            self._show_lines()

        self.jobs.start(
            TraceService.page,
            self.filters.query(application),
            cursor,
            done=self.still_about(application, add),
            failed=self._stop_asking,
            owner=self,
        )

    def _stop_asking(self, error: AppError) -> None:
        self.pages.reached(None)
        self.explain(error)

    def _open(self) -> None:
        line = self.table.chosen()
        if line is None:
            self.drawer.hide()
            return
        self.drawer.show_line(line)

        def show(detail: TraceDetail) -> None:
            if self.table.chosen() is not None and self.table.chosen() == line:
                self.drawer.show_detail(detail)

        self.jobs.start(
            TraceService.trace, line.trace_id, done=show, failed=self.drawer.explain, owner=self
        )

    def _block(self, line: TraceLine, hours: int) -> None:
        """Stop this caller at this endpoint; Undo takes it back."""
        draft = BlockDraft(
            line.application_id,
            line.method,
            line.url,
            None if self.drawer.is_anonymous(line) else line.customer_id,
            self.tr("Blocked from a trace of {moment}").format(moment=figures.moment(line.at)),
            hours or None,
        )

        def blocked(block: Block) -> None:
            said = self.tr("Blocked {customer} at {method} {url}.")
            text = said.format(customer=line.customer, method=line.method, url=line.url)
            self.toast_offered.emit(text, lambda: self._unblock(block))

        self.jobs.start(
            BlockService.block, draft, done=blocked, failed=self.drawer.explain, owner=self
        )

    def _unblock(self, block: Block) -> None:
        self.jobs.start(BlockService.unblock, block.block_id, failed=self.explain, owner=self)

    def _reveal(self, line: TraceLine) -> None:
        """Open who the caller is, if this vault can."""

        def show(identity: str) -> None:
            chosen = self.table.chosen()
            if chosen is not None and chosen.trace_id == line.trace_id:
                self.drawer.show_identity(identity)

        self.jobs.start(
            IdentityService.identity_of,
            line.customer_id,
            done=show,
            failed=self.drawer.explain,
            owner=self,
        )

    def _forget(self, line: TraceLine) -> None:
        self.jobs.start(
            TraceService.forget,
            line.trace_id,
            done=lambda _: self._forgotten(line),
            failed=self.drawer.explain,
            owner=self,
        )

    def _forgotten(self, line: TraceLine) -> None:
        self.table.clearSelection()
        said = self.tr("The call is out of the vault. Open it to have it back.")
        self.toast_offered.emit(said, lambda: self.table.choose(line.trace_id))
        self.reload()

    def focus_filter(self) -> None:
        """Go to the first filter."""
        self.filters.customer.setFocus()

    def export_view(self) -> None:
        """Write the calls that were opened to a file."""
        if self.application is None:
            return
        path, _ = QFileDialog.getSaveFileName(
            self, self.tr("Export opened calls"), "traces.json", self.tr("JSON (*.json)")
        )
        if path:
            self.jobs.start(
                TraceService.export,
                path,
                self.application.application_id,
                done=self._exported,
                failed=self.explain,
                owner=self,
            )

    def _exported(self, receipt: ExportReceipt) -> None:
        said = self.tr("Wrote %n call(s) to {path}.", "", receipt.rows)
        self.toast_offered.emit(said.format(path=receipt.path), None)
