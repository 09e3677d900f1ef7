"""Activity: who changed what, and whether the log of it is as it was written."""

from typing import TYPE_CHECKING, ClassVar

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.domain.access import AuditLine, AuditPicture, ChainReport
from desktop.domain.errors import AppError
from desktop.domain.usage import Application
from desktop.services.activity import ActivityService
from desktop.services.privacy.overview import PrivacyOverview
from desktop.views import figures
from desktop.views.access import words
from desktop.views.access.audit_filters import AuditFilters
from desktop.views.access.change_card import ChangeCard
from desktop.views.data_table import DataTable
from desktop.views.icons import Button
from desktop.views.lines import IconLine, Lines
from desktop.views.models.table_model import Column
from desktop.views.page import Card, Page, row_of
from desktop.views.paging import NextPages
from desktop.views.state_page import EmptyPanel
from desktop.views.text import PlainLabel

if TYPE_CHECKING:
    from desktop.jobs import Jobs


class ActivityPage(Page):
    """The state of the log, the list of changes, and the one that is chosen."""

    topics: ClassVar[frozenset[str]] = frozenset({"connection", "sync"})
    is_about_an_application: ClassVar[bool] = False

    def __init__(self, jobs: "Jobs") -> None:
        super().__init__(jobs, QCoreApplication.translate("ActivityPage", "Activity"))
        self.refresh = Button(self.tr("&Refresh"), icon_name="refresh-cw")
        self.refresh.clicked.connect(self.reload)
        self.header.addWidget(self.refresh)
        self.filters = AuditFilters()
        self.filters.changed.connect(self.reload)
        self.chain, self.privacy_chain = Lines(), Lines()
        self.check = Button(self.tr("&Check again"), icon_name="shield-check")
        self.check.clicked.connect(self._verify)
        self._make_table()
        self.card = ChangeCard()
        self.count = PlainLabel(role="muted")
        self._lines: tuple[AuditLine, ...] = ()
        self._was_checked = False
        self.show_states_of(self._content(), self._empty())
        self._column.insertWidget(1, self.filters)
        self._column.addWidget(Card(self.privacy_chain))

    def _make_table(self) -> None:
        self.table: DataTable[AuditLine] = DataTable(
            self.tr("Changes"), self._columns(), key=lambda line: line.sequence
        )
        for column, width_px in enumerate((92, 140, 128), start=1):
            self.table.setColumnWidth(column, width_px)
        self.table.row_chosen.connect(lambda: self.card.show_line(self.table.chosen()))
        self.pages = NextPages(self.table)
        self.pages.wanted.connect(self._ask_for_more)

    def _columns(self) -> tuple[Column[AuditLine], ...]:
        return (
            Column(self.tr("Who"), lambda line: words.word(words.ACTORS, line.actor)),
            Column(self.tr("Change"), lambda line: words.word(words.ACTIONS, line.action)),
            Column(self.tr("Of what"), lambda line: words.word(words.ENTITIES, line.entity)),
            Column(
                self.tr("Time"),
                lambda line: figures.clock(line.at),
                lambda line: line.at,
                is_number=True,
            ),
        )

    def _content(self) -> QWidget:
        content = QWidget()
        column = QVBoxLayout(content)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        state = Card()
        line = row_of(self.chain, spacing=12)
        line.addWidget(self.check)
        line.setStretch(0, 1)
        state.column.addLayout(line)
        column.addWidget(state)
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(Card(self.table, self.count, spacing=6), 11)
        row.addWidget(self.card, 7)
        column.addLayout(row, 1)
        return content

    def _empty(self) -> EmptyPanel:
        connect = Button(self.tr("Show the snippet"), role="primary")
        connect.clicked.connect(self.connect_wanted)
        return EmptyPanel(
            "history",
            self.tr("No change is known yet"),
            self.tr("Every change of prices, policies, keys and tokens is written into a log."),
            connect,
        )

    def reload(self) -> None:
        """The log belongs to the service, whichever application is on show."""
        if not self.isVisible():
            self._is_stale = True
            return
        self._is_stale = False
        self._load_newest()

    def load(self, application: Application) -> None:  # noqa: ARG002 (the log is about all of them)
        """Ask for the newest page."""
        self._load_newest()

    def _load_newest(self) -> None:
        query = self.filters.query()

        def show(picture: AuditPicture) -> None:
            if query == self.filters.query():
                self._show(picture)

        job = self.jobs.start(
            ActivityService.page, query, None, done=show, failed=self.explain, owner=self
        )
        self.wait_for(job)
        if not self._was_checked:
            self._verify()

    def _show(self, picture: AuditPicture) -> None:
        self.pages.reached(picture.next_cursor)
        self._lines = picture.lines
        if not picture.lines and not self.filters.is_narrowed():
            self.states.show_empty()
            return
        self._show_lines()
        self.states.show_content(picture.stamp)

    def _show_lines(self) -> None:
        self.table.show_rows(self._lines)
        self.card.show_line(self.table.chosen())
        shown = len(self._lines)
        more = self.tr("%n change(s), scroll for more", "", shown)
        self.count.setText(more if self.pages.has_more else self.tr("%n change(s)", "", shown))

    def _ask_for_more(self, cursor: str) -> None:
        query = self.filters.query()

        def add(picture: AuditPicture) -> None:
            if query != self.filters.query():
                return
            self.pages.reached(picture.next_cursor)
            self._lines = (*self._lines, *picture.lines)
            self._show_lines()

        self.jobs.start(
            ActivityService.page, query, cursor, done=add, failed=self._stop_asking, owner=self
        )

    def _stop_asking(self, error: AppError) -> None:
        self.pages.reached(None)
        self.explain(error)

    def _verify(self) -> None:
        self._was_checked = True
        self.check.setEnabled(False)
        job = self.jobs.start(
            ActivityService.verify, done=self._show_chain, failed=self.explain, owner=self
        )
        job.finished.connect(lambda: self.check.setEnabled(True))
        self.jobs.start(
            PrivacyOverview.verify_log,
            done=self._show_privacy_chain,
            failed=self.explain,
            owner=self,
        )

    def _show_chain(self, report: ChainReport) -> None:
        self.chain.fill((_chain_line(report, words.chain(report)),))

    def _show_privacy_chain(self, report: ChainReport) -> None:
        self.privacy_chain.fill((_chain_line(report, words.privacy_chain(report)),))

    def focus_filter(self) -> None:
        """Go to the search."""
        self.filters.text.setFocus()
        self.filters.text.selectAll()


def _chain_line(report: ChainReport, said: str) -> IconLine:
    icon_name, colour = words.CHAIN_ICONS[report.state]
    return IconLine(icon_name, colour, said, "bad" if colour == "bad" else "")
